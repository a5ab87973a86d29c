import io
import zipfile
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.disclosures.house import index
from collectors.disclosures.house.index import IndexLayoutChanged, parse_index
from collectors.disclosures.house.records import IndexRow

HEADER = "Prefix\tLast\tFirst\tSuffix\tFilingType\tStateDst\tYear\tFilingDate\tDocID"
LINE = 'Hon.\tÁvila\tJosé "Pepe"\tJr.\tP\tTX00\t2025\t3/4/2025\t20031234'
ROW = IndexRow(
    prefix="Hon.",
    last="Ávila",
    first='José "Pepe"',
    suffix="Jr.",
    filing_type="P",
    state_district="TX00",
    year=2025,
    filed_on=date(2025, 3, 4),
    doc_id="20031234",
)


def zipped(text: str | bytes, name: str = "2025FD.txt", **others: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, text)
        for other, content in others.items():
            archive.writestr(f"{other}.xml", content)
    return buffer.getvalue()


def lines(*rows: str, header: str = HEADER, end: str = "\r\n", mark: str = "") -> bytes:
    return zipped(mark + end.join([header, *rows, ""]), extra="<FinancialDisclosure/>")


@pytest.mark.parametrize("end", ["\r\n", "\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_row_is_read_with_either_line_end_with_and_without_a_byte_order_mark(end, mark):
    assert parse_index(lines(LINE, end=end, mark=mark)) == (ROW,)


def test_all_types_are_kept_in_order_and_a_repeated_document_stays_repeated():
    other = "\tDoe\tJane\t\tW\t\t2025\t\t8007"
    rows = parse_index(lines(LINE, other, LINE))
    assert [row.doc_id for row in rows] == ["20031234", "8007", "20031234"]
    assert (rows[1].filing_type, rows[1].filed_on, rows[1].state_district) == ("W", None, "")


def test_further_columns_are_passed_over():
    header = HEADER.replace("Year", "Year\tFiling Year") + "\tDisclosureType"
    line = LINE.replace("2025\t3/", "2025\t2024\t3/") + "\tPTR"
    assert parse_index(lines(line, header=header)) == (ROW,)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"<html>404</html>", "is not a ZIP"),
        (b"", "is not a ZIP"),
        (lines(LINE)[:-30], "is not a ZIP"),
        (zipped("x", name="readme.txt"), "holds 0 files named"),
        (lines(LINE, header=HEADER.replace("DocID", "Doc")), "has no column DocID"),
        (lines(), "a header and no filing"),
        (zipped(""), "has no column DocID, FilingDate"),
        (lines(LINE, "one\ttwo"), "Line 3 of the index has 2 fields instead of 9"),
        (lines(LINE.replace("20031234", "x-1")), "Line 2 of the index: 'x-1' is not what DocID"),
        (lines(LINE.replace("20031234", "")), "'' is not what DocID holds"),
        (lines(LINE.replace("3/4/2025", "2025-03-04")), "FilingDate: '2025-03-04' is not a date"),
        (lines(LINE.replace("3/4/2025", "13/4/2025")), "month must be in 1..12"),
        (lines(LINE.replace("2025\t3", "25\t3")), "is not what Year holds"),
        (zipped(HEADER.encode() + b"\r\n\xff\xfe"), "is not UTF-8"),
    ],
)
def test_an_unknown_layout_is_named(body, problem):
    with pytest.raises(IndexLayoutChanged) as raised:
        parse_index(body)
    assert problem in str(raised.value)


def test_an_index_that_unpacks_without_end_is_refused(monkeypatch):
    monkeypatch.setattr(index, "MAX_INDEX_BYTES", 10_000)
    with pytest.raises(IndexLayoutChanged, match="larger than 10000 bytes"):
        parse_index(zipped("\n" * 10_001))


@settings(deadline=None)
@given(body=st.binary(max_size=200), prefix=st.sampled_from([b"", b"PK\x03\x04", LINE.encode()]))
def test_no_bytes_raise_anything_else(body, prefix):
    with pytest.raises(IndexLayoutChanged):
        parse_index(prefix + body)


@settings(deadline=None)
@given(at=st.integers(0, 400), byte=st.integers(0, 255))
def test_no_damage_to_a_good_index_raises_anything_else(at, byte):
    damaged = bytearray(lines(LINE, LINE))
    damaged[at % len(damaged)] = byte
    try:
        rows = parse_index(bytes(damaged))
    except IndexLayoutChanged:
        return
    assert len(rows) == 2
