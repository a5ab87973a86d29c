"""Which run starts next, and what becomes of one that meets another of its job."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.db.models import Q
from django.test.utils import CaptureQueriesContext

from scheduling.actions.snapshots import snapshot
from scheduling.execution.claiming import claim_next
from scheduling.execution.intake import OfferedRuns, Queue
from scheduling.execution.offers import Offers
from scheduling.models import (
    Attempt,
    Backfill,
    DataSource,
    Job,
    Origin,
    Pool,
    Run,
    RunEvent,
    Worker,
)
from scheduling.states import Reason, RunState
from tests.factories.claims import candidates, claim
from tests.factories.jobs import NOON, a_job, a_schedule
from tests.factories.runs import a_run, a_running_run, a_worker
from tests.factories.sources import a_source
from tests.integration.models.test_run_moves import in_threads

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def a_backfill(job: Job) -> Backfill:
    return Backfill.objects.create(
        job=job,
        schedule=job.schedules.get(),
        since=NOON,
        until=NOON + MINUTE,
        total_count=1,
        created_at=NOON,
    )


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


def test_one_run_alone_can_be_asked_for(job, worker):
    first, run = a_run(a_job("other", now=NOON)), a_run(job)
    assert claimed(worker, among=Q(pk=run.pk)) == [run]
    first.refresh_from_db()
    assert first.state == RunState.PENDING


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


@pytest.mark.django_db(transaction=True)
def test_workers_that_claim_at_once_share_the_queue():
    for number in range(12):
        a_run(a_job(f"job {number}", now=NOON))
    workers = [a_worker(pid=pid) for pid in range(3)]
    start = threading.Barrier(3)

    def take(index: int) -> None:
        try:
            start.wait(timeout=10)
            for _ in range(3):
                claim_next(workers[index], now=NOON, limit=4)
        finally:
            connection.close()

    in_threads(take, 3)
    assert Run.objects.filter(state=RunState.RUNNING, claim_epoch=1).count() == 12
    assert Attempt.objects.count() == RunEvent.objects.count() == 12


def claimed(worker: Worker, *, limit: int = 9, **look: Any) -> list[Run]:
    """What one look at the queue claims."""
    return [each.run for each in claim_next(worker, now=NOON, limit=limit, **look).claimed]


def jobs(number: int, **policies: Any) -> list[Job]:
    return [a_job(f"job {each}", now=NOON, policies=policies) for each in range(number)]


def test_many_runs_are_claimed_together_the_first_in_rank_first(worker):
    runs = [a_run(job, ranked_at=NOON - number * MINUTE) for number, job in enumerate(jobs(4))]
    first, second, *_ = claimed(worker, limit=3)
    assert [first, second] == [runs[3], runs[2]]
    assert Run.objects.get(pk=runs[0].pk).state == RunState.PENDING
    events = RunEvent.objects.values_list("run", "before", "after", "who")
    assert set(events) == {(run.pk, "PENDING", "RUNNING", str(worker)) for run in runs[1:]}


def test_of_the_runs_of_a_job_that_are_seen_together_one_starts(job, worker):
    runs = [a_run(job, may_wait=True) for _ in range(3)]
    look = claim_next(worker, now=NOON, limit=9)
    assert [each.run for each in look.claimed] == [runs[0]]
    assert (look.seen, look.settled) == (3, 1)


def test_the_runs_of_a_backfill_are_a_lane_of_their_own(worker):
    job = a_job("daily", a_schedule(), now=NOON)
    backfills = [a_backfill(job) for _ in range(2)]
    for backfill in backfills:
        for _ in range(2):
            a_run(job, backfill=backfill, origin=Origin.BACKFILL, may_wait=True)
    scheduled = a_run(job)
    found = claimed(worker)
    assert scheduled in found
    lanes = Counter(run.backfill_id for run in found)
    assert lanes == Counter([None, *(backfill.pk for backfill in backfills)])
    assert claimed(worker) == []
    assert set(Run.objects.active().in_schedule_lane()) == {scheduled}


def test_a_pool_takes_runs_until_its_slots_are_taken(worker):
    Pool.objects.create(name="slow", slots=3)
    runs = [a_run(job, pool="slow", weight=2) for job in jobs(3)]
    other = a_run(a_job("other", now=NOON), ranked_at=NOON + MINUTE)
    look = claim_next(worker, now=NOON, limit=3)
    assert [each.run for each in look.claimed] == [runs[0]]
    assert look.full.pools == {"slow"}
    assert claimed(worker, full=look.full) == [other]
    Run.objects.get(pk=runs[0].pk).finish(RunState.SUCCEEDED, who="w", now=NOON)
    assert claimed(worker) == [runs[1]]


@pytest.fixture
def source() -> DataSource:
    return DataSource.objects.order_by("pk")[0]


def asks(job: Job, *sources: DataSource, **fields: Any) -> Run:
    """A run that wants the sources."""
    job.sources.set(sources)
    return a_run(job, snapshot=snapshot(job), **fields)


def test_a_source_is_used_by_no_more_runs_than_it_takes(worker, source):
    DataSource.objects.update(max_running=1)
    first, second = (asks(job, source) for job in jobs(2))
    other = a_run(a_job("other", now=NOON), ranked_at=NOON + MINUTE)
    look = claim_next(worker, now=NOON, limit=2)
    assert [each.run for each in look.claimed] == [first]
    assert look.claimed[0].sources == {source.slug: source.min_interval_seconds}
    assert claimed(worker, full=look.full) == [other]
    first.refresh_from_db()
    first.finish(RunState.SUCCEEDED, who="w", now=NOON)
    assert claimed(worker) == [second]


def test_a_scheduled_run_is_skipped_while_its_only_source_is_left_alone(job, worker, source):
    DataSource.objects.update(open_until=NOON + MINUTE)
    run = asks(job, source, origin=Origin.SCHEDULE)
    assert claimed(worker) == []
    run.refresh_from_db()
    assert (run.state, run.reason) == (RunState.SKIPPED, Reason.SOURCE_UNAVAILABLE)
    assert "left alone" in run.error


def test_a_retry_waits_until_its_source_may_be_asked_again(job, worker, source):
    run = asks(job, source)
    run.claim(worker, now=NOON)
    run.put_back(available_at=NOON, reason=Reason.SOURCE_UNAVAILABLE, who="w", now=NOON)
    DataSource.objects.update(open_until=NOON + MINUTE)
    assert claimed(worker) == []
    run.refresh_from_db()
    assert (run.state, run.available_at) == (RunState.PENDING, NOON + MINUTE)


def test_a_backfills_run_waits_until_its_source_may_be_asked_again(worker, source):
    job = a_job("daily", a_schedule(), now=NOON)
    run = asks(job, source, origin=Origin.BACKFILL, backfill=a_backfill(job))
    DataSource.objects.update(open_until=NOON + MINUTE)
    assert claimed(worker) == []
    run.refresh_from_db()
    assert (run.state, run.available_at) == (RunState.PENDING, NOON + MINUTE)


def test_a_person_may_try_a_source_that_is_left_alone(job, worker, source):
    DataSource.objects.update(open_until=NOON + MINUTE)
    run = asks(job, source, origin=Origin.HAND)
    assert claimed(worker) == [run]


def test_a_run_starts_without_the_sources_that_are_left_out(job, worker):
    one, two = DataSource.objects.order_by("pk")[0], a_source("second")
    DataSource.objects.filter(pk=one.pk).update(open_until=NOON + MINUTE)
    asks(job, one, two, a_source("third", is_enabled=False))
    (found,) = claim_next(worker, now=NOON, limit=1).claimed
    assert found.sources == {"second": 1.0}
    assert "is left alone until" in found.left_out[one.slug]
    assert found.left_out["third"] == "it is switched off"


def test_nothing_is_asked_about_limits_that_no_run_meets(worker, django_assert_max_num_queries):
    for job in jobs(3):
        a_run(job)
    with django_assert_max_num_queries(11) as asked:
        claim_next(worker, now=NOON, limit=9)
    assert not any("datasource" in each["sql"] for each in asked.captured_queries)


def test_pools_are_locked_before_sources(worker):
    Pool.objects.create(name="slow", slots=1)
    job = a_job(now=NOON)
    job.sources.add(a_source("narrow", max_running=1))
    a_run(job, pool="slow")
    with CaptureQueriesContext(connection) as asked:
        assert claimed(worker)
    tables = ("pool", "datasource")
    found = [
        name for each in asked for name in tables if f'FROM "scheduling_{name}"' in each["sql"]
    ]
    assert found[0] == "pool"
    assert found[-1] == "datasource"


def test_a_snapshot_that_cannot_be_read_is_left_to_the_child_to_tell(job, worker):
    broken = a_run(job, snapshot=[])
    assert claimed(worker) == [broken]


def offered(worker: Worker, *runs: Run) -> tuple[OfferedRuns, list[threading.Event]]:
    offers = Offers()
    events = [offers.put(run.pk, run.claim_epoch) for run in runs]
    return OfferedRuns(worker, clock=lambda: NOON, idle_seconds=lambda: 5, offers=offers), events


def test_an_offered_run_is_claimed_once_and_settled_at_its_end(job, worker):
    run = a_run(job)
    intake, (is_settled,) = offered(worker, run)
    assert [each.run for each in intake.claim(4)] == [run]
    assert not is_settled.is_set()
    assert list(intake.claim(4)) == []
    intake.settle(run.pk)
    assert is_settled.is_set()


def test_a_message_that_comes_again_is_refused(job, worker):
    run, _ = a_running_run(job, worker)
    stale = Run(pk=run.pk, claim_epoch=0)
    intake, (is_settled,) = offered(worker, stale)
    assert list(intake.claim(4)) == []
    assert is_settled.is_set()


def test_an_offered_run_that_finds_no_room_is_sent_again(job, worker):
    a_running_run(job, worker)
    run = a_run(job, may_wait=True, dispatched_at=NOON, dispatch_count=3)
    intake, (is_settled,) = offered(worker, run)
    assert list(intake.claim(4)) == []
    run.refresh_from_db()
    assert (run.state, run.dispatched_at, run.dispatch_count) == (RunState.PENDING, None, 0)
    assert is_settled.is_set()


def test_what_nobody_took_is_sent_again_when_the_worker_ends(job, worker):
    run = a_run(job, dispatched_at=NOON)
    intake, (is_settled,) = offered(worker, run)
    intake.close()
    run.refresh_from_db()
    assert run.dispatched_at is None
    assert is_settled.is_set()


def refuse(*_arguments: object, **_named: object) -> None:
    raise DatabaseError("gone")


def take_in_vain(intake: OfferedRuns, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as broken:
        broken.setattr("scheduling.execution.intake.claim_next", refuse)
        with pytest.raises(DatabaseError):
            list(intake.claim(4))


@pytest.mark.parametrize("is_database_back", [True, False])
def test_an_offer_that_has_no_answer_yet_is_refused_when_the_worker_ends(
    job, worker, monkeypatch, is_database_back
):
    run = a_run(job, dispatched_at=NOON)
    intake, (is_settled,) = offered(worker, run)
    take_in_vain(intake, monkeypatch)
    assert not is_settled.is_set()
    if not is_database_back:
        monkeypatch.setattr("scheduling.execution.intake.send_again", refuse)
    intake.close()
    assert is_settled.is_set()
    run.refresh_from_db()
    assert (run.dispatched_at is None) == is_database_back


def test_an_offer_that_the_database_kept_from_its_answer_is_looked_at_at_once(
    job, worker, monkeypatch
):
    intake, _ = offered(worker, a_run(job))
    assert intake.seconds_left() == 5
    take_in_vain(intake, monkeypatch)
    assert intake.seconds_left() == 0
    assert len(list(intake.claim(4))) == 1
    assert intake.seconds_left() == 5


def waits(worker: Worker) -> float:
    """How long the queue rests after a look that found nothing."""
    queue = Queue(worker, clock=lambda: NOON, idle_seconds=lambda: 60.0)
    assert list(queue.claim(4)) == []
    return queue.seconds_left()


@pytest.mark.parametrize(
    ("available_in", "least", "most"), [(None, 55, 60), (2, 1, 2), (90, 55, 60)]
)
def test_an_empty_queue_rests_until_the_next_run_may_start(job, worker, available_in, least, most):
    if available_in is not None:
        a_run(job, available_at=NOON + timedelta(seconds=available_in))
    assert least < waits(worker) <= most


def test_a_queue_in_which_a_run_waits_for_another_is_looked_at_again_soon(job, worker):
    a_running_run(job, worker)
    a_run(job, may_wait=True)
    assert waits(worker) <= 5


def test_a_wake_ends_the_rest(job, worker):
    queue = Queue(worker, clock=lambda: NOON, idle_seconds=lambda: 60.0)
    assert list(queue.claim(4)) == []
    run = a_run(job)
    assert list(queue.claim(4)) == []
    queue.wake()
    assert [each.run for each in queue.claim(4)] == [run]


def test_a_look_goes_on_past_a_full_pool_to_what_may_start(worker):
    Pool.objects.create(name="slow", slots=1)
    runs = [a_run(job, pool="slow") for job in jobs(6)]
    other = a_run(a_job("other", now=NOON), ranked_at=NOON + MINUTE)
    queue = Queue(worker, clock=lambda: NOON, idle_seconds=lambda: 60.0)
    assert [each.run for each in queue.claim(2)] == [runs[0], other]
