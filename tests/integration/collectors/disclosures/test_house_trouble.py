"""A source that is slow to answer, refuses, lies or changes; and people who stop a run."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from collectors.disclosures.house import parse
from collectors.disclosures.house.fetch import US_HOUSE
from collectors.disclosures.house.records import FilingStatus, ParsedFiling
from collectors.disclosures.house.reports import ReportCollector
from collectors.disclosures.house.tally import Tally
from collectors.disclosures.ledger import ListingsVanished
from collectors.disclosures.models import Filing, LedgerStatus, Problem, Snapshot, Transaction
from collectors.disclosures.snapshots import DocumentMissing
from collectors.replay.house.filing import Shape
from scheduling.kinds import Cause, GiveUp, RetryLater, RunStopped
from tests.factories.disclosures import reports

pytestmark = pytest.mark.django_db
INDEX = "*/2026FD.zip"


def newest_report() -> str:
    dated = [each for each in reports() if each.filed_on and each.filing.shape is Shape.TEXT]
    return max(dated, key=lambda each: (each.filed_on, each.doc_id)).doc_id


def test_a_stopped_run_keeps_what_it_stored_and_the_next_one_goes_on(a_run, replay):
    run = a_run(stop_after=4)
    with pytest.raises(RunStopped):
        run.collect(years_back=0)
    stored = set(Filing.objects.exclude(sha256="").values_list("doc_id", flat=True))
    assert len(stored) == 4
    assert run.artifacts
    replay.forget_requests()
    a_run().collect(years_back=0)
    asked = {request.path.rsplit("/", 1)[1][:-4] for request in replay.requests}
    assert asked.isdisjoint(stored)
    assert not Filing.objects.filter(status=LedgerStatus.NEW).exists()


def test_one_document_that_the_source_cannot_give_stops_no_other(a_run, replay):
    doc_id = newest_report()
    replay.fail(f"*{doc_id}.pdf", status=503)
    run = a_run()
    outcome = run.collect(years_back=0)
    filing = Filing.objects.get(doc_id=doc_id)
    assert (filing.status, filing.problem) == (LedgerStatus.FAILED, Problem.UNAVAILABLE)
    assert "HTTP 503" in filing.reason
    assert filing.retry_at is not None
    assert outcome.new > 10
    replay.heal()
    a_run().collect(years_back=0, retry_failed=True)
    filing.refresh_from_db()
    assert filing.status == LedgerStatus.PARSED


def test_a_source_that_is_down_fails_the_run_and_no_filing(a_run, replay):
    replay.fail("*.pdf", status=503)
    with pytest.raises(RetryLater, match="HTTP 503"):
        a_run().collect(years_back=0)
    waiting = Filing.objects.collected()
    assert set(waiting.values_list("status", flat=True)) == {LedgerStatus.NEW}
    assert set(waiting.values_list("attempts", flat=True)) == {0}


def test_a_source_that_names_a_delay_is_asked_nothing_more(a_run, replay):
    replay.fail("*.pdf", status=429, retry_after="7200")
    with pytest.raises(RetryLater) as trouble:
        a_run().collect(years_back=0)
    assert trouble.value.after == timedelta(hours=2)
    assert len([each for each in replay.requests if each.path.endswith(".pdf")]) == 1
    assert not Filing.objects.filter(attempts__gt=0).exists()


def test_a_short_silence_is_waited_for(a_run, replay):
    replay.fail(f"*{newest_report()}.pdf", status=503, times=1)
    a_run().collect(years_back=0)
    assert Filing.objects.get(doc_id=newest_report()).status == LedgerStatus.PARSED


def test_a_source_that_blocks_us_ends_the_run_at_once(a_run, replay):
    replay.fail("*.pdf", status=403)
    with pytest.raises(GiveUp) as trouble:
        a_run().collect(years_back=0)
    assert trouble.value.cause == Cause.SOURCE_BLOCKED
    assert len([each for each in replay.requests if each.path.endswith(".pdf")]) == 1


def test_a_request_refused_for_one_document_is_that_documents_problem(a_run, replay):
    doc_id = newest_report()
    replay.fail(f"*{doc_id}.pdf", status=410)
    a_run().collect(years_back=0)
    assert Filing.objects.get(doc_id=doc_id).problem == Problem.UNAVAILABLE


def test_web_pages_for_all_documents_mean_that_the_site_has_changed(a_run, replay):
    replay.html_for_pdf("*.pdf")
    with pytest.raises(GiveUp, match=r"None of the \d+ new filings could be had") as trouble:
        a_run().collect(years_back=0)
    assert (trouble.value.cause, trouble.value.source) == (Cause.LAYOUT_CHANGED, "us-house")
    failed = Filing.objects.collected()
    assert set(failed.values_list("problem", flat=True)) == {Problem.NOT_A_PDF}


def test_a_document_that_was_not_read_in_full_is_loud_and_gives_no_rows(a_run, monkeypatch):
    read = parse.parse_filing

    def misread(body: bytes) -> ParsedFiling:
        parsed = read(body)
        if parsed.doc_id != newest_report():
            return parsed
        return replace(parsed, status=FilingStatus.MISMATCH, reason="Not all could be read.")

    monkeypatch.setattr(parse, "parse_filing", misread)
    run = a_run()
    outcome = run.collect(years_back=0)
    filing = Filing.objects.get(doc_id=newest_report())
    assert (filing.status, filing.problem) == (LedgerStatus.FAILED, Problem.MISMATCH)
    assert filing.retry_at is None
    assert not filing.transactions.exists()
    assert f"{filing.doc_id} failed (mismatch): Not all could be read." in run.said("ERROR")
    assert outcome.failed == Filing.objects.filter(status=LedgerStatus.FAILED).count()


def test_a_filing_that_another_run_stored_meanwhile_is_not_fetched(a_run, replay):
    a_run().collect(years_back=0)
    stored = list(Filing.objects.read().values_list("pk", flat=True))
    replay.forget_requests()
    ReportCollector(a_run(), Tally()).collect(stored)
    assert replay.requests == ()


def test_known_bad_filings_that_fail_again_are_no_change_of_layout(a_run, replay):
    replay.html_for_pdf("*.pdf")
    with pytest.raises(GiveUp):
        a_run().collect(years_back=0)
    outcome = a_run().collect(years_back=0, retry_failed=True)
    assert outcome.failed == outcome.found


@pytest.mark.parametrize("body", [b"<html>sorry</html>", b"PK\x05\x06" + bytes(18)])
def test_an_index_of_another_layout_gives_up_and_changes_nothing(a_run, serve_instead, body):
    a_run().collect(years_back=0)
    before = list(Filing.objects.order_by("pk").values())
    serve_instead(US_HOUSE, body)
    with pytest.raises(GiveUp, match="The index of 2026") as trouble:
        a_run().collect(years_back=0)
    assert (trouble.value.cause, trouble.value.source) == (Cause.LAYOUT_CHANGED, "us-house")
    assert list(Filing.objects.order_by("pk").values()) == before


def test_an_index_that_is_suddenly_short_withdraws_nothing(a_run, replay):
    a_run().collect(years_back=0, max_filings=1)
    listed = Filing.objects.values_list("doc_id", flat=True)
    assert len(listed) > 21
    for doc_id in listed[:21]:
        replay.withdraw(doc_id)
    with pytest.raises(ListingsVanished) as trouble:
        a_run().collect(years_back=0, max_filings=1)
    assert trouble.value.source == "us-house"
    assert not Filing.objects.filter(status=LedgerStatus.WITHDRAWN).exists()


def test_a_missing_index_is_an_error(a_run, replay):
    replay.fail(INDEX, status=404)
    with pytest.raises(DocumentMissing, match=r"2026FD\.zip"):
        a_run().collect(years_back=0)


def test_an_index_not_yet_published_in_january_is_not(a_run, replay):
    new_year = date(2027, 1, 2)
    replay.fail("*/2027FD.zip", status=404)
    replay.advance(new_year)
    run = a_run(today=new_year)
    outcome = run.collect(years_back=1, max_filings=1)
    assert outcome.found > 0
    assert any("2027 is not published yet" in text for text in run.said("WARNING"))


def test_a_crash_between_index_and_ledger_forgets_neither(a_run, monkeypatch):
    def die(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("collectors.disclosures.house.indexes.keep_snapshot", die)
    with pytest.raises(KeyboardInterrupt):
        a_run().collect(years_back=0)
    assert not Filing.objects.exists()
    assert not Snapshot.objects.filter(url__endswith="FD.zip").exists()


def test_a_dry_run_says_what_it_would_fetch_and_writes_nothing(a_run, replay, tmp_path):
    run = a_run(dry_run=True)
    outcome = run.collect(years_back=0, max_filings=3)
    assert len([text for text in run.said("INFO") if text.startswith("Would fetch")]) == 3
    assert "3 documents would be fetched" in outcome.summary
    assert newest_report() in " ".join(run.said("INFO"))
    assert not Filing.objects.exists()
    assert not Snapshot.objects.exists()
    assert [path for path in (tmp_path / "archive").rglob("*") if path.is_file()] == []
    assert not any(request.path.endswith(".pdf") for request in replay.requests)


def test_a_cap_leaves_the_older_filings_for_the_next_run(a_run):
    outcome = a_run().collect(years_back=0, max_filings=2)
    fetched = Filing.objects.exclude(sha256="")
    waiting = Filing.objects.filter(status=LedgerStatus.NEW)
    assert fetched.count() == 2
    assert f"{waiting.count()} wait for a later run" in outcome.summary
    oldest_fetched = min(filing.age_key() for filing in fetched)
    assert all(filing.age_key() < oldest_fetched for filing in waiting)


def test_a_run_without_the_house_has_nothing_to_do(a_run):
    with pytest.raises(GiveUp, match="'us-house' is switched off") as trouble:
        a_run(sources=()).collect()
    assert trouble.value.cause == Cause.BAD_PARAMETERS
    assert not Transaction.objects.exists()
