"""Which run starts next, and what becomes of one that meets another of its job."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection

from scheduling.execution.claiming import candidates, claim
from scheduling.models import Attempt, Run
from scheduling.states import Reason, RunState
from tests.factories.jobs import NOON, a_job
from tests.factories.runs import a_run, a_running_run, a_worker
from tests.integration.models.test_run_moves import in_threads

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def test_the_run_that_waited_longest_is_first(job):
    other = a_job("other", now=NOON)
    late = a_run(job, available_at=NOON + MINUTE)
    early = a_run(other, available_at=NOON)
    assert candidates(NOON + MINUTE, limit=5) == [early, late]
    assert candidates(NOON + MINUTE, limit=1) == [early]


def test_a_run_does_not_start_before_its_time(job):
    a_run(job, available_at=NOON + MINUTE)
    assert candidates(NOON, limit=5) == []


@pytest.mark.parametrize("state", sorted(set(RunState) - {RunState.PENDING}))
def test_only_a_run_that_waits_is_a_candidate(job, state):
    a_run(job, state)
    assert candidates(NOON, limit=5) == []


def test_one_run_alone_can_be_asked_for(job):
    a_run(a_job("other", now=NOON))
    run = a_run(job)
    assert candidates(NOON, limit=5, only_run=run.pk) == [run]


def test_a_run_that_may_wait_is_no_candidate_while_another_is_active(job, worker):
    a_running_run(job, worker)
    waiting = a_run(job, may_wait=True)
    assert waiting not in candidates(NOON, limit=5)


def test_a_claim_opens_an_attempt(job, worker):
    run = a_run(job)
    attempt = claim(run, worker, now=NOON)
    assert attempt is not None
    assert (attempt.number, attempt.claim_epoch, attempt.worker) == (1, 1, worker)
    assert (attempt.state, attempt.started_at, attempt.finished_at) == ("RUNNING", NOON, None)


def test_a_run_that_meets_an_active_one_is_skipped_and_names_it(job, worker):
    active, _ = a_running_run(job, worker)
    run = a_run(job)
    assert claim(run, worker, now=NOON + MINUTE) is None
    assert (run.state, run.reason) == (RunState.SKIPPED, Reason.OVERLAP)
    assert (run.in_the_way, run.finished_at) == (active, NOON + MINUTE)


def test_a_run_that_waits_for_its_retry_is_active(job, worker):
    active, _ = a_running_run(job, worker)
    later = NOON + timedelta(hours=1)
    active.put_back(available_at=later, reason=Reason.SOURCE_UNAVAILABLE, who="w", now=NOON)
    run = a_run(job)
    assert claim(run, worker, now=NOON) is None
    assert run.in_the_way == active


def test_a_run_that_may_wait_stays_until_the_way_is_free(job, worker):
    active, _ = a_running_run(job, worker)
    run = a_run(job, may_wait=True)
    assert claim(run, worker, now=NOON) is None
    run.refresh_from_db()
    assert run.state == RunState.PENDING
    active.finish(RunState.SUCCEEDED, who="w", now=NOON)
    assert claim(run, worker, now=NOON) is not None


def test_a_retry_is_not_skipped_for_another_run(job, worker):
    retry, _ = a_running_run(job, worker)
    retry.put_back(available_at=NOON, reason=Reason.SOURCE_UNAVAILABLE, who="w", now=NOON)
    a_running_run(job, worker)
    assert claim(retry, worker, now=NOON) is None
    retry.refresh_from_db()
    assert retry.state == RunState.PENDING


def test_as_many_runs_start_as_may_run_side_by_side(worker):
    job = a_job("wide", now=NOON, policies={"overlap": "allow", "max_parallel": 2})
    runs = [a_run(job, parallel_limit=2, may_wait=True) for _ in range(3)]
    assert [claim(run, worker, now=NOON) is not None for run in runs] == [True, True, False]


def test_a_run_of_another_job_is_not_in_the_way(job, worker):
    a_running_run(a_job("other", now=NOON), worker)
    assert claim(a_run(job), worker, now=NOON) is not None


@pytest.mark.django_db(transaction=True)
def test_of_two_runs_of_a_job_that_are_claimed_at_once_one_starts():
    job = a_job("morning", now=NOON)
    runs = [a_run(job, may_wait=True) for _ in range(4)]
    workers = [a_worker(pid=pid) for pid in range(4)]
    start = threading.Barrier(4)

    def take(index: int) -> None:
        try:
            mine = Run.objects.get(pk=runs[index].pk)
            start.wait(timeout=10)
            claim(mine, workers[index], now=NOON)
        finally:
            connection.close()

    in_threads(take, 4)
    assert Run.objects.filter(state=RunState.RUNNING).count() == 1
    assert Run.objects.filter(state=RunState.PENDING).count() == 3
    assert Attempt.objects.count() == 1
