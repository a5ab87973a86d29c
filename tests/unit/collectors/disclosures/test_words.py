from __future__ import annotations

from decimal import Decimal

import pytest

from collectors.disclosures.models import LedgerStatus
from collectors.disclosures.words import STATUS_LOOKS, amount_text, box_text


@pytest.mark.parametrize(
    ("low", "high", "exact", "text"),
    [
        ("1001", "15000", None, "$1,001 - $15,000"),
        ("50000001", None, None, "$50,000,001 or more"),
        (None, "1000", None, "up to $1,000"),
        (None, None, "509.87", "$509.87"),
        (None, None, "500.00", "$500"),
        (None, None, None, "not stated"),
        ("0", "0", None, "$0 - $0"),
    ],
)
def test_an_amount_is_told_as_the_source_bands_it(
    low: str | None, high: str | None, exact: str | None, text: str
) -> None:
    numbers = [None if number is None else Decimal(number) for number in (low, high, exact)]
    assert amount_text(*numbers) == text


@pytest.mark.parametrize(("box", "text"), [(True, "yes"), (False, "no"), (None, "not stated")])
def test_a_box_that_says_nothing_is_not_a_no(box: bool | None, text: str) -> None:
    assert box_text(box) == text


def test_every_status_has_a_look_of_its_own() -> None:
    assert set(STATUS_LOOKS) == set(LedgerStatus.values)
    assert len({look.word for look in STATUS_LOOKS.values()}) == len(LedgerStatus.values)
