"""What is deleted after its time, what stays, and that nothing vanishes without a trace."""

from __future__ import annotations

import hashlib
import os
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.db.models import Sum

from scheduling.actions.occurrence_audit import audit_last_day, audit_occurrences
from scheduling.actions.retention import (
    FILE_GRACE,
    Keep,
    Purged,
    purge_lines,
    purge_records,
    purge_runs,
)
from scheduling.actions.why import explain
from scheduling.models import (
    Artifact,
    Attempt,
    Backfill,
    DailyRollup,
    Job,
    LogLine,
    Notice,
    NoticeCode,
    OccurrenceAudit,
    Run,
    RunEvent,
    Worker,
    WorkerRole,
)
from scheduling.models.artifact import path_of
from scheduling.states import Reason, RunState
from tests.factories.jobs import NOON, a_job
from tests.factories.runs import a_run, a_worker
from tests.integration.actions.conftest import DAY, MORNING, tick

pytestmark = pytest.mark.django_db

KEEP = Keep(
    succeeded=timedelta(days=90),
    others=timedelta(days=365),
    lines=timedelta(days=30),
    runs_per_job=1,
)
YEARS_LATER = NOON + timedelta(days=1_000)


def ended(job: Job, *states: RunState, ago: int, **fields: Any) -> list[Run]:
    """Runs that ended so many days before YEARS_LATER, after ten seconds of work."""
    at = YEARS_LATER - timedelta(days=ago)
    values = {"due_at": at, "created_at": at, "available_at": at, "started_at": at}
    values["finished_at"] = at + timedelta(seconds=10)
    return [a_run(job, state, **{**values, **fields}) for state in states]


def newest(job: Job) -> Run:
    """A run of today: it takes the place that is kept for the newest."""
    return ended(job, RunState.CANCELLED, ago=0)[0]


def purge(keep: Keep = KEEP, *, now: datetime = YEARS_LATER, is_rehearsal: bool = False) -> Purged:
    steps = list(purge_runs(keep, now=now, is_rehearsal=is_rehearsal))
    return Purged(*map(sum, zip(Purged(), *steps, strict=True)))


def left(job: Job) -> list[Run]:
    return list(job.runs.order_by("pk"))


@pytest.mark.parametrize(
    ("state", "ago", "stays"),
    [
        (RunState.SUCCEEDED, 89, True),
        (RunState.SUCCEEDED, 91, False),
        *((state, 364, True) for state in (RunState.FAILED, RunState.SKIPPED, RunState.MISSED)),
        *((state, 366, False) for state in (RunState.FAILED, RunState.CANCELLED, RunState.MISSED)),
    ],
)
def test_a_run_is_kept_as_long_as_its_state_says(job, state, ago, stays):
    (run,) = ended(job, state, ago=ago)
    later = ended(job, RunState.SUCCEEDED, RunState.FAILED, ago=80)
    last = newest(job)
    purge()
    assert left(job) == [*([run] if stays else []), *later, last]


def test_the_newest_of_each_job_are_kept_however_old(job):
    other = a_job("other")
    runs = ended(job, *[RunState.CANCELLED] * 5, ago=900)
    others = ended(other, *[RunState.CANCELLED] * 2, ago=900)
    purge(Keep(succeeded=DAY, others=DAY, lines=DAY, runs_per_job=3))
    assert left(job) == runs[2:]
    assert left(other) == others


def test_the_last_success_and_the_first_failure_since_are_kept(job):
    runs = ended(
        job,
        *(RunState.FAILED, RunState.SUCCEEDED, RunState.SUCCEEDED, RunState.SKIPPED),
        *(RunState.FAILED, RunState.FAILED),
        ago=900,
    )
    last = newest(job)
    purge()
    assert left(job) == [runs[2], runs[4], last]


def test_of_a_job_that_never_succeeded_the_first_failure_is_kept(job):
    first, *_ = ended(job, *[RunState.FAILED] * 3, ago=900)
    last = newest(job)
    purge()
    assert left(job) == [first, last]


@pytest.mark.parametrize("state", [RunState.PENDING, RunState.RUNNING])
def test_a_run_that_is_open_is_never_deleted(job, state):
    runs = ended(job, state, ago=900, finished_at=None)
    newest(job)
    purge()
    assert left(job)[:1] == runs


@pytest.mark.parametrize(("finished_at", "stays"), [(None, True), (NOON, False)])
def test_runs_of_a_backfill_stay_as_long_as_it_goes_on(job, finished_at, stays):
    backfill = Backfill.objects.create(
        job=job,
        schedule=job.schedules.get(),
        since=MORNING,
        until=NOON,
        total_count=1,
        created_at=NOON,
        created_by="alice",
        finished_at=finished_at,
    )
    (run,) = ended(job, RunState.CANCELLED, ago=900, backfill=backfill)
    newest(job)
    purge()
    assert (run in left(job)) is stays


def test_all_that_belongs_to_a_run_goes_with_it_and_what_names_it_forgets_it(job):
    (run,) = ended(job, RunState.CANCELLED, ago=900)
    Attempt.objects.create(run=run, number=1, claim_epoch=1, started_at=NOON)
    RunEvent.objects.create(run=run, at=NOON, before="PENDING", after="RUNNING", who="w")
    LogLine.objects.create(run=run, attempt_number=1, at=NOON, level="INFO", text="hello")
    last = newest(job)
    Run.objects.filter(pk=last.pk).update(in_the_way=run, rerun_of=run)
    purge()
    for model in (Attempt, RunEvent, LogLine):
        assert not model.objects.exists()
    last.refresh_from_db()
    assert (last.in_the_way, last.rerun_of) == (None, None)


def test_what_is_deleted_is_summed_up_by_day_state_and_reason(job):
    counts = {"found": 5, "new": 2, "changed": 1, "unchanged": 2, "failed": 0}
    ended(job, RunState.SUCCEEDED, RunState.SUCCEEDED, ago=900, outcome=counts)
    ended(job, RunState.SUCCEEDED, ago=899)
    ended(job, RunState.FAILED, RunState.FAILED, ago=900, reason=Reason.BUG)
    ended(job, RunState.SUCCEEDED, ago=1)
    purge()
    day = (YEARS_LATER - 900 * DAY).date()
    columns = ("due_on", "state", "reason", "run_count", "seconds", "found", "new", "changed")
    assert list(DailyRollup.objects.order_by("due_on", "state").values_list(*columns)) == [
        (day, "FAILED", "BUG", 2, 20.0, 0, 0, 0),
        (day, "SUCCEEDED", "", 2, 20.0, 10, 4, 2),
        (day + DAY, "SUCCEEDED", "", 1, 10.0, 0, 0, 0),
    ]


@pytest.mark.parametrize(
    "outcome",
    [[], "text", {"found": "many"}, {"found": True}, {"found": -1}, {"found": 2**70}],
)
def test_what_cannot_be_a_count_is_not_counted(job, outcome):
    ended(job, RunState.SUCCEEDED, ago=900, outcome=outcome)
    ended(job, RunState.SUCCEEDED, ago=900, outcome={"found": 5})
    ended(job, RunState.SUCCEEDED, ago=1)
    purge()
    assert DailyRollup.objects.values_list("run_count", "found").get() == (2, 5)


def test_a_run_whose_values_fit_no_sum_stays_and_keeps_no_other(job, caplog):
    most = 2**63 - 1
    span = {"planned_at": NOON, "covers_until": NOON + DAY, "covers_count": most}
    runs = ended(job, *[RunState.MISSED] * 2, ago=900, **span)
    ended(job, RunState.CANCELLED, ago=900)
    last = newest(job)
    purge()
    if connection.vendor == "postgresql":  # SQLite adds up anything, as a fraction at last
        assert left(job) == [runs[1], last]
        assert "purge_failed" in caplog.text
        assert DailyRollup.objects.get(state=RunState.MISSED).run_count == most
    assert DailyRollup.objects.get(state=RunState.CANCELLED).run_count == 1


def test_a_slice_of_which_nothing_goes_is_a_step_too(job):
    ended(job, RunState.SUCCEEDED, ago=91)
    assert list(purge_runs(KEEP, now=YEARS_LATER)) == [Purged()]


def test_sums_of_a_later_purge_are_added(job):
    ended(job, RunState.CANCELLED, ago=900)
    newest(job)
    purge()
    ended(job, RunState.CANCELLED, ago=900)
    newest(job)
    purge()
    assert DailyRollup.objects.get().run_count == 2


def test_a_range_counts_as_many_as_it_stood_for_on_its_last_day(job):
    first = YEARS_LATER - timedelta(days=900)
    span = {"planned_at": first, "covers_until": first + 3 * DAY, "covers_count": 4}
    ended(job, RunState.MISSED, ago=890, due_at=first, started_at=None, **span)
    newest(job)
    purge()
    row = DailyRollup.objects.get()
    assert (row.run_count, row.seconds, row.due_on) == (4, 0.0, (first + 3 * DAY).date())


def test_every_run_is_in_the_ledger_or_in_a_sum(job, monkeypatch):
    monkeypatch.setattr("scheduling.actions.retention.RUNS_AT_ONCE", 3)
    monkeypatch.setattr("scheduling.actions.retention.ROWS_AT_ONCE", 5)
    for ago in range(890, 910):
        ended(job, RunState.SUCCEEDED, RunState.FAILED, ago=ago)
    for _ in purge_runs(KEEP, now=YEARS_LATER):
        summed = DailyRollup.objects.aggregate(number=Sum("run_count"))["number"]
        assert summed + Run.objects.count() == 40
    assert Run.objects.count() == 2


def test_a_rehearsal_counts_and_deletes_nothing(job):
    ended(job, *[RunState.CANCELLED] * 4, ago=900)
    assert purge(is_rehearsal=True) == Purged(runs=3)
    assert (Run.objects.count(), DailyRollup.objects.count()) == (4, 0)


def test_a_second_purge_finds_nothing_left(job):
    ended(job, *[RunState.CANCELLED] * 4, ago=900)
    purge()
    assert purge() == Purged()


def a_file(run: Run, body: bytes, *, age: timedelta = 2 * FILE_GRACE) -> str:
    """A file that the run made, and somebody so long before YEARS_LATER; where its bytes lie."""
    digest = hashlib.sha256(body).hexdigest()
    Artifact.objects.create(
        run=run, name="a", media_type="text/plain", size=1, sha256=digest, created_at=NOON
    )
    if not default_storage.exists(path_of(digest)):
        default_storage.save(path_of(digest), ContentFile(body))
    made_at = (YEARS_LATER - age).timestamp()
    os.utime(default_storage.path(path_of(digest)), (made_at, made_at))
    return path_of(digest)


@pytest.fixture
def storage(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.mark.usefixtures("storage")
def test_bytes_go_with_the_last_run_that_names_them(job):
    first, second = ended(job, *[RunState.CANCELLED] * 2, ago=900)
    alone, shared = a_file(first, b"alone"), a_file(second, b"shared")
    assert a_file(newest(job), b"shared") == shared
    assert purge() == Purged(runs=2, files=1)
    assert [default_storage.exists(path) for path in (alone, shared)] == [False, True]


@pytest.mark.usefixtures("storage")
def test_a_purge_that_is_cut_off_leaves_no_bytes_that_nobody_names(job, monkeypatch):
    (run,) = ended(job, RunState.CANCELLED, ago=900)
    path = a_file(run, b"body")
    last = newest(job)

    def cut_off(_path: str) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as cut:
        cut.setattr(default_storage, "delete", cut_off)
        with pytest.raises(KeyboardInterrupt):
            purge()
    assert purge() == Purged(runs=1, files=1)
    assert (left(job), default_storage.exists(path)) == ([last], False)


@pytest.mark.usefixtures("storage")
def test_young_bytes_stay_for_a_run_that_is_about_to_name_them(job):
    (run,) = ended(job, RunState.CANCELLED, ago=900)
    path = a_file(run, b"young", age=FILE_GRACE - timedelta(hours=1))
    newest(job)
    assert purge() == Purged(runs=1)
    assert default_storage.exists(path)


def test_log_lines_go_before_their_runs(job):
    run = newest(job)
    for ago in (31, 29):
        at = YEARS_LATER - timedelta(days=ago)
        LogLine.objects.create(run=run, attempt_number=1, at=at, level="INFO", text=f"{ago}")
    assert sum(step.lines for step in purge_lines(KEEP, now=YEARS_LATER, is_rehearsal=True)) == 1
    assert LogLine.objects.count() == 2
    assert sum(step.lines for step in purge_lines(KEEP, now=YEARS_LATER)) == 1
    assert LogLine.objects.get().text == "29"


def test_other_records_go_when_they_have_served(job):
    closed = {"code": NoticeCode.STORM, "text": "", "raised_at": NOON}
    Notice.objects.create(**closed, closed_at=YEARS_LATER - 366 * DAY)
    kept = [
        Notice.objects.create(**closed, closed_at=YEARS_LATER - 364 * DAY),
        Notice.objects.create(**closed),
    ]
    assert purge_records(now=YEARS_LATER) == 1
    assert list(Notice.objects.order_by("pk")) == kept


def test_the_newest_audit_stays_as_the_next_one_goes_on_from_it(db):
    for day in (0, 1):
        audit_last_day(now=NOON + day * DAY)
    assert purge_records(now=YEARS_LATER) == 1
    assert OccurrenceAudit.objects.get().ran_at == NOON + DAY


def process_ended(role: WorkerRole, *, ago: int) -> Worker:
    worker = a_worker()
    worker.role, worker.ended_at = role, YEARS_LATER - timedelta(days=ago)
    worker.save()
    return worker


@pytest.mark.parametrize(
    ("role", "ago", "number"),
    [
        (WorkerRole.WORKER, 29, 0),
        (WorkerRole.WORKER, 31, 1),
        (WorkerRole.COMMAND, 31, 1),
        (WorkerRole.ENGINE, 364, 0),
        (WorkerRole.ENGINE, 366, 1),
    ],
)
def test_a_process_is_forgotten_a_while_after_its_end(db, role, ago, number):
    process_ended(role, ago=ago)
    assert purge_records(now=YEARS_LATER) == number


def test_a_process_that_a_run_or_an_attempt_names_stays(job):
    worker, claimer = (process_ended(WorkerRole.WORKER, ago=900) for _ in range(2))
    (run,) = ended(job, RunState.FAILED, ago=3, claimed_by=claimer)
    Attempt.objects.create(run=run, number=1, claim_epoch=1, started_at=NOON, worker=worker)
    assert purge_records(now=YEARS_LATER) == 0


def a_purged_week(job: Job) -> datetime:
    """A tick at each noon of eight days, of which the first five are purged; returns the last."""
    for day in range(8):
        now = NOON + day * DAY
        tick(now)
        Run.objects.filter(state=RunState.PENDING).update(state=RunState.SUCCEEDED, finished_at=now)
    purge(
        Keep(succeeded=2 * DAY, others=2 * DAY, lines=DAY, runs_per_job=1),
        now=now + 3600 * DAY / 86_400,
    )
    return now


def test_an_audit_calls_no_purged_occurrence_lost(job):
    now = a_purged_week(job)
    assert Run.objects.count() == 2
    report = audit_occurrences(since=MORNING - DAY, until=now, now=now)
    assert report.is_complete
    assert report.occurrence_count == 2
    assert report.purged_until == datetime(2026, 3, 7, 23, 59, 59, 999999, tzinfo=UTC)


def test_an_audit_finds_what_is_lost_after_the_last_purged_day(job):
    now = a_purged_week(job)
    Run.objects.filter(planned_at=now - DAY).delete()
    report = audit_occurrences(since=MORNING - DAY, until=now, now=now)
    assert [each.difference.at for each in report.differences] == [now - DAY]


def test_why_says_of_a_purged_date_that_only_sums_are_left(job):
    now = a_purged_week(job)
    assert "no longer kept" in explain(job=job, at=NOON, now=now).verdict


@pytest.mark.django_db(transaction=True)
def test_two_purges_at_once_sum_up_each_run_once(job):
    ended(job, *[RunState.CANCELLED] * 300, ago=900)

    def work() -> None:
        purge()
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert DailyRollup.objects.get().run_count == 299
    assert Run.objects.count() == 1
