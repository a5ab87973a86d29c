from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.replay.house.cells import (
    amount_text,
    cells_of,
    columns_of,
    sub_lines_of,
    wrap,
)
from collectors.replay.house.filers import HALVORSEN
from collectors.replay.house.filing import BANDS, Filing, Published, Template
from collectors.replay.house.table import rows

ROW = rows("""
    SP | Ironbark Therapeutics Incorporated - Common Stock | IRBK | ST | S | 02/03 | 02/09 | B
        status: Amended
        comment: Late.
        subholding: Trust
""")[0]


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("A", "$1,001 - $15,000"),
        ("I", "$25,000,001 - $50,000,000"),
        ("J", "Over $50,000,000"),
        (Decimal("509.87"), "$509.87"),
        (Decimal(9), "$9.00"),
        (Decimal("12345.6"), "$12,345.60"),
    ],
)
def test_amounts_are_printed_as_on_the_form(amount, text):
    assert amount_text(amount) == text


def test_only_the_first_band_fits_on_one_line():
    published = Published(Filing("0001", HALVORSEN, "02/03", (ROW,)), 2026)
    lines = {band: cells_of(replace(ROW, amount=band), published).lines[-1] for band in BANDS}

    assert {band for band, printed in lines.items() if len(printed) == 1} == {"A", "J"}
    assert lines["B"] == ("$15,001 -", "$50,000")


@given(st.lists(st.text(alphabet="abcdefgh", min_size=1), min_size=1), st.integers(20, 300))
def test_wrapping_keeps_every_word_in_order(words, width):
    assert " ".join(wrap(" ".join(words), width)).split(" ") == words


def test_one_long_word_stays_whole():
    assert wrap("a incomprehensibilities b", 20) == ("a", "incomprehensibilities", "b")


def test_sub_lines_come_in_the_order_of_the_form():
    assert sub_lines_of(ROW) == [
        ("Filing Status", "Amended"),
        ("Subholding Of", "Trust"),
        ("Comments", "Late."),
    ]


def test_rows_with_ids_get_a_wider_first_column():
    plain = Filing("0001", HALVORSEN, "02/03", (ROW,))
    with_id = Filing("0001", HALVORSEN, "02/03", (replace(ROW, row_id="2990128985"),))

    assert columns_of(with_id)[1] > columns_of(plain)[1]
    assert columns_of(replace(plain, template=Template.OLD)) != columns_of(plain)
