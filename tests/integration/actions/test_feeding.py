"""A backfill's runs: made in its order, as many as there is room for, beside the schedule."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from scheduling.actions.backfills import (
    BackfillDraft,
    cancel_backfill,
    pause_backfill,
    plan_backfill,
    start_backfill,
)
from scheduling.actions.feeding import feed_backfills, why_waits
from scheduling.actions.jobs import pause_job, remove_job, resume_job
from scheduling.actions.occurrence_audit import audit_occurrences
from scheduling.actions.runs import foresee, request_run
from scheduling.models import Backfill, DailyRollup, Installation, Job, Origin, Run
from scheduling.states import Reason, RunState
from tests.factories.backfills import DAY, LATER, a_backfill, a_draft
from tests.factories.jobs import NOON, a_job, a_schedule
from tests.factories.runs import a_run, a_worker
from tests.factories.sources import a_source
from tests.integration.actions.conftest import MORNING, edit, ledger, tick

pytestmark = pytest.mark.django_db

FIFTH = NOON - 5 * DAY


def planned(backfill: Backfill) -> list[int]:
    """The dates that have runs, in the order in which these were made: days before noon."""
    found = backfill.runs.order_by("ranked_at", "pk").values_list("planned_at", flat=True)
    return [(NOON - at).days for at in found if at is not None]


def end_runs(backfill: Backfill, state: RunState = RunState.SUCCEEDED, *, now=LATER) -> None:
    worker = a_worker()
    for run in backfill.runs.open():
        run.claim(worker, now=now)
        run.finish(state, who="test", now=now)


def feed_to_the_end(backfill: Backfill, *, most: int = 50) -> int:
    """Feed and end runs until nothing is left; how many rounds that took."""
    rounds = 0
    while feed_backfills(now=LATER) and rounds < most:
        end_runs(backfill)
        rounds += 1
    backfill.refresh_from_db()
    return rounds


@pytest.mark.parametrize(
    ("order", "expected"),
    [("oldest_first", [5, 4, 3, 2, 1]), ("newest_first", [1, 2, 3, 4, 5])],
)
def test_each_date_runs_once_and_in_order(job, order, expected):
    backfill = a_backfill(job, order=order)
    assert feed_to_the_end(backfill) == 5
    assert planned(backfill) == expected
    assert backfill.finished_at == LATER


def test_a_run_says_what_it_is_for(job):
    Job.objects.filter(pk=job.pk).update(priority=2, weight=3)
    backfill = a_backfill(job, max_running=4)
    feed_backfills(now=LATER)
    run = backfill.runs.order_by("pk")[0]
    assert (run.origin, run.requested_by, run.schedule) == (Origin.BACKFILL, "alice", None)
    assert (run.planned_at, run.planned_local) == (FIFTH, "2026-02-25T12:00:00")
    assert (run.due_at, run.available_at, run.ranked_at) == (
        LATER,
        LATER,
        LATER - timedelta(minutes=10),
    )
    assert (run.pool, run.weight, run.parallel_limit, run.may_wait) == ("default", 3, 4, True)
    assert run.snapshot["schedule"]["id"] == backfill.schedule_id


def test_no_more_runs_are_open_than_may_be(job):
    backfill = a_backfill(job, max_running=2)
    for _ in range(2):
        assert feed_backfills(now=LATER)
        assert planned(backfill) == [5, 4]
    first = backfill.runs.order_by("pk")[0]
    first.claim(a_worker(), now=LATER)
    first.finish(RunState.FAILED, who="test", now=LATER)
    assert feed_backfills(now=LATER)
    assert planned(backfill) == [5, 4, 3]


def test_no_more_are_started_in_an_hour_than_may_be(job):
    backfill = a_backfill(job, max_running=5, per_hour=2)
    assert feed_backfills(now=LATER)
    end_runs(backfill)
    assert not feed_backfills(now=LATER + timedelta(minutes=59))
    assert feed_backfills(now=LATER + timedelta(minutes=60))
    assert planned(backfill) == [5, 4, 3, 2]


def test_a_run_that_ends_while_backfills_are_fed_calls_for_another_look(job, monkeypatch):
    backfill = a_backfill(job)
    feed_backfills(now=LATER)

    def see_no_room(fed: Backfill, *, now: datetime) -> int:
        end_runs(fed, now=now)
        return 0

    with monkeypatch.context() as patched:
        patched.setattr("scheduling.actions.feeding._room", see_no_room)
        assert feed_backfills(now=LATER)
    assert not backfill.runs.open().exists()
    feed_backfills(now=LATER)
    assert planned(backfill) == [5, 4]


def test_a_date_that_somebody_ran_meanwhile_is_passed_over(job):
    backfill = a_backfill(job)
    schedule = job.schedules.get()
    for days in (5, 3):
        a_run(job, RunState.SUCCEEDED, planned_at=NOON - days * DAY, schedule=schedule)
    feed_to_the_end(backfill)
    assert planned(backfill) == [4, 2, 1]


def test_all_dates_run_again_but_for_those_that_run_just_now(job):
    schedule = job.schedules.get()
    a_run(job, RunState.SUCCEEDED, planned_at=NOON - 2 * DAY, schedule=schedule)
    a_run(job, RunState.PENDING, planned_at=NOON - DAY, schedule=schedule)
    backfill = a_backfill(job, days=3, reprocess="all")
    feed_to_the_end(backfill)
    assert planned(backfill) == [3, 2]


def sum_up(job: Job, *, until: datetime) -> None:
    """Of the runs up to that day some were purged."""
    DailyRollup.objects.create(job=job, due_on=until.date(), state=RunState.SUCCEEDED, run_count=1)


@pytest.mark.parametrize(
    ("reprocess", "expected"),
    [("missing", [5, 2, 1]), ("failed", [5, 2, 1]), ("all", [5, 4, 3, 2, 1])],
)
def test_a_date_whose_row_was_purged_runs_again_only_if_all_are_to(job, reprocess, expected):
    Job.objects.filter(pk=job.pk).update(created_at=NOON - 4 * DAY)
    sum_up(job, until=NOON - 3 * DAY)
    backfill = a_backfill(job, reprocess=reprocess)
    feed_to_the_end(backfill)
    assert planned(backfill) == expected


def test_what_is_still_in_the_ledger_counts_although_others_were_purged(job):
    job.created_at = NOON - 9 * DAY
    sum_up(job, until=NOON)
    schedule = job.schedules.get()
    span = {"covers_until": NOON - 4 * DAY, "covers_count": 2, "schedule": schedule}
    a_run(job, RunState.MISSED, planned_at=FIFTH, **span)
    a_run(job, RunState.SKIPPED, planned_at=NOON - 2 * DAY, schedule=schedule)
    verdicts = plan_backfill(a_draft(job), now=LATER)
    assert [each.why for each in verdicts] == [
        "it was missed",
        "it was missed",
        "its row is no longer kept",
        "it was skipped",
        "its row is no longer kept",
    ]


def test_two_schedules_that_share_a_date_do_not_hide_each_other(db):
    job = a_job("twice", a_schedule(), a_schedule(), now=MORNING)
    first, second = job.schedules.order_by("pk")
    draft = BackfillDraft(schedule=first, since=NOON - DAY, until=NOON)
    backfill = start_backfill(draft=draft, by="alice", now=LATER)
    feed_backfills(now=LATER)
    end_runs(backfill)
    whys = [
        plan_backfill(replace(draft, schedule=schedule), now=LATER)[0].why
        for schedule in (first, second)
    ]
    assert whys == ["it succeeded", "the ledger has no row for it"]


def test_many_dates_that_need_nothing_are_passed_over_in_one_go(db):
    job = a_job("hourly", a_schedule(type="interval", every_seconds=3600), now=MORNING)
    schedule = job.schedules.get()
    Run.objects.bulk_create(
        a_run_row(job, NOON - timedelta(hours=hours), schedule)
        for hours in range(2, 241)
        if hours != 3
    )
    backfill = a_backfill(job, days=10)
    assert backfill.total_count == 1
    assert feed_backfills(now=LATER)
    assert backfill.runs.get().planned_at == NOON - timedelta(hours=3)


@pytest.mark.one_database
def test_only_the_rows_of_the_dates_are_read_however_long_the_history(job):
    """Of what SQLite looks up by an index: PostgreSQL reads a table this small as it is."""
    a_backfill(job)
    with CaptureQueriesContext(connection) as captured:
        feed_backfills(now=LATER)
    asked = [each["sql"] for each in captured if '"planned_at" BETWEEN' in each["sql"]]
    assert asked
    for sql in asked:
        assert [step for step in lookups(sql) if "planned_at>?" not in step] == []


def lookups(sql: str) -> list[str]:
    """How SQLite finds the rows: an index and what of it is known, or a scan of the table."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
        steps = [row[3] for row in cursor.fetchall()]
    return [step for step in steps if step.startswith(("SEARCH", "SCAN"))]


def a_run_row(job, planned_at, schedule) -> Run:
    return Run(
        job=job,
        schedule=schedule,
        planned_at=planned_at,
        due_at=planned_at,
        created_at=planned_at,
        available_at=planned_at,
        finished_at=planned_at,
        origin=Origin.SCHEDULE,
        state=RunState.SUCCEEDED,
        snapshot={},
    )


def test_two_backfills_of_a_job_are_fed_side_by_side_and_share_no_date(job):
    first, second = a_backfill(job, days=3), a_backfill(job, days=3, order="newest_first")
    feed_backfills(now=LATER)
    assert (planned(first), planned(second)) == ([3], [1])
    end_runs(first)
    end_runs(second)
    feed_backfills(now=LATER)
    assert (planned(first), planned(second)) == ([3, 2], [1])


def test_the_schedule_and_its_ledger_go_on_as_if_there_was_no_backfill(job):
    backfill = a_backfill(job, max_running=5, now=NOON)
    feed_backfills(now=NOON)
    tick(NOON)
    own = Run.objects.get(schedule__isnull=False)
    assert (own.planned_at, own.state, own.in_the_way) == (NOON, RunState.PENDING, None)
    assert audit_occurrences(since=MORNING, until=NOON, now=NOON, job=job).is_complete
    assert backfill.runs.open().count() == 5


def test_a_run_by_hand_meets_no_run_of_a_backfill(job):
    a_backfill(job)
    feed_backfills(now=LATER)
    assert foresee(job) == ""
    run = request_run(job=job, by="bob", now=LATER, origin=Origin.HAND)
    assert not run.may_wait


def test_a_run_that_replaces_others_leaves_those_of_a_backfill(db):
    job = a_job("replacing", a_schedule(), now=MORNING, policies={"overlap": "replace"})
    backfill = a_backfill(job)
    feed_backfills(now=LATER)
    a_run(job)
    request_run(job=job, by="bob", now=LATER, origin=Origin.HAND)
    assert backfill.runs.open().count() == 1
    assert Run.objects.get(origin=Origin.HAND, created_at=NOON).reason == Reason.REPLACED


def hold_job(job: Job) -> None:
    job.quarantine(Reason.BAD_PARAMETERS, "seconds: too many")


def hold_installation(_job: Job) -> None:
    Installation.objects.create(uid="1", seen_at=NOON).hold("a copy", now=NOON)


def hold_schedule(job: Job) -> None:
    job.schedules.get().quarantine("unreadable")


def remove_kind(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(kind="gone")


def break_rule(job: Job) -> None:
    job.schedules.update(rule={"type": "never heard of"})


@pytest.mark.parametrize(
    ("hold", "said"),
    [
        (hold_job, "held until it is repaired"),
        (hold_schedule, "held until it is repaired"),
        (hold_installation, "All schedules are held"),
        (remove_kind, "The job cannot run"),
        (break_rule, "The job cannot run"),
    ],
)
def test_of_a_job_that_is_held_no_runs_are_made(job, hold, said, caplog):
    backfill = a_backfill(job)
    hold(job)
    assert not feed_backfills(now=LATER)
    backfill = Backfill.objects.get(pk=backfill.pk)
    assert said in why_waits(backfill, now=LATER)
    assert not backfill.is_over
    assert "feeding_failed" not in caplog.text


def test_while_its_sources_are_left_alone_no_date_is_spent_on_them(job):
    until = LATER + timedelta(minutes=5)
    open_circuit = a_source("resting", open_until=until)
    job.sources.add(open_circuit)
    backfill = a_backfill(job)
    assert not feed_backfills(now=LATER)
    assert "left alone until 13:05 UTC" in why_waits(backfill, now=LATER)
    assert why_waits(backfill, now=until) == ""
    job.sources.add(a_source("answering"))
    assert feed_backfills(now=LATER)


def test_while_the_job_is_paused_it_waits(job):
    backfill = a_backfill(job)
    pause_job(job=job, reason="holidays", by="alice", now=LATER)
    assert not feed_backfills(now=LATER)
    backfill.job.refresh_from_db()
    assert "The job is paused" in why_waits(backfill, now=LATER)
    resume_job(job=job, by="alice", now=LATER)
    assert feed_backfills(now=LATER)


def test_paused_after_its_last_run_was_made_it_ends_with_that_run(job):
    backfill = a_backfill(job, days=1)
    feed_backfills(now=LATER)
    pause_backfill(backfill=backfill, by="bob", now=LATER)
    end_runs(backfill)
    feed_backfills(now=LATER)
    backfill.refresh_from_db()
    assert backfill.is_over


def test_it_ends_with_its_job(job):
    backfill = a_backfill(job)
    feed_backfills(now=LATER)
    remove_job(job=job, by="alice", now=LATER)
    assert not feed_backfills(now=LATER)
    backfill.refresh_from_db()
    assert (backfill.is_over, backfill.cancelled_by) == (True, "scheduler")
    assert backfill.runs.get().state == RunState.CANCELLED


def test_it_ends_with_its_schedule(job):
    backfill = a_backfill(job)
    edit(job, a_schedule(), now=LATER)
    assert not feed_backfills(now=LATER)
    backfill.refresh_from_db()
    assert (backfill.is_over, backfill.cancelled_by) == (True, "scheduler")


def test_one_that_cannot_be_fed_keeps_no_other_waiting(job, monkeypatch):
    broken, sound = a_backfill(job, days=1), a_backfill(job, days=2)
    Backfill.objects.filter(pk=broken.pk).update(reprocess="nonsense")
    assert feed_backfills(now=LATER)
    assert sound.runs.count() == 1


def test_a_cancelled_one_leaves_its_dates_to_the_next(job):
    backfill = a_backfill(job, days=1)
    feed_backfills(now=LATER)
    cancel_backfill(backfill=backfill, by="bob", now=LATER)
    again = a_backfill(job, days=1)
    feed_backfills(now=LATER)
    assert planned(again) == [1]
    assert ledger(job)[-1][1] == RunState.PENDING


def test_without_a_backfill_one_statement_is_all_it_takes(db, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert not feed_backfills(now=LATER)
