from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.disclosures.house.dates import DateUnknown, read_date


@pytest.mark.parametrize(
    ("text", "expected"),
    [("06/8/2016", date(2016, 6, 8)), ("12/31/2025", date(2025, 12, 31))],
)
def test_dates_may_lack_a_leading_zero(text, expected):
    assert read_date(text) == expected


@pytest.mark.parametrize("text", ["", "13/01/2025", "02/30/2025", "2025-01-02", "01/02/25"])
def test_what_is_no_date_is_refused(text):
    with pytest.raises(DateUnknown, match="is not a date"):
        read_date(text)


@settings(deadline=None)
@given(day=st.dates(min_value=date(1000, 1, 1)))
def test_every_date_reads_back_with_and_without_zeros(day):
    assert read_date(f"{day.month}/{day.day}/{day.year}") == day
    assert read_date(day.strftime("%m/%d/%Y")) == day
