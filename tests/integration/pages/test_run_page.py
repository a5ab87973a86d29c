from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client

from scheduling.clock import utc_now
from scheduling.models import Artifact, Attempt, Job, LogLine, Run
from scheduling.states import Reason, RunState
from tests.integration.pages.conftest import a_run

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
