"""The House parser over real filings."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections import Counter
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from collectors.disclosures.house.index import parse_index
from collectors.disclosures.house.parse import parse_filing
from collectors.disclosures.house.records import (
    FilingStatus,
    Owner,
    OwnerSource,
    ParsedFiling,
    RowStatus,
    Side,
    Transaction,
    as_record,
)

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.real

SIDES = {"buy": Side.PURCHASE, "sell": Side.SALE, "exchange": Side.EXCHANGE}
OWNERS = {"self": Owner.SELF, "spouse": Owner.SPOUSE, "joint": Owner.JOINT}
SOURCES = {"vehicle": OwnerSource.VEHICLE, "default_self": OwnerSource.FILER}
OPERATIONS = {"P": Side.PURCHASE, "S": Side.SALE, "E": Side.EXCHANGE}
# What must never be left in a text field: a label, a header, a box, another column's text.
LEAK = re.compile(
    r"gfedc|filing status:|subholding of:|\bF S:|\bS O:|\[[A-Z0-9]{2}\]|\bCap\. Gains"
    r"|\$[\d,]+ - \$|[PSE] \d\d/\d\d/\d{4} \d\d/\d\d/\d{4}|\ufffe|\x00|  ",
    re.IGNORECASE,
)


@pytest.fixture(scope="module")
def house(real_data: Path) -> Path:
    return real_data / "us" / "house"


@pytest.fixture(scope="module")
def listed(house: Path) -> list[dict[str, str]]:
    with (house / "doc_index.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def filings(house: Path) -> dict[str, ParsedFiling]:
    return {
        path.stem: parse_filing(path.read_bytes())
        for path in sorted((house / "ptr_electronic").glob("*.pdf"))
    }


def rows_of(filings: dict[str, ParsedFiling]) -> list[Transaction]:
    return [row for filing in filings.values() for row in filing.transactions]


def test_every_anchor_row_of_every_electronic_filing_is_parsed(filings, listed):
    expected = {
        line["doc_id"]: (
            "parsed",
            line["template"],
            int(line["rows_by_anchor"]),
            int(line["pages"]),
        )
        for line in listed
        if line["template"] in ("old", "new")
    }
    found = {
        doc_id: (filing.status, filing.template, len(filing.transactions), filing.pages)
        for doc_id, filing in filings.items()
        if filing.status is not FilingStatus.SCANNED
    }
    assert found == expected


def test_every_filing_bears_its_own_number_filer_and_signature(filings):
    read = {name: filing for name, filing in filings.items() if filing.template}
    assert {name: filing.doc_id for name, filing in read.items()} == {name: name for name in read}
    assert all(filing.signed_on and filing.filer_name for filing in read.values())
    assert {filing.filer_status for filing in read.values()} == {"Member", "Former Member"}


def test_the_filers_district_is_that_of_the_index(filings, listed):
    districts = {line["doc_id"]: line["state_dst"] for line in listed if line["state_dst"]}
    read = {name: filing for name, filing in filings.items() if filing.template}
    assert {name: filing.state_district for name, filing in read.items()} == {
        name: districts[name] for name in read
    }


def test_no_field_holds_what_belongs_to_another(filings):
    leaks = [
        (row.doc_id, row.ordinal, text)
        for row in rows_of(filings)
        for text in (row.asset_name, row.subholding, row.location, row.description, row.comment)
        if text and LEAK.search(text)
    ]
    assert leaks == []


def test_every_row_has_one_reading_of_its_amount(filings):
    rows = rows_of(filings)
    assert all((row.amount_exact is None) != (row.amount_min is None) for row in rows)
    exact = Counter(row.doc_id for row in rows if row.amount_exact is not None)
    assert exact == {"20012366": 6}


def test_the_capital_gains_box_is_read_wherever_the_form_has_one(filings, listed):
    unread = Counter(row.doc_id for row in rows_of(filings) if row.capital_gains_over_200 is None)
    assert unread == {"20005757": 20}
    drawn = {line["doc_id"]: int(line["capgain_boxes_checked"] or 0) for line in listed}
    for doc_id, filing in filings.items():
        if filing.template == "new":
            ticked = sum(bool(row.capital_gains_over_200) for row in filing.transactions)
            # A row broken over two pages draws its box twice and is counted twice there.
            assert drawn[doc_id] - 2 <= ticked <= drawn[doc_id]


def test_tickers_and_codes_are_capitals(filings):
    for row in rows_of(filings):
        assert row.ticker is None or re.fullmatch(r"[A-Z]{1,5}(\.[A-Z])?", row.ticker)
        assert row.asset_code is None or re.fullmatch(r"[A-Z0-9]{2}", row.asset_code)
        assert row.asset_code != "ST" or row.ticker


def test_rows_are_numbered_in_the_order_of_their_pages(filings):
    for filing in filings.values():
        rows = filing.transactions
        assert [row.ordinal for row in rows] == list(range(1, len(rows) + 1))
        assert [row.page for row in rows] == sorted(row.page for row in rows)


def test_deleted_and_amended_rows_carry_their_number_and_new_ones_none(filings):
    states = Counter(row.filing_status for row in rows_of(filings))
    assert (states[RowStatus.DELETED], states[RowStatus.AMENDED]) == (2, 2)
    for row in rows_of(filings):
        assert (row.row_id is None) == (row.filing_status is RowStatus.NEW)


def test_identical_rows_are_all_kept(filings):
    same = Counter(
        str({**as_record(row), "ordinal": 0, "page": 0}) for row in filings["20024346"].transactions
    )
    assert sum(count > 1 for count in same.values()) == 16


def golden_cases(house: Path) -> dict[str, list[dict[str, Any]]]:
    return {
        path.parent.name: json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(house.glob("golden/*/expected.gold.json"))
    }


def as_golden(row: Transaction, filing: ParsedFiling) -> dict[str, Any]:
    """Return a row in the words of the golden files."""
    assert filing.signed_on is not None
    ticker = f" ({row.ticker})" if row.ticker else ""
    return {
        "asset": f"{row.asset_name}{ticker} [{row.asset_code}]",
        "side": row.side,
        "traded": row.traded_on.isoformat(),
        "notified": row.notified_on.isoformat(),
        "low": row.amount_min,
        "high": row.amount_max,
        "owner": row.owner,
        "doc_id": row.doc_id,
        "ordinal": row.ordinal,
        "row_id": row.row_id,
        "code": row.asset_code,
        "partial": row.partial,
        "filing_status": row.filing_status.capitalize(),
        "owner_source": row.owner_source,
        "subholding": row.subholding,
        "description": row.description,
        "comment": row.comment,
        "signed": filing.signed_on.isoformat(),
    }


def from_golden(row: dict[str, Any]) -> dict[str, Any]:
    details = row["details"]
    return {
        "asset": row["asset_description_raw"],
        "side": SIDES[row["side"]],
        "traded": row["transaction_date"],
        "notified": row["notified_date"],
        "low": Decimal(row["value"]["low"]),
        "high": Decimal(row["value"]["high"]),
        "owner": OWNERS[row["owner"]],
        "doc_id": details["doc_id"],
        "ordinal": details["row_ordinal"],
        "row_id": details["row_id"],
        "code": details["asset_type_code"],
        "partial": details["partial_sale"],
        "filing_status": details["filing_status_raw"],
        "owner_source": SOURCES[details["owner_source"]],
        "subholding": details["subholding_of"],
        "description": details["description"],
        "comment": details["comments"],
        "signed": details["signed_date"],
    }


def test_the_hand_checked_filings_equal_in_every_field(house):
    cases = golden_cases(house)
    assert len(cases) >= 2
    for name, expected in cases.items():
        filing = parse_filing((house / "golden" / name / "input.pdf").read_bytes())
        assert [as_golden(row, filing) for row in filing.transactions] == [
            from_golden(row) for row in expected
        ]


def reference_rows(house: Path) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = []
    for path in sorted((house / "reference_rows").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            rows.extend(csv.DictReader(file))
    return rows


def reference_key(line: dict[str, str]) -> tuple[str | None, date, Side, int]:
    """Return the fields in which that table can be trusted. It cuts cents off."""
    low = int(re.sub(r"[$,]", "", line["amount_range"].split(" - ")[0]).rstrip("+"))
    day = date.fromisoformat(line["transaction_date"])
    return line["doc_id"], day, OPERATIONS[line["operation_type"][0]], low


def test_another_projects_rows_are_all_found(filings, house):
    expected = Counter(
        reference_key(line) for line in reference_rows(house) if line["doc_id"] in filings
    )
    found = Counter(
        (row.doc_id, row.traded_on, row.side, int(row.amount_exact or row.amount_min or 0))
        for row in rows_of(filings)
    )
    assert expected.total() > 2500
    assert expected - found == Counter()


def test_paper_filings_are_scanned_and_never_empty(house):
    papers = sorted((house / "ptr_scanned").glob("*.pdf"))
    filings = [parse_filing(path.read_bytes()) for path in papers]
    assert len(filings) > 20
    assert {filing.status for filing in filings} == {FilingStatus.SCANNED}


def test_the_text_layer_and_not_the_number_decides_what_is_scanned(filings):
    for doc_id in ("2000711", "2001391"):
        assert filings[doc_id].status is FilingStatus.SCANNED


def test_a_missing_file_is_no_pdf(house):
    bodies = list((house / "errors").iterdir())
    assert bodies
    for path in bodies:
        assert parse_filing(path.read_bytes()).status is FilingStatus.NOT_A_PDF


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("A_10072911", FilingStatus.EMPTY),
        ("C_10071911", FilingStatus.EMPTY),
        ("T_10063263", FilingStatus.EMPTY),
        ("W_8007", FilingStatus.EMPTY),
        ("C_8221216", FilingStatus.SCANNED),
        ("D_9115636", FilingStatus.SCANNED),
        ("G_8220832", FilingStatus.SCANNED),
    ],
)
def test_documents_of_other_types_yield_no_trades(house, name, status):
    filing = parse_filing((house / "other_types" / f"{name}.pdf").read_bytes())
    assert (filing.status, filing.transactions) == (status, ())


@pytest.mark.parametrize(
    ("name", "rows", "reports"),
    [("2025FD", 2631, 515), ("govfolio_2012FD", 5347, 0), ("govfolio_2026FD", 1302, 274)],
)
def test_the_yearly_indexes_are_read_whole(house, name, rows, reports):
    index = parse_index((house / "index" / f"{name}.zip").read_bytes())
    assert len(index) == rows
    assert sum(row.filing_type == "P" for row in index) == reports
    assert any(not f"{row.first}{row.last}".isascii() for row in index)


@pytest.mark.parametrize("name", ["2025FD", "govfolio_2012FD", "govfolio_2026FD"])
def test_the_text_lists_the_same_documents_as_the_xml_beside_it(house, name):
    body = (house / "index" / f"{name}.zip").read_bytes()
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        xml = next(archive.read(member) for member in archive.namelist() if member.endswith("xml"))
    listed = [match.decode() for match in re.findall(rb"<DocID>(\d+)</DocID>", xml)]
    assert [row.doc_id for row in parse_index(body)] == listed
