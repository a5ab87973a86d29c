from __future__ import annotations

import pytest

from collectors.disclosures.house.kind import HouseDisclosures, HouseParams
from scheduling.kinds import BadParameters


def test_an_empty_form_means_two_years_back_and_no_cap():
    assert HouseDisclosures().read_params({}) == HouseParams(
        years_back=2, max_filings=None, retry_failed=False
    )


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        ({"years_back": 11}, "years_back"),
        ({"years_back": -1}, "years_back"),
        ({"max_filings": 0}, "max_filings"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_parameters_out_of_range_are_refused_by_name(raw, field):
    with pytest.raises(BadParameters) as refusal:
        HouseDisclosures().read_params(raw)
    assert list(refusal.value.errors) == [field]


def test_every_parameter_is_explained():
    for field in HouseParams.model_json_schema()["properties"].values():
        assert field["title"]
        assert field["description"]
