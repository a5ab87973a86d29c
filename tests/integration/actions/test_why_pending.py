"""What a run that has not started waits for; a table of situations, each with its sentences."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from scheduling.actions.snapshots import snapshot
from scheduling.actions.why_pending import said_of_waiting
from scheduling.models import Installation, Job, Origin, Pool, Run, Worker
from tests.factories.jobs import NOON, a_job
from tests.factories.runs import a_run, a_running_run, a_worker
from tests.factories.sources import a_source

pytestmark = pytest.mark.django_db
SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)


@pytest.fixture
def worker() -> Worker:
    """One that executes runs of all pools."""
    return serving(a_worker())


@pytest.fixture
def job() -> Job:
    return a_job(now=NOON - HOUR)


def serving(worker: Worker, *pools: str) -> Worker:
    worker.slots, worker.pools = 4, list(pools)
    worker.save()
    return worker


def said(run: Run) -> list[str]:
    return [each.text for each in said_of_waiting(run, "UTC", now=NOON)]


def a_job_with_source(**fields: Any) -> Job:
    job = a_job("asks", now=NOON - HOUR)
    job.sources.add(a_source(**fields))
    return job


def test_it_is_not_time_yet(job, worker):
    run = a_run(job, available_at=NOON + HOUR)
    assert said(run) == ["It may start at 2026-03-02 13:00 UTC."]
    run.attempt_count = 1
    assert said(run) == ["The next attempt may start at 2026-03-02 13:00 UTC."]


def test_nobody_starts_runs(job):
    nobody = ["No scheduler or worker that starts runs gives a sign of life."]
    run = a_run(job)
    assert said(run) == nobody
    sends_only = a_worker(pid=1)
    ended = serving(a_worker(pid=2))
    ended.end(now=NOON)
    silent = serving(a_worker(pid=3, now=NOON - HOUR))
    assert {each.slots for each in (sends_only, ended, silent)} == {0, 4}
    assert said(run) == nobody


def test_no_worker_serves_its_pool(job):
    serving(a_worker(), "slow", "night")
    run = a_run(job)
    assert said(run) == ["None of the workers that are running serves the pool 'default'."]
    Run.objects.update(pool="night")
    run.refresh_from_db()
    assert said(run) == ["It starts when a slot is free; 0 runs come before it."]


@pytest.mark.parametrize(
    ("before", "told"),
    [(0, "0 runs come"), (1, "1 run comes"), (2, "2 runs come")],
)
def test_others_come_first(job, worker, before, told):
    for number in range(before):
        a_run(a_job(f"other {number}", now=NOON - HOUR), ranked_at=NOON - SECOND)
    a_run(a_job("not yet", now=NOON - HOUR), ranked_at=NOON - SECOND, available_at=NOON + SECOND)
    a_run(a_job("behind", now=NOON - HOUR), ranked_at=NOON + SECOND)
    assert said(a_run(job)) == [f"It starts when a slot is free; {told} before it."]


def test_another_run_of_the_job_goes_on(job, worker):
    going_on, _attempt = a_running_run(job, worker)
    patient = a_run(job, may_wait=True)
    (found,) = said_of_waiting(patient, "UTC", now=NOON)
    assert found == (f"Run {going_on.pk} of the job has not ended.", going_on.pk, None)
    hasty = a_run(job)
    assert said(hasty) == [
        f"Run {going_on.pk} of the job has not ended. It will be skipped when its turn comes."
    ]


def test_its_pool_is_full(job, worker):
    Pool.objects.create(name="slow", slots=4)
    a_running_run(a_job("heavy", now=NOON - HOUR), worker, pool="slow", weight=3)
    a_running_run(a_job("elsewhere", now=NOON - HOUR), worker, weight=9)
    run = a_run(job, pool="slow", weight=2)
    assert said(run) == ["The pool 'slow' is full: 3 of its 4 slots are taken."]
    run.weight = 1
    assert said(run) == ["It starts when a slot is free; 0 runs come before it."]


def test_its_source_takes_no_further_run(worker):
    job = a_job_with_source(max_running=1)
    other = a_job("asks too", now=NOON - HOUR)
    other.sources.set(job.sources.all())
    a_running_run(other, worker, snapshot=snapshot(other))
    run = a_run(job)
    assert said(run) == ["No further run may ask Moon now: 1 of 1 in use."]


def test_its_source_is_tried_by_one_run_at_a_time_after_its_failures(worker):
    job = a_job_with_source(open_until=NOON - SECOND)
    other = a_job("asks too", now=NOON - HOUR)
    other.sources.set(job.sources.all())
    a_running_run(other, worker, snapshot=snapshot(other))
    assert said(a_run(job)) == [
        "No further run may ask Moon now, as it failed again and again: 1 of 1 in use."
    ]


def test_its_sources_are_left_alone(worker):
    job = a_job_with_source(open_until=NOON + HOUR)
    scheduled = a_run(job, origin=Origin.SCHEDULE)
    (skipped_for,) = said(scheduled)
    assert skipped_for == (
        "It will be skipped when its turn comes: all of its sources failed again and again and are "
        "left alone for a while."
    )
    scheduled.attempt_count = 1
    assert said(scheduled) == [
        "Its sources failed again and again; they are left alone until 2026-03-02 13:00 UTC."
    ]


@pytest.mark.parametrize(
    ("origin", "made_at", "is_held"),
    [
        (Origin.SCHEDULE, NOON, True),
        (Origin.HAND, NOON - HOUR, True),
        (Origin.HAND, NOON, False),
    ],
)
def test_the_installation_is_held(job, worker, origin, made_at, is_held):
    Installation.objects.create(
        uid="1", seen_at=NOON, held_at=NOON - SECOND, held_reason="It may be a copy."
    )
    found = said(a_run(job, origin=origin, created_at=made_at))
    held = "All schedules are held since 2026-03-02 11:59:59 UTC: It may be a copy."
    free = "It starts when a slot is free; 0 runs come before it."
    assert found == [held if is_held else free]


def test_it_locks_nothing(job, worker):
    """A page must not stand in the way of those that claim."""
    Pool.objects.create(name="slow", slots=4)
    job.sources.add(a_source(max_running=1))
    run = a_run(job, pool="slow")
    with CaptureQueriesContext(connection) as asked:
        assert said(run) == ["It starts when a slot is free; 0 runs come before it."]
    assert not [each for each in asked if " FOR " in each["sql"] or "UPDATE" in each["sql"]]
