from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.disclosures.house.parse import read_filing
from collectors.disclosures.house.records import (
    FilingStatus,
    Owner,
    OwnerSource,
    RowStatus,
    Side,
    Template,
    Transaction,
)
from collectors.disclosures.house.text import Box, Page, Word
from tests.unit.collectors.house.drawing import (
    COVER,
    EDGES,
    MARGIN,
    VEHICLE_INDENT,
    PrintedRow,
    draw,
)

SIGNED = ((MARGIN, "C S"), (MARGIN, "Digitally Signed: Hon. Ada Example , 01/31/2025"))
VARIED = [
    PrintedRow(
        asset=["Long Name Holdings, each", "representing twenty (LNG)", "[ST]"],
        amount=["$15,001 -", "$50,000"],
        kind="S (partial)",
        owner="SP",
        notes=["F S: New", "S O: Family Trust > Account", "D: Sold because", "it was time"],
        box=True,
    ),
    PrintedRow(),
    PrintedRow(),
    PrintedRow(
        asset=["Realty Income Owner", "Date Asset Value [PS]"],
        kind="E",
        row_id="2000114315",
        notes=["F S: Amended", "L: US", "C: Ref: P 01/02/2025"],
    ),
]


def only_row(row: PrintedRow, **options: Any) -> Transaction:
    filing = read_filing(draw([row], **options))
    assert (filing.status, filing.reason) == (
        FilingStatus.PARSED,
        "1 transaction read, as many as the text shows.",
    )
    return filing.transactions[0]


def test_the_cover_and_the_signature_are_read():
    cover = (*COVER, "State/District: oH10")
    filing = read_filing(draw([PrintedRow()], cover=cover, after=SIGNED))
    assert filing.doc_id == "20031234"
    assert filing.transactions[0].doc_id == "20031234"
    assert filing.filer_name == "Hon. Ada Example"
    assert filing.filer_status == "Member"
    assert filing.state_district == "OH10"
    assert filing.signed_on == date(2025, 1, 31)
    assert filing.template is Template.NEW
    assert filing.pages == 1


def test_a_filing_without_number_or_signature_says_so_by_none():
    filing = read_filing(draw([PrintedRow()], cover=()))
    assert (filing.doc_id, filing.filer_name, filing.signed_on) == (None, None, None)


def test_every_column_and_note_lands_in_its_field():
    sale = read_filing(draw(VARIED)).transactions[0]
    assert sale.asset_name == "Long Name Holdings, each representing twenty"
    assert (sale.ticker, sale.asset_code) == ("LNG", "ST")
    assert (sale.side, sale.partial) == (Side.SALE, True)
    assert (sale.traded_on, sale.notified_on) == (date(2025, 1, 2), date(2025, 1, 5))
    assert (sale.amount_min, sale.amount_max) == (Decimal(15001), Decimal(50000))
    assert sale.amount_exact is None
    assert (sale.owner, sale.owner_source) == (Owner.SPOUSE, OwnerSource.ROW)
    assert sale.capital_gains_over_200 is True
    assert sale.subholding == "Family Trust > Account"
    assert sale.description == "Sold because it was time"
    assert (sale.location, sale.comment, sale.row_id) == (None, None, None)


def test_identical_rows_are_kept_and_numbered():
    rows = read_filing(draw(VARIED)).transactions
    assert [row.ordinal for row in rows] == [1, 2, 3, 4]
    assert replace(rows[1], ordinal=3) == rows[2]


def test_amended_rows_carry_their_number_and_header_words_stay_in_names():
    amended = read_filing(draw(VARIED)).transactions[3]
    assert (amended.filing_status, amended.row_id) == (RowStatus.AMENDED, "2000114315")
    assert amended.asset_name == "Realty Income Owner Date Asset Value"
    assert (amended.location, amended.comment) == ("US", "Ref: P 01/02/2025")
    assert amended.side is Side.EXCHANGE


@settings(deadline=None)
@given(breaks=st.frozensets(st.integers(min_value=1, max_value=15)))
def test_rows_are_the_same_wherever_the_pages_break(breaks):
    whole = read_filing(draw(VARIED, after=SIGNED))
    broken = read_filing(draw(VARIED, after=SIGNED, breaks=breaks))
    assert broken.status is FilingStatus.PARSED
    assert [replace(row, page=1) for row in broken.transactions] == list(whole.transactions)
    assert broken.pages == 1 + len(breaks)


def test_a_row_stands_on_the_page_where_it_begins():
    rows = read_filing(draw(VARIED, breaks=frozenset({1, 9}))).transactions
    assert [row.page for row in rows] == [1, 2, 3, 3]


def test_the_order_in_which_a_page_is_drawn_does_not_matter():
    pages = draw(VARIED, after=SIGNED, breaks=frozenset({4}))
    header_last = [page._replace(words=page.words[10:] + page.words[:10]) for page in pages]
    assert read_filing(header_last).transactions == read_filing(pages).transactions


@pytest.mark.parametrize(
    ("printed", "expected"), [("SP", Owner.SPOUSE), ("Jt", Owner.JOINT), ("dC", Owner.DEPENDENT)]
)
def test_an_owner_in_the_row_comes_first(printed, expected):
    vehicles = ((MARGIN, "I V D"), (VEHICLE_INDENT, "Trust (Owner: SP)"))
    row = PrintedRow(owner=printed, notes=["F S: New", "S O: Trust"])
    transaction = only_row(row, after=vehicles)
    assert (transaction.owner, transaction.owner_source) == (expected, OwnerSource.ROW)


@pytest.mark.parametrize(
    ("listed", "owner", "source"),
    [
        (["Trust > Account (Owner: SP)"], Owner.SPOUSE, OwnerSource.VEHICLE),
        (["Trust \u21d2 Account (Owner: DC)"], Owner.DEPENDENT, OwnerSource.VEHICLE),
        (["Trust (Owner: SP)", "Trust > Account (Owner: JT)"], Owner.JOINT, OwnerSource.VEHICLE),
        (["Trust > Account"], Owner.SELF, OwnerSource.FILER),
        (["Trust (Owner: SP)"], Owner.SELF, OwnerSource.FILER),
        (["Trust > Account", "Trust > Account (Owner: SP)"], Owner.SELF, OwnerSource.FILER),
        ([], Owner.SELF, OwnerSource.FILER),
    ],
)
def test_a_row_without_owner_takes_that_of_its_vehicle(listed, owner, source):
    after = ((MARGIN, "I V D"), *((VEHICLE_INDENT, name) for name in listed), (MARGIN, "I P O"))
    row = PrintedRow(notes=["F S: New", "S O: Trust > Account"])
    transaction = only_row(row, after=after)
    assert (transaction.owner, transaction.owner_source) == (owner, source)


def test_a_list_under_another_heading_names_no_vehicle():
    after = ((MARGIN, "C"), (VEHICLE_INDENT, "Trust (Owner: SP)"))
    transaction = only_row(PrintedRow(notes=["F S: New", "S O: Trust"]), after=after)
    assert transaction.owner is Owner.SELF


def test_deleted_rows_are_told_from_trades():
    assert only_row(PrintedRow(notes=["F S: Deleted"])).filing_status is RowStatus.DELETED


def test_the_spelled_labels_of_the_old_template_are_read_in_any_case():
    notes = ["FIlINg STATuS: New", "SubHOldINg OF: Trust", "dESCRIPTION: gift", "COmmENTS: none"]
    filing = read_filing(draw([PrintedRow(asset=["Apple Inc. (AAPl) [ST]"], notes=notes)]))
    transaction = filing.transactions[0]
    assert filing.template is Template.OLD
    assert transaction.ticker == "AAPL"
    assert (transaction.subholding, transaction.description) == ("Trust", "gift")
    assert transaction.comment == "none"


def test_a_wrapped_line_that_looks_like_an_earlier_label_stays_text():
    row = PrintedRow(notes=["F S: New", "D: see also", "L: no place", "C: remark", "D: no label"])
    transaction = only_row(row)
    assert transaction.description == "see also L: no place"
    assert transaction.comment == "remark D: no label"
    assert transaction.location is None


@pytest.mark.parametrize(("box", "expected"), [(True, True), (False, False), (None, None)])
def test_a_missing_box_is_not_an_unticked_one(box, expected):
    assert only_row(PrintedRow(box=box)).capital_gains_over_200 is expected


def test_boxes_elsewhere_are_not_the_rows():
    page = draw([PrintedRow(box=None)], after=SIGNED)[0]
    top = max(word.y for word in page.words)
    bottom = min(word.y for word in page.words)
    row = next(word.y for word in page.words if word.text == "P")
    elsewhere = (Box(30, row, True), Box(550, top, True), Box(550, bottom, True))
    transaction = read_filing([page._replace(boxes=elsewhere)]).transactions[0]
    assert transaction.capital_gains_over_200 is None


def test_a_row_broken_over_pages_takes_the_box_of_either_page():
    pages = draw([PrintedRow(box=None)], breaks=frozenset({1}))
    continued = min(word.y for word in pages[1].words)
    pages[1] = pages[1]._replace(boxes=(Box(550, continued, True),))
    unfinished = read_filing(pages).transactions[0]
    assert unfinished.capital_gains_over_200 is None
    pages[1] = pages[1]._replace(boxes=(Box(550, continued + 20, True),))
    assert read_filing(pages).transactions[0].capital_gains_over_200 is True


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (PrintedRow(amount=["None"]), "row 2 on page 1: the amount 'None'"),
        (PrintedRow(amount=["$15,001 -"]), "the amount '$15,001 -'"),
        (PrintedRow(traded="13/02/2025"), "'13/02/2025' is not a date"),
        (PrintedRow(notified=""), "2 transactions stand in the text and 3 in the table"),
        (PrintedRow(kind="X"), "2 transactions stand in the text and 3 in the table"),
        (PrintedRow(owner="XX"), "the owner 'XX'"),
        (PrintedRow(row_id="A17"), "the row's number 'A17'"),
        (PrintedRow(notes=["F S: Withdrawn"]), "the filing status 'Withdrawn'"),
        (PrintedRow(notes=[]), "the filing status ''"),
        (PrintedRow(asset=["[ST]"]), "has no name"),
    ],
)
def test_a_row_that_cannot_be_read_is_a_loud_mismatch(row, problem):
    filing = read_filing(draw([PrintedRow(), row, PrintedRow()]))
    assert filing.status is FilingStatus.MISMATCH
    assert problem in filing.reason
    assert [transaction.ordinal for transaction in filing.transactions] == [1, 3]


def test_a_row_without_type_and_dates_is_a_loud_mismatch():
    bare = PrintedRow(kind="", traded="", notified="")
    filing = read_filing(draw([PrintedRow(), bare]))
    assert filing.status is FilingStatus.MISMATCH
    assert "belongs to no row" in filing.reason


def test_rows_in_the_text_without_a_table_are_a_loud_mismatch():
    page = draw([PrintedRow()])[0]
    no_header = tuple(word for word in page.words if word.text != "Owner")
    filing = read_filing([page._replace(words=no_header)])
    assert filing.status is FilingStatus.MISMATCH
    assert "1 transactions stand in the text and 0 in the table" in filing.reason


def test_a_table_that_does_not_end_is_a_loud_mismatch():
    page = draw([PrintedRow()])[0]
    star = next(word.y for word in page.words if word.text == "*")
    cut = tuple(word for word in page.words if word.y > star)
    filing = read_filing([page._replace(words=cut)])
    assert (filing.status, len(filing.transactions)) == (FilingStatus.MISMATCH, 1)
    assert "the table does not end" in filing.reason


def test_a_blank_page_between_rows_is_a_loud_mismatch():
    first, last = draw(VARIED, breaks=frozenset({7}))
    filing = read_filing([first, Page((), ()), last])
    assert filing.status is FilingStatus.MISMATCH
    assert "page 2 is blank" in filing.reason
    assert read_filing([first, last, Page((), ())]).status is FilingStatus.PARSED


def test_a_table_without_rows_is_empty_and_says_so():
    filing = read_filing(draw([]))
    assert (filing.status, filing.transactions) == (FilingStatus.EMPTY, ())
    assert "has no row" in filing.reason


def test_a_document_of_another_kind_is_empty_and_names_its_beginning():
    words = (Word(483, 711, "Filing ID #1"), Word(117, 685, "F"), Word(247, 685, "D"))
    filing = read_filing([Page(words, ())])
    assert filing.status is FilingStatus.EMPTY
    assert filing.reason.endswith("the document begins 'F D'.")


def test_blank_pages_are_empty():
    assert read_filing([Page((), ())]).status is FilingStatus.EMPTY


@pytest.mark.parametrize(
    "words", [(), (Word(10, 10, "fax"),), (Word(9, 9, "P 1/2/2020 1/2/2020"),)]
)
def test_pages_that_are_images_are_scanned_whatever_stamp_they_bear(words):
    filing = read_filing([Page(words, (), is_image=True)])
    assert (filing.status, filing.transactions) == (FilingStatus.SCANNED, ())


COORDINATES = st.sampled_from([*EDGES.values(), MARGIN, VEHICLE_INDENT, 300.0])
TEXTS = st.sampled_from(
    [
        "P",
        "S",
        "01/02/2025",
        "13/41/2025",
        "$1,001",
        "F",
        "S:",
        "New",
        "SP",
        "[ST]",
        "(X)",
        "*",
        "D:",
    ]
)
WORDS = st.builds(Word, x=COORDINATES, y=st.integers(0, 70).map(lambda y: y * 10.0), text=TEXTS)


@settings(deadline=None)
@given(words=st.lists(WORDS, max_size=60))
def test_no_arrangement_of_words_raises(words):
    header = draw([])[0]
    filing = read_filing([header._replace(words=(*header.words, *words)), Page(tuple(words), ())])
    assert filing.status in (FilingStatus.PARSED, FilingStatus.MISMATCH, FilingStatus.EMPTY)
