"""What later runs do: nothing twice, and everything that changed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import Model

from collectors.disclosures.house import parse
from collectors.disclosures.house.kind import HouseDisclosures
from collectors.disclosures.models import (
    Filing,
    LedgerStatus,
    Politician,
    Problem,
    Snapshot,
    Term,
    Transaction,
)
from collectors.replay.house.filing import Shape
from tests.factories.disclosures import TODAY, a_parsed_filing, of_shape

pytestmark = pytest.mark.django_db
MODELS: tuple[type[Model], ...] = (Filing, Transaction, Politician, Term, Snapshot)


def everything() -> list[list[dict[str, Any]]]:
    return [list(model._default_manager.order_by("pk").values()) for model in MODELS]


def pdfs(replay) -> list[str]:
    return [request.path for request in replay.requests if request.path.endswith(".pdf")]


def test_a_second_run_asks_for_the_indexes_alone_and_changes_nothing(a_run, replay):
    a_run().collect()
    before = everything()
    replay.forget_requests()
    outcome = a_run().collect()
    assert everything() == before
    assert pdfs(replay) == []
    assert len(replay.requests) == 5
    assert all("if-none-match" in request.headers for request in replay.requests)
    assert (outcome.new, outcome.changed, outcome.failed) == (0, 0, 0)
    assert outcome.unchanged == Filing.objects.read().count()


def test_a_new_filing_is_all_that_is_fetched(a_run, replay):
    yesterday = TODAY - timedelta(days=120)
    replay.advance(yesterday)
    a_run(today=yesterday).collect(years_back=0)
    known = set(Filing.objects.values_list("doc_id", flat=True))
    replay.advance(TODAY)
    replay.forget_requests()
    outcome = a_run().collect(years_back=0)
    new = set(Filing.objects.collected().values_list("doc_id", flat=True)) - known
    assert new
    assert outcome.new + outcome.failed >= len(new)
    assert len([path for path in pdfs(replay) if path.rsplit("/", 1)[1][:-4] in new]) == len(new)


def test_a_filing_that_leaves_the_index_is_withdrawn_and_keeps_its_rows(a_run, replay):
    a_run().collect(years_back=0)
    gone = a_parsed_filing()
    rows = gone.transactions.count()
    replay.withdraw(gone.doc_id)
    outcome = a_run().collect(years_back=0)
    gone.refresh_from_db()
    assert gone.status == LedgerStatus.WITHDRAWN
    assert gone.withdrawn_at is not None
    assert gone.transactions.count() == rows
    assert not Transaction.objects.trades().filter(filing=gone).exists()
    assert outcome.changed == 1


def test_a_filing_that_comes_back_is_read_from_the_archive(a_run, replay):
    a_run().collect(years_back=0)
    gone = a_parsed_filing()
    edition = replay.edition
    replay.withdraw(gone.doc_id)
    a_run().collect(years_back=0)
    replay.edition = edition
    replay.forget_requests()
    a_run().collect(years_back=0)
    gone.refresh_from_db()
    assert (gone.status, gone.withdrawn_at) == (LedgerStatus.PARSED, None)
    assert pdfs(replay) == []


def test_a_newer_parser_reads_again_without_fetching(a_run, replay, monkeypatch):
    a_run().collect(years_back=0)
    rows = list(Transaction.objects.order_by("pk").values())
    replay.forget_requests()
    monkeypatch.setattr(parse, "PARSER_VERSION", parse.PARSER_VERSION + 1)
    read = dict(HouseDisclosures().reparse(a_run()))
    assert replay.requests == ()
    assert set(read) == set(Filing.objects.exclude(sha256="").values_list("doc_id", flat=True))
    kept = Filing.objects.exclude(sha256="")
    assert set(kept.values_list("parser_version", flat=True)) == {parse.PARSER_VERSION}
    assert list(Transaction.objects.order_by("pk").values()) == rows


def test_a_run_with_a_newer_parser_corrects_what_the_older_one_stored(a_run, monkeypatch):
    a_run().collect(years_back=0)
    wrong = Transaction.objects.order_by("pk")[0]
    name = wrong.asset_name
    Transaction.objects.filter(pk=wrong.pk).update(asset_name="misread")
    monkeypatch.setattr(parse, "PARSER_VERSION", parse.PARSER_VERSION + 1)
    outcome = a_run().collect(years_back=0)
    assert outcome.changed == 1
    stored = wrong.filing.transactions.get(ordinal=wrong.ordinal)
    assert stored.asset_name == name


def test_a_document_that_the_archive_lost_is_fetched_again(a_run, replay, monkeypatch, tmp_path):
    a_run().collect(years_back=0)
    lost = a_parsed_filing()
    (tmp_path / "archive" / lost.sha256[:2] / lost.sha256[2:4] / lost.sha256).unlink()
    monkeypatch.setattr(parse, "PARSER_VERSION", parse.PARSER_VERSION + 1)
    replay.forget_requests()
    run = a_run()
    run.collect(years_back=0)
    assert len(pdfs(replay)) == 1
    lost.refresh_from_db()
    assert lost.status == LedgerStatus.PARSED
    assert any(lost.doc_id in text for text in run.said("ERROR"))


def test_missing_and_damaged_documents_are_tried_again_with_growing_gaps(a_run, replay):
    a_run().collect()
    expected = len([*of_shape(Shape.MISSING), *of_shape(Shape.WEB_PAGE), *of_shape(Shape.CORRUPT)])
    attempts = []
    for days in range(1, 6):
        replay.forget_requests()
        a_run(today=TODAY + timedelta(days=days)).collect()
        attempts.append(len(pdfs(replay)))
    assert attempts == [expected, expected, expected, 0, expected]


def test_filings_given_up_are_tried_again_when_a_job_says_so(a_run, replay):
    a_run().collect(years_back=1)
    Filing.objects.filter(status=LedgerStatus.NOT_FOUND).update(attempts=8, retry_at=None)
    replay.forget_requests()
    a_run(today=TODAY + timedelta(days=3)).collect(years_back=1)
    missing = {each.doc_id for each in of_shape(Shape.MISSING) if each.year > 2024}
    asked = {path.rsplit("/", 1)[1][:-4] for path in pdfs(replay)}
    assert missing.isdisjoint(asked)
    a_run().collect(years_back=1, retry_failed=True)
    assert missing <= {path.rsplit("/", 1)[1][:-4] for path in pdfs(replay)}


def test_a_mismatch_waits_for_a_better_parser_and_not_for_the_source(a_run, replay, monkeypatch):
    a_run().collect(years_back=0)
    filing = a_parsed_filing()
    Filing.objects.filter(pk=filing.pk).update(
        status=LedgerStatus.FAILED, problem=Problem.MISMATCH, retry_at=None
    )
    replay.forget_requests()
    a_run(today=TODAY + timedelta(days=30)).collect(years_back=0, retry_failed=True)
    assert not any(filing.doc_id in path for path in pdfs(replay))
    monkeypatch.setattr(parse, "PARSER_VERSION", parse.PARSER_VERSION + 1)
    a_run().collect(years_back=0)
    filing.refresh_from_db()
    assert filing.status == LedgerStatus.PARSED
