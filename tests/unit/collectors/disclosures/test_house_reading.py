from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from collectors.disclosures.house import parse
from collectors.disclosures.house.kind import HouseDisclosures
from collectors.disclosures.house.reading import OUTCOMES, read_document
from collectors.disclosures.house.records import (
    FilingStatus,
    Owner,
    OwnerSource,
    ParsedFiling,
    RowStatus,
    Side,
    Template,
    Transaction,
)
from collectors.disclosures.models import LedgerStatus, Problem
from collectors.disclosures.readings import storable

ROW = Transaction(
    doc_id="20040001",
    ordinal=1,
    page=1,
    owner=Owner.SELF,
    owner_source=OwnerSource.FILER,
    asset_name="Brightwater Foods, Inc.",
    ticker="BWFX",
    asset_code="ST",
    side=Side.PURCHASE,
    partial=False,
    traded_on=date(2026, 1, 12),
    notified_on=date(2026, 1, 20),
    amount_min=Decimal(1001),
    amount_max=Decimal(15000),
    amount_exact=None,
    capital_gains_over_200=False,
    filing_status=RowStatus.NEW,
    row_id=None,
    subholding=None,
    location=None,
    description=None,
    comment=None,
)
PARSED = ParsedFiling(
    status=FilingStatus.PARSED,
    reason="1 transaction read.",
    doc_id="20040001",
    filer_name="Hon. Ingrid Halvorsen",
    template=Template.NEW,
    pages=1,
    transactions=(ROW,),
)


@pytest.fixture
def document(monkeypatch):
    """Lets the parser say what a test needs, as no real bytes could so briefly."""

    def says(parsed: ParsedFiling) -> None:
        monkeypatch.setattr(parse, "parse_filing", lambda _body: parsed)

    return says


def test_every_status_of_the_parser_has_its_outcome():
    assert set(OUTCOMES) == set(FilingStatus)


def test_a_parsed_document_gives_its_rows(document):
    document(PARSED)
    reading, transactions = read_document("20040001", b"")
    assert (reading.status, reading.problem) == (LedgerStatus.PARSED, None)
    assert transactions == (ROW,)
    assert reading.rows[0]["asset_name"] == "Brightwater Foods, Inc."
    assert "doc_id" not in reading.rows[0]
    assert (reading.template, reading.pages) == ("new", 1)


@pytest.mark.parametrize(
    ("status", "problem"),
    [
        (FilingStatus.MISMATCH, Problem.MISMATCH),
        (FilingStatus.EMPTY, Problem.EMPTY),
        (FilingStatus.UNREADABLE, Problem.UNREADABLE),
        (FilingStatus.NOT_A_PDF, Problem.NOT_A_PDF),
    ],
)
def test_rows_of_a_document_that_was_not_read_in_full_are_not_kept(document, status, problem):
    document(replace(PARSED, status=status, reason="Not all could be read."))
    reading, transactions = read_document("20040001", b"")
    assert (reading.status, reading.problem) == (LedgerStatus.FAILED, problem)
    assert not reading.rows
    assert not transactions
    assert reading.reason == "Not all could be read."


def test_a_document_with_another_number_is_not_this_filings(document):
    document(PARSED)
    reading, transactions = read_document("20040002", b"")
    assert (reading.problem, transactions) == (Problem.WRONG_DOCUMENT, ())
    assert "20040001" in reading.reason


def test_a_document_without_a_number_takes_the_filings(document):
    document(replace(PARSED, doc_id=None, transactions=(replace(ROW, doc_id=None),)))
    _, transactions = read_document("20040009", b"")
    assert transactions[0].doc_id == "20040009"


def test_a_file_without_a_number_is_called_by_its_name(document):
    document(replace(PARSED, doc_id=None, transactions=(replace(ROW, doc_id=None),)))
    parsed = HouseDisclosures().parse_document("filings/20040009.pdf", b"")
    assert parsed.doc_id == "20040009"
    assert parsed.records[0]["doc_id"] == "20040009"
    assert list(parsed.records[0])[:3] == ["doc_id", "ordinal", "page"]


@pytest.mark.parametrize(
    ("body", "status", "is_readable"),
    [(b"<html>", "not-a-pdf", False), (b"%PDF-1.7 nonsense", "unreadable", False)],
)
def test_bytes_that_are_no_document_are_told_as_such(body, status, is_readable):
    parsed = HouseDisclosures().parse_document("x.pdf", body)
    assert (parsed.doc_id, parsed.status, parsed.is_readable) == ("x", status, is_readable)
    assert parsed.reason


@pytest.mark.parametrize(
    ("text", "kept"), [("a\0b", "ab"), ("a\ud800b", "a?b"), ("Peña \U0001f4b5", "Peña \U0001f4b5")]
)
def test_text_that_a_database_refuses_is_mended(text, kept):
    assert storable(text) == kept
