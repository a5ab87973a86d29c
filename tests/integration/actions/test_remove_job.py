from __future__ import annotations

from datetime import timedelta

import pytest

from scheduling.actions.jobs import pause_job, remove_job
from scheduling.models import DueEntry, Job, RunEvent
from scheduling.states import Reason, RunState
from tests.factories.jobs import NOON, a_job, a_schedule
from tests.factories.runs import a_run, a_running_run, a_worker
from tests.integration.actions.conftest import MORNING, ledger, tick

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)


def remove(job: Job, now=LATER) -> None:
    remove_job(job=job, by="alice", now=now)


def test_a_removed_job_is_out_of_service_and_its_history_stays(job):
    tick(NOON)
    remove(job)
    job.refresh_from_db()
    assert job.deleted_at == LATER
    assert not Job.objects.live().exists()
    assert not DueEntry.objects.exists()
    assert [(at, state) for at, state, _ in ledger(job)] == [(NOON, RunState.CANCELLED)]


def test_what_was_due_before_is_accounted_for(job):
    remove(job)
    assert ledger(job) == [(NOON, RunState.CANCELLED, Reason.CANCELLED_BY_USER)]


def test_what_a_pause_passed_over_is_accounted_for(job):
    pause_job(job=job, reason="holidays", by="alice", now=MORNING)
    remove(job)
    assert ledger(job) == [(NOON, RunState.SKIPPED, Reason.PAUSED)]


def test_runs_that_wait_are_cancelled_and_one_that_runs_goes_on(job):
    waiting = a_run(job)
    running, _ = a_running_run(job, a_worker())
    other = a_run(a_job("other"))
    remove(job, now=MORNING)
    for run in (waiting, running, other):
        run.refresh_from_db()
    assert (waiting.state, waiting.reason) == (RunState.CANCELLED, Reason.CANCELLED_BY_USER)
    assert waiting.finished_at == MORNING
    assert RunEvent.objects.get(run=waiting).who == "alice"
    assert (running.state, other.state) == (RunState.RUNNING, RunState.PENDING)


def test_a_run_that_waits_for_its_retry_is_cancelled_too(job):
    run, _ = a_running_run(job, a_worker())
    run.put_back(available_at=LATER, reason=Reason.SOURCE_UNAVAILABLE, who="w", now=NOON)
    remove(job, now=MORNING)
    run.refresh_from_db()
    assert run.state == RunState.CANCELLED


def test_removing_twice_changes_nothing(job):
    remove(job)
    remove(job, now=LATER + timedelta(hours=1))
    job.refresh_from_db()
    assert (job.deleted_at, job.revisions.count()) == (LATER, 2)
    assert job.revisions.get(number=2).definition["is_deleted"] is True


def test_the_name_is_free_again(job):
    remove(job)
    assert a_job("Morning", a_schedule()).pk != job.pk
