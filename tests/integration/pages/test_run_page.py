from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client

from scheduling.actions.snapshots import snapshot
from scheduling.clock import utc_now
from scheduling.models import (
    Artifact,
    Attempt,
    Environment,
    Job,
    LogLine,
    Run,
    RunEvent,
    Worker,
)
from scheduling.states import Reason, RunState
from tests.integration.pages.conftest import a_run, messages_of

HTMX = {"HX-Request": "true"}


def log(run: Run, *texts: str) -> None:
    LogLine.objects.bulk_create(
        LogLine(run=run, attempt_number=1, at=utc_now(), level="INFO", text=text) for text in texts
    )


def test_a_finished_run_tells_its_times_counts_and_summary(client: Client, job: Job) -> None:
    outcome = {"found": 44, "new": 3, "changed": 0, "unchanged": 41, "failed": 0}
    run = a_run(job, outcome=outcome, summary="44 filings, 3 new.")
    answer = client.get(f"/runs/{run.pk}/")
    assert answer.context["counts"] == list(outcome.items())
    page = answer.content.decode()
    for said in ("44 filings, 3 new.", "Success", "10 s", "Queued", "Started", "Finished"):
        assert said in page
    assert "hx-trigger" not in page


def test_a_waiting_run_tells_what_it_waits_for(client: Client, job: Job) -> None:
    run = a_run(job, RunState.PENDING)
    page = client.get(f"/runs/{run.pk}/", headers=HTMX).content.decode()
    assert "No scheduler or worker that starts runs gives a sign of life." in page
    Run.objects.update(needs_answer=True)
    page = client.get(f"/runs/{run.pk}/").content.decode()
    assert "It was missed, and waits for a person" in page
    assert "sign of life" not in page


def test_a_failed_run_tells_reason_error_and_traceback(client: Client, job: Job) -> None:
    run = a_run(
        job,
        RunState.FAILED,
        reason=Reason.BUG,
        error="ValueError: <script>alert(1)</script>",
        traceback="Traceback (most recent call last)",
    )
    page = client.get(f"/runs/{run.pk}/").content.decode()
    assert "The program has a fault" in page
    assert "Traceback (most recent call last)" in page
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_attempts_are_listed_with_process_and_exit_code(client: Client, job: Job) -> None:
    run = a_run(job, RunState.FAILED)
    now = utc_now()
    Attempt.objects.create(
        run=run,
        number=1,
        claim_epoch=1,
        pid=777,
        state="LOST",
        reason=Reason.WORKER_LOST,
        started_at=now - timedelta(seconds=5),
        finished_at=now,
        exit_code=-9,
    )
    page = client.get(f"/runs/{run.pk}/").content.decode()
    for said in ("Lost", "process 777", "-9", "The process that ran it disappeared."):
        assert said in page


def test_a_running_run_shows_progress_and_polls(client: Client, job: Job) -> None:
    run = a_run(
        job, RunState.RUNNING, progress_done=31, progress_total=44, progress_phase="fetching"
    )
    page = client.get(f"/runs/{run.pk}/").content.decode()
    assert 'value="70"' in page
    assert "31 of 44" in page
    assert "Cancel the run" in page
    part = client.get(f"/runs/{run.pk}/", headers=HTMX).content.decode()
    assert 'hx-trigger="every 1s"' in part
    assert "<html" not in part
    run.finish(RunState.SUCCEEDED, who="test", now=utc_now())
    assert "hx-trigger" not in client.get(f"/runs/{run.pk}/", headers=HTMX).content.decode()


def test_progress_without_a_total_is_not_made_up(client: Client, job: Job) -> None:
    run = a_run(job, RunState.RUNNING, progress_done=3)
    assert client.get(f"/runs/{run.pk}/").context["percent"] is None


def test_a_log_grows_by_the_lines_that_are_new(client: Client, job: Job) -> None:
    run = a_run(job, RunState.RUNNING)
    log(run, "first", "second")
    answer = client.get(f"/runs/{run.pk}/")
    last = answer.context["last_line"]
    assert f"?after={last}" in answer.content.decode()
    log(run, "third")
    grown = client.get(f"/runs/{run.pk}/?after={last}", headers=HTMX).content.decode()
    assert "third" in grown
    assert "second" not in grown
    assert f"?after={last + 1}" in grown
    run.finish(RunState.SUCCEEDED, who="test", now=utc_now())
    log(run, "last words")
    rest = client.get(f"/runs/{run.pk}/?after={last + 1}", headers=HTMX).content.decode()
    assert "last words" in rest
    assert "hx-get" not in rest


def test_a_long_log_is_shown_from_its_end(client: Client, job: Job) -> None:
    run = a_run(job)
    log(run, *(f"line {number}" for number in range(1_200)))
    answer = client.get(f"/runs/{run.pk}/")
    assert [line.text for line in answer.context["lines"]] == [
        f"line {number}" for number in range(200, 1_200)
    ]


def test_the_whole_log_is_downloaded_as_text(client: Client, job: Job) -> None:
    run = a_run(job)
    log(run, *(f"line {number}" for number in range(1_200)))
    answer = client.get(f"/runs/{run.pk}/log.txt")
    lines = answer.getvalue().decode().splitlines()
    assert len(lines) == 1_200
    assert lines[-1].endswith("[1] INFO line 1199")
    assert answer["Content-Disposition"] == f'attachment; filename="run-{run.pk}.log.txt"'


def test_a_run_that_was_in_the_way_is_linked(client: Client, job: Job) -> None:
    first = a_run(job, RunState.RUNNING)
    skipped = a_run(job, RunState.SKIPPED, reason=Reason.OVERLAP, in_the_way=first, started_at=None)
    page = client.get(f"/runs/{skipped.pk}/").content.decode()
    assert f'href="/runs/{first.pk}/"' in page
    assert "Another run of the job was still active." in page


def a_file(run: Run, body: bytes | None) -> Artifact:
    digest = "ab" * 32
    if body is not None:
        default_storage.save(f"ab/{digest}", ContentFile(body))
    return Artifact.objects.create(
        run=run,
        name="page.html",
        media_type="text/html",
        size=9,
        sha256=digest,
        created_at=utc_now(),
    )


def test_a_file_can_be_saved_and_never_runs(
    client: Client, job: Job, settings: Any, tmp_path: object
) -> None:
    settings.MEDIA_ROOT = tmp_path
    file = a_file(a_run(job), b"<script>1</script>")
    answer = client.get(f"/artifacts/{file.pk}/")
    assert answer.getvalue() == b"<script>1</script>"
    assert answer["Content-Disposition"] == 'attachment; filename="page.html"'
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_a_file_that_is_no_longer_kept_is_not_found(
    client: Client, job: Job, settings: Any, tmp_path: object
) -> None:
    settings.MEDIA_ROOT = tmp_path
    assert client.get(f"/artifacts/{a_file(a_run(job), None).pk}/").status_code == 404


def test_an_attempt_tells_what_code_ran_it(client: Client, job: Job, engine: Worker) -> None:
    engine.environment = Environment.objects.create(
        digest="ab", version="9.9", revision="c0ffee1234567", packages={}, first_seen_at=utc_now()
    )
    engine.save()
    run = a_run(job)
    now = utc_now()
    Attempt.objects.create(run=run, number=1, claim_epoch=1, worker=engine, started_at=now, pid=777)
    page = client.get(f"/runs/{run.pk}/").content.decode()
    assert "engine 4321 on collector-1" in page
    assert "Rollcall 9.9 c0ffee1234" in page


def test_a_late_answer_that_was_refused_is_told(client: Client, job: Job) -> None:
    run = a_run(job)
    RunEvent.objects.create(
        run=run,
        at=utc_now(),
        before="SUCCEEDED",
        after="SUCCEEDED",
        who="engine 7 on collector-2",
        why="LATE_WRITER_REFUSED",
    )
    page = client.get(f"/runs/{run.pk}/").content.decode()
    assert "A late answer of engine 7 on collector-2 was refused" in page


def test_the_definition_is_shown_in_words(client: Client, job: Job) -> None:
    run = a_run(job, snapshot=snapshot(job, job.schedules.get()))
    sections = dict(client.get(f"/runs/{run.pk}/").context["definition"])
    assert ("behaviour", "succeed") in sections["Parameters"]
    assert ("time limit seconds", "300.0") in sections["Job"]
    assert ("zone", "UTC") in sections["Schedule"]


def test_a_long_parameter_can_be_read_whole(client: Client, job: Job) -> None:
    text = "x" * 5_000
    job.params = {"note": text}
    assert f">{text}</pre>" in client.get(f"/runs/{a_run(job).pk}/").text


@pytest.mark.parametrize("snapshot", [{"job": []}, [], "text", {"job": {"kind": "probe"}}])
def test_of_a_run_whose_definition_cannot_be_read_there_is_a_page_all_the_same(
    client: Client, job: Job, snapshot: object
) -> None:
    run = a_run(job, snapshot=snapshot)
    answer = client.get(f"/runs/{run.pk}/")
    assert answer.status_code == 200
    ((title, ((name, _),)),) = answer.context["definition"]
    assert (title, name) == ("Definition", "as stored")
    for choice in ("was", "now"):
        answer = client.post(f"/runs/{run.pk}/again/", {"as": choice}, follow=True)
        assert "What it was made from cannot be read." in messages_of(answer)[0]


def test_of_a_definition_the_parts_that_can_be_read_are_shown(client: Client, job: Job) -> None:
    broken = {"job": job.definition(), "schedule": 7, "sources": [], "environment": []}
    answer = client.get(f"/runs/{a_run(job, snapshot=broken).pk}/")
    titles = [title for title, _ in answer.context["definition"]]
    assert titles == ["Parameters", "Kind", "Job"]


def test_a_run_tells_its_pool_weight_and_priority(client: Client, job: Job) -> None:
    job.priority = 4
    page = client.get(f"/runs/{a_run(job, pool='slow', weight=3).pk}/").content.decode()
    facts = " ".join(page.split())
    assert "slow, takes 3 slots" in facts
    assert "<dt>Priority</dt> <dd> 4 </dd>" in facts


def test_a_run_can_be_repeated_as_it_was_or_as_it_is_now(client: Client, job: Job) -> None:
    run = a_run(job, snapshot=snapshot(job))
    page = client.get(f"/runs/{run.pk}/").content.decode()
    assert "Nothing is known to have changed" in page
    assert 'value="was"' not in page
    Job.objects.filter(pk=job.pk).update(params={**job.params, "steps": 6})
    page = client.get(f"/runs/{run.pk}/").content.decode()
    assert "parameter: steps" in page
    answer = client.post(f"/runs/{run.pk}/again/", {"as": "was"})
    new = run.reruns.get()
    assert answer.headers["Location"] == f"/runs/{new.pk}/"
    assert new.snapshot["job"]["params"]["steps"] == 1
    assert f'<a href="/runs/{run.pk}/">run {run.pk}</a>' in client.get(f"/runs/{new.pk}/").text
    assert f'<a href="/runs/{new.pk}/">run {new.pk}</a>' in client.get(f"/runs/{run.pk}/").text
    new.finish(RunState.CANCELLED, who="alice", now=utc_now())
    client.post(f"/runs/{run.pk}/again/", {"as": "now"})
    assert run.reruns.latest("pk").snapshot["job"]["params"]["steps"] == 6


def test_what_keeps_a_run_from_being_repeated_is_told(client: Client, job: Job) -> None:
    run, other = a_run(job), a_run(job, RunState.PENDING)
    answer = client.post(f"/runs/{run.pk}/again/", {"as": "now"}, follow=True)
    assert answer.redirect_chain == [(f"/runs/{other.pk}/", 302)]
    assert f"Run {other.pk} of this job is pending" in messages_of(answer)[0]
    answer = client.post(f"/runs/{other.pk}/again/", {"as": "was"}, follow=True)
    assert "has not ended yet" in messages_of(answer)[0]
    assert not run.reruns.exists()


def test_a_run_that_cannot_be_repeated_does_not_offer_it(client: Client, job: Job) -> None:
    assert "Run again" not in client.get(f"/runs/{a_run(job, RunState.RUNNING).pk}/").text
    run = a_run(job)
    Job.objects.filter(pk=job.pk).update(deleted_at=utc_now())
    assert "Run again" not in client.get(f"/runs/{run.pk}/").text


def test_nobody_repeats_the_run_of_somebody_else(bob: Client, job: Job) -> None:
    run = a_run(job)
    assert bob.post(f"/runs/{run.pk}/again/", {"as": "was"}).status_code == 404
    assert not run.reruns.exists()
