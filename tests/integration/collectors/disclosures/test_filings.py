"""What the tables themselves refuse, and how a reading is stored."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from collectors.disclosures.filings import store_reading
from collectors.disclosures.models import (
    Filing,
    LedgerStatus,
    Politician,
    Problem,
    Term,
    Transaction,
)
from collectors.disclosures.readings import Reading
from tests.factories.disclosures import a_filing

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DIGEST = "ab" * 32


def a_row(ordinal: int = 1, **fields: Any) -> dict[str, Any]:
    values = {
        "ordinal": ordinal,
        "page": 1,
        "owner": "SELF",
        "owner_source": "FILER",
        "asset_name": "Brightwater Foods, Inc.",
        "ticker": "BWFX",
        "asset_code": "ST",
        "side": "PURCHASE",
        "partial": False,
        "traded_on": date(2026, 1, 12),
        "notified_on": date(2026, 1, 20),
        "amount_min": Decimal(1001),
        "amount_max": Decimal(15000),
        "amount_exact": None,
        "capital_gains_over_200": None,
        "filing_status": "NEW",
        "row_id": None,
        "subholding": None,
        "location": None,
        "description": None,
        "comment": None,
    }
    return values | fields


def a_reading(*rows: dict[str, Any], **fields: Any) -> Reading:
    values: dict[str, Any] = {
        "status": LedgerStatus.PARSED,
        "reason": "Read.",
        "parser_version": 1,
        "rows": rows,
    }
    return Reading(**(values | fields))


def test_identical_rows_are_kept_apart():
    filing = a_filing()
    assert store_reading(filing, a_reading(a_row(1), a_row(2)), now=NOON, digest=DIGEST)
    assert filing.transactions.count() == 2
    assert (filing.status, filing.attempts, filing.sha256) == ("parsed", 1, DIGEST)


def test_a_reading_that_says_the_same_leaves_the_rows_alone():
    filing = a_filing()
    store_reading(filing, a_reading(a_row()), now=NOON, digest=DIGEST)
    before = list(Transaction.objects.values())
    assert not store_reading(filing, a_reading(a_row(), parser_version=2), now=NOON)
    assert list(Transaction.objects.values()) == before
    assert Filing.objects.get().parser_version == 2


def test_rows_are_replaced_as_a_whole():
    filing = a_filing()
    store_reading(filing, a_reading(a_row(1), a_row(2)), now=NOON, digest=DIGEST)
    assert store_reading(filing, a_reading(a_row(1, ticker=None)), now=NOON)
    assert list(filing.transactions.values_list("ordinal", "ticker")) == [(1, None)]


def test_a_failed_reading_leaves_no_rows_behind():
    filing = a_filing()
    store_reading(filing, a_reading(a_row()), now=NOON, digest=DIGEST)
    failed = a_reading(status=LedgerStatus.FAILED, problem=Problem.MISMATCH)
    assert store_reading(filing, failed, now=NOON)
    assert not filing.transactions.exists()
    assert Filing.objects.get().problem == Problem.MISMATCH


@pytest.mark.parametrize(
    "row",
    [
        a_row(side="GIFT"),
        a_row(owner="AUNT"),
        a_row(amount_exact=Decimal("9.00")),
        a_row(amount_min=Decimal(10), amount_max=Decimal(9)),
        a_row(page=0),
        a_row(filing_status="LOST"),
        a_row(amount_max=Decimal(10) ** 20),
    ],
)
def test_what_the_database_refuses_fails_that_filing_alone(row):
    filing = a_filing()
    store_reading(filing, a_reading(a_row(1), {**row, "ordinal": 2}), now=NOON, digest=DIGEST)
    stored = Filing.objects.get()
    assert (stored.status, stored.problem) == (LedgerStatus.FAILED, Problem.NOT_STORABLE)
    assert (stored.attempts, stored.sha256) == (1, DIGEST)
    assert not Transaction.objects.exists()


def test_text_that_postgresql_refuses_is_mended():
    filing = a_filing()
    store_reading(filing, a_reading(a_row(comment="a\0b \ud800")), now=NOON, digest=DIGEST)
    assert Transaction.objects.get().comment == "ab ?"


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"status": "read"}, "filing_status_is_known"),
        ({"status": "failed"}, "filing_problem_exactly_when_failed"),
        ({"problem": "empty"}, "filing_problem_exactly_when_failed"),
        ({"status": "withdrawn"}, "filing_withdrawn_at_exactly_when_withdrawn"),
        ({"withdrawn_at": NOON}, "filing_withdrawn_at_exactly_when_withdrawn"),
        ({"status": "parsed"}, "filing_read_has_its_document"),
        ({"politician_basis": "NAME_STATE_DISTRICT"}, "filing_link_has_a_basis"),
    ],
)
def test_the_ledger_refuses_contradictions(fields, constraint):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        a_filing(**fields)


def test_a_number_is_listed_once_per_source():
    a_filing()
    with pytest.raises(IntegrityError), transaction.atomic():
        a_filing()
    a_filing(source="elsewhere")


@pytest.mark.parametrize(("chamber", "district"), [("HOUSE", None), ("SENATE", 1), ("LORDS", None)])
def test_a_term_names_a_district_in_the_house_only(chamber, district):
    politician = Politician.objects.create(family_name="Roe")
    with pytest.raises(IntegrityError), transaction.atomic():
        Term.objects.create(
            politician=politician,
            chamber=chamber,
            state="MN",
            district=district,
            started_on=date(2025, 1, 3),
            ended_on=date(2027, 1, 3),
        )


def test_deleted_rows_and_withdrawn_filings_are_no_trades():
    filing, gone = a_filing(), a_filing("20040002")
    rows = (a_row(1), a_row(2, filing_status="DELETED"))
    store_reading(filing, a_reading(*rows), now=NOON, digest=DIGEST)
    store_reading(gone, a_reading(a_row()), now=NOON, digest=DIGEST)
    Filing.objects.filter(pk=gone.pk).update(status="withdrawn", withdrawn_at=NOON)
    assert [(row.filing_id, row.ordinal) for row in Transaction.objects.trades()] == [
        (filing.pk, 1)
    ]


def test_filings_without_a_date_come_last():
    a_filing("1", filed_on=None)
    a_filing("2", filed_on=date(2026, 1, 1))
    a_filing("3", filed_on=date(2026, 2, 1))
    assert [each.doc_id for each in Filing.objects.newest_first()] == ["3", "2", "1"]
