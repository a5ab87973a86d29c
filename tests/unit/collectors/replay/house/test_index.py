import io
from datetime import UTC, date, datetime
from xml.etree import ElementTree as ET
from zipfile import ZipFile

import pytest

from collectors.replay.house.filing import Filer, Filing, Published
from collectors.replay.house.index import COLUMNS, index_zip, unpadded

NOON = datetime(2026, 6, 1, 9, tzinfo=UTC)
FILINGS = [
    Published(Filing("0002", Filer(last="Whitlock", first="R.", state_district=""), ""), 2026),
    Published(
        Filing(
            "0001",
            Filer(last="Peñaloza", first="Inés", state_district="CA31"),
            "02/03",
            listed=2,
        ),
        2026,
    ),
]


def members(body: bytes) -> dict[str, bytes]:
    with ZipFile(io.BytesIO(body)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_both_members_hold_the_same_rows():
    found = members(index_zip(2026, FILINGS, NOON))
    lines = found["2026FD.txt"].decode().split("\r\n")
    tree = ET.fromstring(found["2026FD.xml"].decode("utf-8-sig"))  # noqa: S314 - our own

    assert lines[0].split("\t") == list(COLUMNS)
    assert lines[-1] == ""
    assert [line.split("\t") for line in lines[1:-1]] == [
        [member.findtext(column) for column in COLUMNS] for member in tree
    ]


def test_rows_go_by_last_name_and_may_repeat():
    text = members(index_zip(2026, FILINGS, NOON))["2026FD.txt"].decode()

    assert [line.split("\t")[8] for line in text.splitlines()[1:]] == [
        "29260001",
        "29260001",
        "29260002",
    ]
    assert "Hon.\tPeñaloza\tInés\t\tP\tCA31\t2026\t2/3/2026\t29260001\r\n" in text
    assert "Hon.\tWhitlock\tR.\t\tP\t\t2026\t\t29260002\r\n" in text


def test_the_xml_begins_with_a_byte_order_mark():
    assert members(index_zip(2026, [], NOON))["2026FD.xml"].startswith(b"\xef\xbb\xbf<?xml")


def test_the_same_filings_make_the_same_bytes():
    assert index_zip(2026, FILINGS, NOON) == index_zip(2026, FILINGS, NOON)


@pytest.mark.parametrize(
    ("day", "text"),
    [(date(2026, 2, 3), "2/3/2026"), (date(2026, 11, 30), "11/30/2026"), (None, "")],
)
def test_dates_are_not_padded(day, text):
    assert unpadded(day) == text
