"""Runs through Dramatiq and Redis: one engine that stays, and one worker beside those that go."""

from __future__ import annotations

import json
import os
import signal
from itertools import pairwise

import pytest
from django.test import override_settings
from redis import Redis

from scheduling.actions.runs import cancel_run
from scheduling.clock import utc_now
from scheduling.execution.broker import Outgoing
from scheduling.models import Attempt, Job, LogLine, Pool, Run
from scheduling.states import Reason, RunState
from tests.distributed.processes import wait_until_running, worker
from tests.factories.jobs import a_job
from tests.factories.runs import asked_for
from tests.integration.engine.processes import logged, run_command, ticking, wait_until_final
from tests.waiting import wait_for

QUEUE = "rollcall:rollcall.default"
BROKEN = [
    b"not JSON",
    b"\xff\xfe",
    b"[]",
    b'{"queue_name": "rollcall.default"}',
]
OURS = {
    "queue_name": "rollcall.default",
    "actor_name": "execute",
    "args": [1, 0],
    "kwargs": {},
    "options": {"redis_message_id": "poison"},
    "message_id": "poison",
    "message_timestamp": 0,
}
MISSHAPEN: list[dict[str, object]] = [
    {"actor_name": "somebody_else"},
    {"args": []},
    {"args": ["7", {}]},
    {"args": [1, 2, 3]},
    {"kwargs": {"run": 1}},
    {"args": ["x" * 10_000_000, 0]},
    {"queue_name": "rollcall.other"},
    {"options": {"eta": 1, "redis_message_id": "poison"}},
]


@pytest.fixture(scope="module")
def redis_env(env, redis):
    return {**env, "BROKER_URL": redis.url}


@pytest.fixture(scope="module")
def scheduler(redis_env):
    with ticking(redis_env) as process:
        yield process


@pytest.fixture(scope="module")
def staying(redis_env, scheduler):
    """A worker that serves the pool `default`, whatever happens."""
    with worker(redis_env, "--slots", "2", "--pools", "default") as process:
        yield process
        assert process.process.poll() is None


@pytest.fixture
def lane(scheduler):
    """A pool that only workers of this test serve."""
    return Pool.objects.create(name=f"lane-{Pool.objects.count()}")


@pytest.fixture
def outgoing(redis_env):
    with override_settings(BROKER_URL=redis_env["BROKER_URL"]):
        yield Outgoing()


def in_lane(pool: Pool, job: Job) -> Job:
    job.pool = pool
    job.save()
    return job


def idempotent(run: Run) -> Run:
    """The run as one of a kind that may be begun again."""
    run.snapshot["idempotent"] = True
    run.save(update_fields=["snapshot"])
    return run


def test_the_engine_executes_nothing_itself_and_tells_once_that_nobody_does(lane, redis_env):
    def told() -> int:
        return [line["pool"] for line in logged(redis_env, "no_worker_serves")].count(lane.pk)

    run = asked_for(in_lane(lane, a_job("nobody's")))
    wait_for(told)
    run.refresh_from_db()
    assert (run.state, run.dispatched_at) == (RunState.PENDING, None)
    assert told() == 1
    cancel_run(run=run, by="alice", now=utc_now())


def test_a_run_leaves_by_the_broker_and_comes_back_with_all_it_did(staying):
    (run,) = wait_until_final(asked_for(a_job("probe", steps=3)))
    assert run.state == RunState.SUCCEEDED, run.error
    assert (run.progress_done, run.progress_total, run.progress_phase) == (3, 3, "done")
    assert LogLine.objects.filter(run=run, text="3 steps done").exists()
    attempt = Attempt.objects.get(run=run)
    assert attempt.worker is not None
    assert attempt.worker.pid == staying.process.pid


def test_a_cancelled_run_climbs_the_ladder_on_its_worker(staying):
    run = asked_for(a_job("stubborn", behaviour="ignore-stop", seconds=60))
    wait_until_running(run)
    cancel_run(run=run, by="alice", now=utc_now())
    (run,) = wait_until_final(run)
    assert (run.state, run.reason) == (RunState.CANCELLED, Reason.CANCELLED_BY_USER)


def test_a_run_that_crashes_its_child_leaves_the_worker_to_the_others(staying):
    """F45."""
    poison, innocent = a_job("poison", behaviour="kill"), a_job("innocent")
    ended = wait_until_final(asked_for(poison), asked_for(innocent))
    assert [(run.state, run.reason) for run in ended] == [
        (RunState.FAILED, Reason.CRASHED),
        (RunState.SUCCEEDED, ""),
    ]


def test_a_message_that_is_not_ours_is_put_away_and_stops_nobody(staying, redis, redis_env):
    """F46: neither bytes that are no message, nor messages that do not fit."""
    with Redis.from_url(redis.url) as client:
        bodies = [*BROKEN, *(json.dumps({**OURS, **each}).encode() for each in MISSHAPEN)]
        for number, body in enumerate(bodies):
            name = f"poison-{number}"
            client.hset(f"{QUEUE}.msgs", name, body.replace(b'"poison"', f'"{name}"'.encode()))
            client.rpush(QUEUE, name)
        wait_for(lambda: client.hlen(f"{QUEUE}.msgs") == len(BROKEN))
    (run,) = wait_until_final(asked_for(a_job("after the poison")))
    assert run.state == RunState.SUCCEEDED
    assert len(logged(redis_env, "message_unreadable")) == len(BROKEN)


def test_a_message_that_comes_twice_or_late_starts_nothing(staying, redis, outgoing):
    """F42: doubled, after the success, after a cancellation, for a run that is gone."""
    cancelled = asked_for(a_job("cancelled", time_limit=None))
    cancel_run(run=cancelled, by="alice", now=utc_now())
    done = asked_for(a_job("doubled", seconds=0.2))
    for run_id in (done.pk, done.pk, cancelled.pk, 10**9):
        outgoing.send(run_id, 0, pool="default")
    wait_until_final(done, cancelled)
    for epoch in (0, 1):
        outgoing.send(done.pk, epoch, pool="default")
    wait_for(lambda: is_empty(redis))
    done.refresh_from_db()
    assert (done.state, done.attempt_count) == (RunState.SUCCEEDED, 1)
    assert Attempt.objects.filter(run=done).count() == 1


def test_a_broker_that_is_away_when_runs_are_sent_costs_time_and_no_run(staying, redis, redis_env):
    """F40."""
    redis.stop()
    run = asked_for(a_job("unsent"))
    wait_for(lambda: logged(redis_env, "dispatch_failed"))
    run.refresh_from_db()
    assert (run.state, run.dispatched_at) == (RunState.PENDING, None)
    redis.start()
    (run,) = wait_until_final(run)
    assert run.state == RunState.SUCCEEDED
    wait_for(lambda: logged(redis_env, "dispatch_works_again"))
    assert len(logged(redis_env, "dispatch_failed")) == 1


def test_messages_that_the_broker_forgot_are_sent_again(staying, redis):
    """F41. The first runs keep the slots, so that the messages of the others wait in Redis."""
    jobs = [a_job(f"forgotten {number}") for number in range(20)]
    first = [asked_for(a_job(f"blocker {number}", seconds=2)) for number in range(2)]
    for run in first:
        wait_until_running(run)
    runs = [asked_for(job) for job in jobs]
    waiting = Run.objects.filter(state=RunState.PENDING, dispatched_at__isnull=False)
    wait_for(waiting.exists)
    redis.flush()
    ended = wait_until_final(*first, *runs, seconds=60)
    assert {(run.state, run.attempt_count) for run in ended} == {(RunState.SUCCEEDED, 1)}
    assert any(run.dispatch_count > 1 for run in ended)


def test_the_run_of_a_killed_worker_goes_on_with_another(lane, redis_env):
    """F43. The worker that is told to end then lets its run end first."""
    run = idempotent(asked_for(in_lane(lane, a_job("twice", seconds=1.5))))
    with worker(redis_env, "--pools", lane.pk) as first:
        wait_until_running(run)
        first.kill()
    with worker(redis_env, "--pools", lane.pk) as second:
        wait_for(Run.objects.filter(pk=run.pk, state=RunState.RUNNING, claim_epoch=2).exists)
        assert second.terminate() == 0
    run.refresh_from_db()
    assert (run.state, run.lost_count, run.attempt_count) == (RunState.SUCCEEDED, 1, 2)
    assert run.claim_epoch == 2


def test_what_a_stopped_worker_did_not_end_goes_on_elsewhere_and_burns_no_attempt(lane, redis_env):
    long = idempotent(asked_for(in_lane(lane, a_job("long", seconds=3, steps=30))))
    runs = [long, asked_for(in_lane(lane, a_job("waiting")))]
    with worker(redis_env, "--slots", "1", "--pools", lane.pk, DRAIN_SECONDS="0.1") as first:
        wait_until_running(long)
        assert first.terminate() == 0
    interrupted, _ = Run.objects.filter(pk__in=[run.pk for run in runs]).order_by("pk")
    assert (interrupted.state, interrupted.reason) == (RunState.PENDING, Reason.INTERRUPTED)
    with worker(redis_env) as of_all_pools:
        ended = wait_until_final(*runs)
        assert of_all_pools.terminate() == 0
    assert [(run.state, run.lost_count) for run in ended] == [
        (RunState.SUCCEEDED, 1),
        (RunState.SUCCEEDED, 0),
    ]


def test_a_second_sigterm_hurries(lane, redis_env):
    run = asked_for(in_lane(lane, a_job("patient", behaviour="ignore-stop", seconds=60)))
    with worker(redis_env, "--pools", lane.pk, DRAIN_SECONDS="100") as hurried:
        wait_until_running(run)
        os.kill(hurried.process.pid, signal.SIGINT)  # two of a kind may come as one
        assert hurried.terminate(seconds=15) == 0
    run.refresh_from_db()
    assert (run.state, run.reason) == (RunState.CANCELLED, Reason.INTERRUPTED)


def test_a_worker_of_all_pools_notices_a_new_one_and_keeps_to_its_slots(redis_env, scheduler):
    with worker(redis_env, "--slots", "4") as of_all_pools:
        narrow = Pool.objects.create(name="narrow", slots=1)
        jobs = [in_lane(narrow, a_job(f"narrow {number}", seconds=0.7)) for number in range(3)]
        ended = wait_until_final(*(asked_for(job) for job in jobs))
        assert of_all_pools.terminate() == 0
    assert {run.state for run in ended} == {RunState.SUCCEEDED}
    attempts = Attempt.objects.filter(run__in=ended).order_by("started_at")
    for one, next_one in pairwise(attempts):
        assert one.finished_at is not None
        assert one.finished_at <= next_one.started_at
    assert max(run.dispatch_count for run in ended) < 10  # not sent again and again


@pytest.mark.parametrize(
    ("arguments", "execution", "sentence"),
    [
        (["--slots", "0"], "dramatiq", "--slots is 0; a worker has at least one."),
        (["--pools", "nowhere"], "dramatiq", "There is no pool 'nowhere'. There are: default"),
        ([], "local", "Workers are for EXECUTION=dramatiq."),
    ],
)
def test_a_worker_that_cannot_be_is_refused_with_a_sentence(
    redis_env, arguments, execution, sentence
):
    code, _, errors = run_command({**redis_env, "EXECUTION": execution}, "runworker", *arguments)
    assert code == 1
    assert sentence in errors


def is_empty(redis) -> bool:
    """True when no message waits or is held but those that nobody can read."""
    with Redis.from_url(redis.url) as client:
        return bool(client.hlen(f"{QUEUE}.msgs") <= len(BROKEN))
