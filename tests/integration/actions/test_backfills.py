"""What people do with a backfill, and how far it has come."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from scheduling.actions.backfills import (
    MOST_AT_ONCE,
    MOST_PER_HOUR,
    BackfillIsOver,
    BackfillRefused,
    cancel_backfill,
    counts,
    pause_backfill,
    plan_backfill,
    progress_of,
    resume_backfill,
    start_backfill,
)
from scheduling.actions.feeding import feed_backfills
from scheduling.actions.jobs import remove_job
from scheduling.actions.skips import skip_next
from scheduling.models import Backfill, Job, Origin, Run
from scheduling.planning.backfill import MOST_DATES, Lot
from scheduling.states import RunState
from tests.factories.backfills import DAY, LATER, a_backfill, a_draft
from tests.factories.calendars import a_calendar, a_day_off, not_on
from tests.factories.jobs import NOON, a_job, a_schedule, every
from tests.factories.runs import a_run, a_worker, has_run_for
from tests.integration.actions.conftest import MORNING, edit, tick

pytestmark = pytest.mark.django_db


def lots(job: Job, **fields) -> list[tuple[int, str, str]]:
    """How many days before noon, what becomes of that date, and why."""
    return [
        ((NOON - verdict.planned_at).days, verdict.lot, verdict.why)
        for verdict in plan_backfill(a_draft(job, **fields), now=LATER)
    ]


def ran(job: Job, days: int, state: RunState, **fields) -> Run:
    """What the ledger says of the date so many days before noon."""
    values = {"schedule": job.schedules.get(), "origin": Origin.SCHEDULE, **fields}
    return a_run(job, state, planned_at=NOON - days * DAY, **values)


def test_dates_from_before_the_job_existed_are_missing(job):
    assert lots(job, days=2) == [
        (2, Lot.RUN, "the ledger has no row for it"),
        (1, Lot.RUN, "the ledger has no row for it"),
    ]


@pytest.mark.parametrize(
    ("state", "fields", "lot", "why"),
    [
        (RunState.SUCCEEDED, {}, Lot.KEEP, "it succeeded"),
        (RunState.FAILED, {}, Lot.KEEP, "it failed"),
        (RunState.CANCELLED, {"attempt_count": 1}, Lot.KEEP, "it was cancelled while it ran"),
        (RunState.CANCELLED, {}, Lot.RUN, "it was cancelled before it ran"),
        (RunState.MISSED, {}, Lot.RUN, "it was missed"),
        (RunState.SKIPPED, {}, Lot.RUN, "it was skipped"),
        (RunState.PENDING, {}, Lot.KEEP, "it waits or runs now"),
        (RunState.RUNNING, {"attempt_count": 1}, Lot.KEEP, "it waits or runs now"),
        (RunState.SUCCEEDED, {"dry_run": True}, Lot.RUN, "the ledger has no row for it"),
    ],
)
def test_missing_is_what_no_run_has_tried(job, state, fields, lot, why):
    ran(job, 1, state, **fields)
    assert lots(job, days=1) == [(1, lot, why)]


def test_a_date_has_come_as_far_as_the_best_of_its_runs(job):
    ran(job, 1, RunState.FAILED)
    ran(job, 1, RunState.SUCCEEDED, schedule=None, origin=Origin.RERUN)
    assert lots(job, days=1, reprocess="failed") == [(1, Lot.KEEP, "it succeeded")]


def test_what_another_job_did_at_that_date_counts_for_nothing(job):
    other = a_job("other", a_schedule(), now=MORNING)
    ran(other, 1, RunState.SUCCEEDED)
    ran(other, 1, RunState.SUCCEEDED, schedule=None, origin=Origin.RERUN)
    assert lots(job, days=1) == [(1, Lot.RUN, "the ledger has no row for it")]


def test_dates_that_a_range_row_stands_for_are_missing(job):
    fields = {"covers_until": NOON - DAY, "covers_count": 30}
    ran(job, 30, RunState.MISSED, **fields)
    assert {each[1:] for each in lots(job, days=30)} == {(Lot.RUN, "it was missed")}


def test_what_a_calendar_leaves_out_is_listed_with_its_name(db):
    calendar = a_calendar("Days off", **a_day_off((NOON - DAY).date()))
    job = a_job("around", not_on(calendar, type="daily", times=["12:00"]), now=MORNING)
    found = lots(job, days=2)
    assert [each for _, each, _ in found] == [Lot.RUN, Lot.LEFT_OUT]


def test_a_date_that_is_due_and_not_yet_in_the_ledger_is_left_to_the_schedule(job):
    draft = a_draft(job, days=1, until=LATER)
    early, due = plan_backfill(draft, now=LATER)
    assert (early.lot, due.lot) == (Lot.RUN, Lot.KEEP)
    assert due.why == "the schedule has yet to decide on it"
    tick(LATER)
    draft.schedule.refresh_from_db()
    assert plan_backfill(draft, now=LATER)[1].why == "it waits or runs now"


def test_the_dates_are_those_of_the_rule_as_it_is_now(job):
    early = a_schedule(type="daily", times=["06:00"])
    edit(job, replace(early, schedule_id=job.schedules.get().pk), now=MORNING)
    (verdict,) = plan_backfill(a_draft(job, days=1), now=LATER)
    assert verdict.planned_at == NOON - timedelta(hours=6)


def test_dates_skipped_beforehand_stay_left_out(job):
    skip_next(job=job, schedule=job.schedules.get(), count=1, by="alice", now=MORNING)
    tick(NOON)
    (verdict,) = plan_backfill(a_draft(job, since=NOON, until=LATER), now=LATER)
    assert (verdict.lot, verdict.why) == (Lot.LEFT_OUT, "skipped beforehand")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"until": LATER + DAY}, "The end lies in the future"),
        ({"until": NOON - 9 * DAY}, "The end must lie after the beginning"),
        ({"max_running": 0}, f"Between 1 and {MOST_AT_ONCE} runs"),
        ({"max_running": MOST_AT_ONCE + 1}, f"Between 1 and {MOST_AT_ONCE} runs"),
        *(
            ({"per_hour": number}, "Between 1 and 1,000,000 runs may be started in an hour")
            for number in (0, MOST_PER_HOUR + 1, 2**40)
        ),
    ],
)
def test_what_cannot_be_done_is_refused_with_what_to_change(job, fields, said):
    with pytest.raises(BackfillRefused, match=said):
        plan_backfill(a_draft(job, **fields), now=LATER)


def test_more_dates_than_can_be_shown_are_refused(db):
    job = a_job("beat", every(1), now=MORNING)
    with pytest.raises(BackfillRefused, match=f"more than {MOST_DATES:,} dates"):
        plan_backfill(a_draft(job, days=5), now=LATER)


def test_a_removed_job_is_not_run_again(job):
    draft = a_draft(job)
    remove_job(job=job, by="alice", now=NOON)
    draft.schedule.refresh_from_db()
    with pytest.raises(BackfillRefused, match="was removed"):
        plan_backfill(draft, now=LATER)


def test_a_schedule_that_was_taken_out_is_not_run_again(job):
    draft = a_draft(job)
    edit(job, a_schedule(), now=NOON)
    with pytest.raises(BackfillRefused, match="no longer there"):
        start_backfill(draft=draft, by="alice", now=LATER)


def test_where_nothing_is_to_run_nothing_is_started(job):
    for day in range(1, 6):
        ran(job, day, RunState.SUCCEEDED)
    with pytest.raises(BackfillRefused, match="nothing to run"):
        a_backfill(job)
    assert not Backfill.objects.exists()


def test_a_started_backfill_knows_how_many_runs_it_makes(job):
    ran(job, 1, RunState.SUCCEEDED)
    backfill = a_backfill(job, order="newest_first", reprocess="failed", per_hour=9)
    assert (backfill.total_count, backfill.created_by, backfill.created_at) == (4, "alice", LATER)
    assert (backfill.order, backfill.reprocess, backfill.per_hour) == ("newest_first", "failed", 9)
    assert not Run.objects.filter(backfill=backfill).exists()


def test_a_look_at_the_dates_writes_nothing(job):
    assert counts(plan_backfill(a_draft(job), now=LATER)) == {
        Lot.RUN: 5,
        Lot.KEEP: 0,
        Lot.LEFT_OUT: 0,
    }
    assert not Backfill.objects.exists()
    assert not Run.objects.exists()


def test_paused_it_makes_no_runs_and_resumed_it_goes_on(job):
    backfill = a_backfill(job)
    pause_backfill(backfill=backfill, by="bob", now=LATER)
    pause_backfill(backfill=backfill, by="carol", now=LATER)
    backfill.refresh_from_db()
    assert backfill.paused_by == "bob"
    assert feed_backfills(now=LATER) == 0
    resume_backfill(backfill=backfill, by="bob")
    assert feed_backfills(now=LATER) == 1


def test_cancelled_its_waiting_runs_end_and_the_running_ones_are_asked_to(job):
    backfill = a_backfill(job, max_running=2)
    feed_backfills(now=LATER)
    running, waiting = backfill.runs.order_by("pk")
    running.claim(a_worker(), now=LATER)
    cancel_backfill(backfill=backfill, by="bob", now=LATER)
    for run in (running, waiting):
        run.refresh_from_db()
    assert waiting.state == RunState.CANCELLED
    assert (running.state, running.stop_requested_by) == (RunState.RUNNING, "bob")
    backfill.refresh_from_db()
    assert (backfill.cancelled_by, backfill.is_over) == ("bob", False)
    running.finish(RunState.CANCELLED, who="bob", now=LATER)
    assert feed_backfills(now=LATER) == 0
    backfill.refresh_from_db()
    assert backfill.is_over
    assert backfill.runs.count() == 2


def test_cancelled_with_nothing_running_it_is_over_at_once(job):
    backfill = a_backfill(job)
    cancel_backfill(backfill=backfill, by="bob", now=LATER)
    backfill.refresh_from_db()
    assert backfill.is_over
    with pytest.raises(BackfillIsOver, match="has ended already"):
        pause_backfill(backfill=backfill, by="bob", now=LATER)


def test_cancelled_and_still_ending_it_cannot_be_cancelled_again(job):
    backfill = a_backfill(job)
    feed_backfills(now=LATER)
    backfill.runs.get().claim(a_worker(), now=LATER)
    cancel_backfill(backfill=backfill, by="bob", now=LATER)
    with pytest.raises(BackfillIsOver, match="cancelled already"):
        cancel_backfill(backfill=backfill, by="bob", now=LATER)


def test_progress_counts_what_became_of_its_runs(job):
    backfill = a_backfill(job, days=9, max_running=6)
    feed_backfills(now=LATER)
    worker = a_worker()
    ends = [RunState.SUCCEEDED, RunState.SUCCEEDED, RunState.FAILED, RunState.CANCELLED]
    runs = list(backfill.runs.order_by("pk"))
    for run in runs[:5]:
        run.claim(worker, now=LATER)
    for run, state in zip(runs, ends, strict=False):
        run.finish(state, who="test", now=LATER)
    progress = progress_of(backfill)
    assert (progress.succeeded, progress.failed, progress.stopped) == (2, 1, 1)
    assert (progress.running, progress.waiting, progress.left) == (1, 1, 3)
    assert (progress.done, progress.percent, progress.time_left) == (4, 44, None)


@pytest.mark.parametrize(
    ("per_hour", "minutes"), [(None, 5 * 30 / 2), (100, 5 * 30 / 2), (2, 2.5 * 60)]
)
def test_what_is_left_is_estimated_from_the_jobs_usual_length(job, per_hour, minutes):
    has_run_for(job, 30, 30, 30)
    backfill = a_backfill(job, max_running=2, per_hour=per_hour)
    assert progress_of(backfill).time_left == timedelta(minutes=minutes)
