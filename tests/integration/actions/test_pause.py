from __future__ import annotations

from datetime import timedelta

import pytest

from scheduling.actions.drafts import JobRefused
from scheduling.actions.jobs import pause_job, remove_job, resume_job
from scheduling.models import Job
from scheduling.states import Reason, RunState
from tests.factories.jobs import NOON, a_job, a_schedule
from tests.factories.runs import a_run
from tests.faults.accounting import faults
from tests.integration.actions.conftest import DAY, MORNING, due_at, ledger, tick

pytestmark = pytest.mark.django_db


def pause(job: Job, *, now=MORNING, reason="holidays") -> None:
    pause_job(job=job, reason=reason, by="alice", now=now)


def resume(job: Job, *, now) -> None:
    resume_job(job=job, by="bob", now=now)


def test_a_paused_job_says_since_when_why_and_by_whom(job):
    pause(job, reason="  site rebuilt  ")
    job.refresh_from_db()
    assert (job.is_paused, job.paused_at) == (True, MORNING)
    assert (job.paused_reason, job.paused_by) == ("site rebuilt", "alice")


def test_nothing_of_a_paused_job_is_due(job):
    pause(job)
    tick(NOON + DAY)
    assert ledger(job) == []
    assert due_at(job.schedules.get()) is None


@pytest.mark.parametrize("reason", ["", "   ", "\n"])
def test_a_pause_needs_a_reason(job, reason):
    with pytest.raises(JobRefused) as caught:
        pause(job, reason=reason)
    assert list(caught.value.errors) == ["reason"]
    job.refresh_from_db()
    assert not job.is_paused


def test_what_was_due_before_the_pause_still_runs(job):
    pause(job, now=NOON + timedelta(minutes=1))
    assert ledger(job) == [(NOON, RunState.PENDING, "")]


def test_what_a_pause_passed_over_is_recorded_at_its_end(job):
    pause(job)
    resume(job, now=NOON + 2 * DAY)
    skipped = (RunState.SKIPPED, Reason.PAUSED)
    assert ledger(job) == [(NOON + day * DAY, *skipped) for day in range(3)]
    assert due_at(job.schedules.get()) == NOON + 3 * DAY
    job.refresh_from_db()
    assert (job.is_paused, job.paused_reason, job.paused_by) == (False, "", "")


def test_a_long_pause_is_one_row_that_counts_its_occurrences(job, tmp_path):
    schedule = job.schedules.get()
    pause(job)
    resume(job, now=NOON + 100 * DAY)
    (run,) = job.runs.all()
    assert (run.planned_at, run.covers_until, run.covers_count) == (NOON, NOON + 100 * DAY, 101)
    assert (run.state, run.reason) == (RunState.SKIPPED, Reason.PAUSED)
    assert faults([], since={schedule.pk: MORNING}) == []


def test_a_job_goes_on_after_a_pause_as_if_nothing_had_been(job):
    pause(job)
    resume(job, now=NOON + timedelta(hours=1))
    tick(NOON + DAY)
    assert ledger(job)[1:] == [(NOON + DAY, RunState.PENDING, "")]


def test_pause_and_resume_are_revisions(job):
    pause(job)
    resume(job, now=NOON)
    notes = job.revisions.order_by("number").values_list("note", "changed_by")
    assert list(notes) == [("added", "alice"), ("paused: holidays", "alice"), ("resumed", "bob")]
    assert job.revisions.get(number=2).definition["paused_reason"] == "holidays"


def test_resuming_a_job_that_runs_changes_nothing(job):
    resume(job, now=MORNING)
    assert job.revisions.count() == 1


def test_a_paused_job_is_not_paused_again(job):
    pause(job)
    with pytest.raises(JobRefused, match="paused already: resume it first"):
        pause(job, now=NOON, reason="other")
    job.refresh_from_db()
    assert (job.paused_reason, job.revisions.count()) == ("holidays", 2)


def test_a_pause_lets_runs_that_were_asked_for_go_on(job):
    run = a_run(job)
    pause(job)
    run.refresh_from_db()
    assert run.state == RunState.PENDING


def test_a_removed_job_is_neither_paused_nor_resumed(job):
    pause(job)
    remove_job(job=job, by="alice", now=NOON)
    resume(job, now=NOON + DAY)
    assert job.revisions.count() == 3
    other = a_job("other", a_schedule(), now=MORNING)
    remove_job(job=other, by="alice", now=MORNING)
    pause(other)
    other.refresh_from_db()
    assert not other.is_paused
