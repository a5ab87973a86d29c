"""Dates that somebody skips beforehand are in the ledger as skipped, with that reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from scheduling.actions.jobs import pause_job, remove_job, resume_job
from scheduling.actions.skips import SkipRefused, skip_next, undo_skip
from scheduling.models import Job, JobRevision, Schedule
from scheduling.states import Reason, RunState
from tests.factories.jobs import NOON, a_job, a_schedule
from tests.integration.actions.conftest import DAY, MORNING, due_at, edit, ledger, tick

pytestmark = pytest.mark.django_db

SKIPPED = (RunState.SKIPPED, Reason.CANCELLED_BY_USER)
DUE = (RunState.PENDING, "")


def skip(job: Job, count: int, *, now=MORNING) -> Schedule:
    schedule = job.schedules.live().get()
    skip_next(job=job, schedule=schedule, count=count, by="alice", now=now)
    schedule.refresh_from_db()
    return schedule


def pass_days(number: int) -> None:
    for day in range(number):
        tick(NOON + day * DAY)


def test_the_next_dates_are_left_out_and_the_one_after_runs(job):
    schedule = skip(job, 2)
    assert (schedule.skip_from, schedule.skip_until) == (MORNING, NOON + DAY)
    pass_days(3)
    assert ledger(job) == [
        (NOON, *SKIPPED),
        (NOON + DAY, *SKIPPED),
        (NOON + 2 * DAY, *DUE),
    ]


def test_a_date_that_is_skipped_is_recorded_when_it_passes(job):
    schedule = skip(job, 2)
    assert due_at(schedule) == NOON
    tick(NOON)
    assert ledger(job) == [(NOON, *SKIPPED)]


def test_a_pause_over_skipped_dates_leaves_them_their_reason(job):
    skip(job, 1)
    pause_job(job=job, reason="holidays", by="alice", now=MORNING)
    resume_job(job=job, by="alice", now=NOON + DAY)
    assert ledger(job) == [
        (NOON, *SKIPPED),
        (NOON + DAY, RunState.SKIPPED, Reason.PAUSED),
    ]


def test_a_skip_is_a_revision(job):
    skip(job, 3)
    revision = JobRevision.objects.get(job=job, number=2)
    assert revision.note == "skips the next 3 dates, until 2026-03-04 12:00 UTC"
    assert revision.changed_by == "alice"
    (definition,) = revision.definition["schedules"]
    assert definition["skip_until"] == (NOON + 2 * DAY).isoformat()


def test_one_more_date_is_skipped_after_those_that_are(job):
    skip(job, 1)
    schedule = skip(job, 1, now=MORNING + timedelta(hours=1))
    assert (schedule.skip_from, schedule.skip_until) == (MORNING, NOON + DAY)


def test_a_skip_that_has_passed_is_not_made_longer(job):
    skip(job, 1)
    later = NOON + 5 * DAY + timedelta(hours=1)
    assert skip(job, 1, now=later).skip_from == later
    assert ledger(job)[-1][1:] == DUE
    tick(NOON + 6 * DAY)
    assert ledger(job)[-1] == (NOON + 6 * DAY, *SKIPPED)


def test_undone_the_dates_to_come_run_and_those_passed_stay_skipped(job):
    schedule = skip(job, 3)
    undo_skip(job=job, schedule=schedule, by="bob", now=NOON + timedelta(hours=1))
    tick(NOON + DAY)
    assert ledger(job) == [(NOON, *SKIPPED), (NOON + DAY, *DUE)]
    schedule.refresh_from_db()
    assert (schedule.skip_from, schedule.skip_until) == (None, None)
    assert job.revisions.get(number=3).note == "no longer skips dates"


def test_undone_where_nothing_is_skipped_nothing_changes(job):
    undo_skip(job=job, schedule=job.schedules.get(), by="bob", now=MORNING)
    job.refresh_from_db()
    assert job.revision == 1


@pytest.mark.parametrize("count", [-1, 0, 101])
def test_a_number_out_of_bounds_is_refused(job, count):
    with pytest.raises(SkipRefused, match="Between 1 and 100"):
        skip(job, count)


def test_a_date_that_was_due_already_still_runs(job):
    skip(job, 1, now=NOON + timedelta(minutes=1))
    tick(NOON + DAY)
    assert ledger(job) == [(NOON, *DUE), (NOON + DAY, *SKIPPED)]


def test_an_edit_of_the_schedule_forgets_the_skip(job):
    schedule = skip(job, 3)
    edit(job, replace(a_schedule(), schedule_id=schedule.pk), now=MORNING)
    schedule.refresh_from_db()
    assert schedule.skip_until is None
    assert due_at(schedule) == NOON


def test_fewer_dates_than_asked_for_are_all_skipped():
    job = a_job("ends", a_schedule(type="once", at=NOON.isoformat()), now=MORNING)
    assert skip(job, 5).skip_until == NOON
    assert job.revisions.get(number=2).note.startswith("skips the next date, until")
    with pytest.raises(SkipRefused, match="no more dates"):
        skip(job, 1)


@pytest.mark.parametrize("state", ["paused", "held", "schedule held", "removed", "gone"])
def test_where_nothing_would_run_nothing_is_skipped(job, state):
    schedule = job.schedules.get()
    if state == "paused":
        pause_job(job=job, reason="holidays", by="alice", now=MORNING)
    elif state == "held":
        job.quarantine(Reason.UNKNOWN_KIND, "gone")
    elif state == "schedule held":
        Schedule.objects.filter(pk=schedule.pk).update(zone="Atlantis/Capital")
    elif state == "removed":
        remove_job(job=job, by="alice", now=MORNING)
    else:
        schedule.soft_delete(now=MORNING)
    with pytest.raises(SkipRefused):
        skip_next(job=job, schedule=schedule, count=1, by="alice", now=MORNING)
    schedule.refresh_from_db()
    assert schedule.skip_until is None


def test_the_schedule_of_another_job_cannot_be_skipped(job):
    other = a_job("other", a_schedule(), now=MORNING)
    with pytest.raises(SkipRefused, match="no longer there"):
        skip_next(job=job, schedule=other.schedules.get(), count=1, by="alice", now=MORNING)
