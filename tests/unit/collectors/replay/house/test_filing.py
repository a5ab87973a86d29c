from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from collectors.replay.house.filing import BANDS, Filer, Filing, Published, Row

FILER = Filer(last="Ashgrove", first="Theodore L.", state_district="GA11", suffix="Jr")


def published(year: int = 2026, **values: Any) -> Published:
    return Published(Filing("0001", FILER, values.pop("filed", "02/03"), **values), year)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("02/03", date(2026, 2, 3)),
        ("12/31-1", date(2025, 12, 31)),
        ("01/14+1", date(2027, 1, 14)),
        ("03/05+2", date(2028, 3, 5)),
    ],
)
def test_days_count_from_the_index_year(text, day):
    assert published().day(text) == day


def test_an_id_holds_series_year_and_number():
    assert published().doc_id == "29260001"
    assert published(year=2030, series="8").doc_id == "8300001"


def test_a_blank_filing_date_is_unknown_but_the_document_is_there():
    blank = published(filed="", published="05/20")

    assert blank.filed_on is None
    assert blank.published_on == date(2026, 5, 20)


def test_transaction_reports_have_a_folder_of_their_own():
    assert published().folder == "ptr-pdfs"
    assert published(kind="O").folder == "financial-pdfs"


def test_a_name_is_printed_with_title_and_suffix():
    assert FILER.printed == "Hon. Theodore L. Ashgrove Jr"


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"ticker": "CVDA", "code": "ST"}, "Corvid Air (CVDA) [ST]"),
        ({"ticker": None, "code": "GS"}, "Corvid Air [GS]"),
        ({"ticker": None, "code": None}, "Corvid Air"),
        ({"ticker": "CVDA", "code": "OT", "shown": "Corvid - CVDA"}, "Corvid - CVDA [OT]"),
    ],
)
def test_an_asset_is_printed_with_what_it_has(values, text):
    shown = values.pop("shown", None)
    row = Row("Corvid Air", side="P", traded="01/02", notified="01/03", amount="A", **values)

    assert Row(**{**row.__dict__, "shown": shown}).printed == text


def test_bands_follow_each_other_without_a_gap():
    bands = list(BANDS.values())

    assert [low for low, _ in bands[1:]] == [high + 1 for _, high in bands[:-1] if high]
    assert bands[0][0] == Decimal(1_001)
    assert [letter for letter, (_, high) in BANDS.items() if high is None] == ["J"]
