"""A first collection over a real socket, held against the table that the documents come from."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from collectors.disclosures.filings import ROW_FIELDS
from collectors.disclosures.models import Filing, LedgerStatus, Problem, Transaction
from collectors.replay.house.filing import Shape, Template
from tests.factories.disclosures import of_shape, reports
from tests.integration.replay.truth import true_records

pytestmark = pytest.mark.django_db
TRUE_FIELDS = [name for name in ROW_FIELDS if name != "page"]


def as_stored(record: dict[str, Any]) -> dict[str, Any]:
    """A record's fields in the types of the database."""
    typed = {name: value for name, value in record.items() if name != "doc_id"}
    for name in ("amount_min", "amount_max", "amount_exact"):
        typed[name] = Decimal(typed[name]) if typed[name] else None
    for name in ("traded_on", "notified_on"):
        typed[name] = date.fromisoformat(typed[name])
    return typed


def without_case(fields: dict[str, Any]) -> dict[str, Any]:
    """The old template scrambles the case of all that the filer wrote."""
    return {
        name: value.casefold() if isinstance(value, str) else value
        for name, value in fields.items()
    }


def test_every_transaction_is_stored_as_it_was_filed(a_run):
    a_run().collect()
    for published in of_shape(Shape.TEXT):
        filing = Filing.objects.get(doc_id=published.doc_id)
        expected = [as_stored(record) for record in true_records(published)]
        found: list[Any] = list(filing.transactions.order_by("ordinal").values(*TRUE_FIELDS))
        if published.filing.template is Template.OLD:
            assert list(map(without_case, found)) == list(map(without_case, expected))
        else:
            assert found == expected, published.doc_id


def test_every_shape_of_document_ends_in_its_own_status(a_run):
    a_run().collect()
    fates = {
        Shape.SCAN: (LedgerStatus.SCANNED, ""),
        Shape.MISSING: (LedgerStatus.NOT_FOUND, ""),
        Shape.WEB_PAGE: (LedgerStatus.FAILED, Problem.NOT_A_PDF),
        Shape.CORRUPT: (LedgerStatus.FAILED, Problem.UNREADABLE),
    }
    for shape, fate in fates.items():
        assert of_shape(shape)
        for published in of_shape(shape):
            filing = Filing.objects.get(doc_id=published.doc_id)
            assert (filing.status, filing.problem) == fate
            assert filing.reason
            assert not filing.transactions.exists()


def test_other_types_are_listed_and_not_fetched(a_run, replay):
    a_run().collect()
    others = Filing.objects.exclude(filing_type="P")
    assert others.count() > 5
    assert set(others.values_list("status", flat=True)) == {LedgerStatus.NOT_COLLECTED}
    fetched = {request.path.rsplit("/", 1)[1] for request in replay.requests}
    assert fetched.isdisjoint(f"{filing.doc_id}.pdf" for filing in others)


def test_the_outcome_counts_every_report_once(a_run):
    outcome = a_run().collect()
    statuses = Counter(Filing.objects.collected().values_list("status", flat=True))
    assert outcome.found == len({each.doc_id for each in reports()})
    assert outcome.new == statuses["parsed"] + statuses["scanned"]
    assert outcome.failed == statuses["failed"] + statuses["not-found"]
    assert outcome.found == outcome.new + outcome.failed
    assert outcome.changed == outcome.unchanged == 0
    assert f"{Transaction.objects.count()} transactions" in outcome.summary


def test_reports_are_fetched_newest_first(a_run, replay):
    a_run().collect()
    asked = [request.path for request in replay.requests if "/ptr-pdfs/" in request.path]
    dates = {filing.url: filing.filed_on for filing in Filing.objects.all()}
    filed = [dates[f"https:/{path}"] for path in asked]
    dated = [day for day in filed if day]
    assert dated == sorted(dated, reverse=True)
    assert filed == dated + [None] * (len(filed) - len(dated))


def test_the_artifact_holds_what_was_stored(a_run):
    run = a_run()
    run.collect()
    records = [json.loads(line) for line in run.artifacts["transactions.jsonl"].splitlines()]
    assert len(records) == Transaction.objects.count()
    record = records[0]
    row = Transaction.objects.get(filing__doc_id=record["doc_id"], ordinal=record["ordinal"])
    assert record["asset_name"] == row.asset_name
    assert record["traded_on"] == row.traded_on.isoformat()


def test_what_is_kept_is_what_the_source_sent(a_run):
    run = a_run()
    run.collect()
    for filing in Filing.objects.read():
        assert run.archive.get(filing.sha256).startswith(b"%PDF")


def test_failures_are_loud(a_run):
    run = a_run()
    run.collect()
    failed = Filing.objects.filter(status=LedgerStatus.FAILED)
    assert failed
    for filing in failed:
        assert any(filing.doc_id in text and filing.problem in text for text in run.said("ERROR"))


def test_a_number_that_the_index_repeats_is_one_filing_that_says_so(a_run):
    run = a_run()
    run.collect()
    repeated = [each for each in reports() if each.filing.listed > 1]
    others = Filing.objects.filter(times_listed__gt=1)
    assert others
    assert {each.doc_id for each in repeated} <= set(others.values_list("doc_id", flat=True))
    assert any("repeats" in text for text in run.said("WARNING"))
