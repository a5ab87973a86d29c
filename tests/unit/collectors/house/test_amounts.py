from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.disclosures.house.amounts import Amount, AmountUnknown, read_amount

DOLLARS = st.integers(min_value=1, max_value=10**9)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("$1,001 - $15,000", Amount(Decimal(1001), Decimal(15000))),
        ("$25,000,001 - $50,000,000", Amount(Decimal(25000001), Decimal(50000000))),
        ("$15,001 -$50,000", Amount(Decimal(15001), Decimal(50000))),
        ("Over $50,000,000", Amount(minimum=Decimal(50000001))),
        ("Spouse/DC Over $1,000,000", Amount(minimum=Decimal(1000001))),
        ("over $50,000,000", Amount(minimum=Decimal(50000001))),
        ("$509.87", Amount(exact=Decimal("509.87"))),
        ("$9.00", Amount(exact=Decimal("9.00"))),
        ("$250,001", Amount(exact=Decimal(250001))),
        ("$1500.5", Amount(exact=Decimal("1500.5"))),
    ],
)
def test_bands_open_bands_and_exact_amounts_are_read(text, amount):
    assert read_amount(text) == amount


@pytest.mark.parametrize(
    "text",
    ["", "None", "$15,001 -", "- $15,000", "1,001 - 15,000", "$15,000 - $1,001", "$1,001 - $1,001"],
)
def test_anything_else_is_refused_with_the_text_at_fault(text):
    with pytest.raises(AmountUnknown, match=r"the amount '"):
        read_amount(text)


@settings(deadline=None)
@given(minimum=DOLLARS, width=DOLLARS)
def test_every_band_reads_back_as_printed(minimum, width):
    printed = f"${minimum:,} - ${minimum + width:,}"
    assert read_amount(printed) == Amount(Decimal(minimum), Decimal(minimum + width))


@settings(deadline=None)
@given(cents=st.integers(min_value=1, max_value=10**11))
def test_every_exact_amount_keeps_its_cents(cents):
    exact = Decimal(cents).scaleb(-2)
    assert read_amount(f"${exact:,.2f}") == Amount(exact=exact)
