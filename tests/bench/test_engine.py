"""What the engine costs: a burst of due schedules until durable, its start, and doing nothing."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.db.backends.signals import connection_created

from scheduling.actions.repair import review_jobs
from scheduling.clock import utc_now
from scheduling.engine.heartbeat import register_worker
from scheduling.engine.loop import Engine, Host
from scheduling.engine.store import DecidingExecutor, DueIndexStore
from scheduling.models import DueEntry, EngineLease, Run, Schedule, Worker, WorkerRole
from tests.bench.fleet import many_schedules
from tests.factories.jobs import NOON

pytestmark = [pytest.mark.bench, pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]
IDLE_SECONDS = 30


def a_host() -> tuple[Host, DueIndexStore]:
    worker = register_worker(WorkerRole.ENGINE, now=NOON)
    epoch = EngineLease.take(worker, seconds=600)
    store = DueIndexStore(
        worker,
        clock=lambda: NOON,
        lead=lambda: epoch,
        on_written=lambda: None,
        idle_seconds=lambda: 30.0,
    )
    host = Host(
        timezone=UTC,
        jobstores={"default": store},
        executors={"default": DecidingExecutor(lambda: NOON)},
    )
    return host, store


@pytest.mark.parametrize("number", [100, 1_000, 10_000])
def test_burst_until_durable(benchmark, number):
    many_schedules(number)

    def rewind() -> tuple[tuple[Any, ...], dict[str, Any]]:
        Run.objects.all().delete()
        EngineLease.objects.all().delete()
        Worker.objects.all().delete()
        Schedule.objects.update(accounted_until=NOON - timedelta(hours=1))
        DueEntry.objects.update(next_run_time=NOON)
        host, store = a_host()
        return (store,), {"host": host}

    def tick(store: DueIndexStore, host: Host) -> None:
        host.tick_until_calm(store)

    benchmark.extra_info["database"] = connection.vendor
    benchmark.pedantic(tick, setup=rewind, rounds=5, warmup_rounds=1)
    assert Run.objects.count() == number


def test_start_with_10_000_schedules(benchmark):
    """What an engine does between its first statement and its first tick."""
    many_schedules(10_000)
    benchmark.extra_info["database"] = connection.vendor
    benchmark.pedantic(lambda: review_jobs(now=NOON), rounds=3)


def test_statements_of_an_idle_engine(benchmark):
    many_schedules(100)
    Schedule.objects.update(accounted_until=utc_now())  # a new lead decides all of them once
    DueEntry.objects.update(next_run_time=utc_now() + timedelta(days=1))
    with counted_statements() as counts:
        benchmark.pedantic(idle, rounds=1)
    per_minute = {kind: round(n * 60 / IDLE_SECONDS) for kind, n in counts.items()}
    benchmark.extra_info.update(database=connection.vendor, per_minute=per_minute)
    print(f"\nidle statements a minute on {connection.vendor}: {per_minute}")
    assert per_minute


def idle() -> None:
    engine = Engine(clock=utc_now, executes=True, is_hurried=lambda: False)
    engine.start()
    threading.Event().wait(IDLE_SECONDS)
    engine.stop()


@contextmanager
def counted_statements() -> Iterator[Counter[str]]:
    """Count every statement of every connection opened meanwhile."""
    counts: Counter[str] = Counter()

    def count(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        counts["polls of data_version" if sql.startswith("PRAGMA") else "statements"] += 1
        return execute(sql, params, many, context)

    def on_connect(connection: Any, **_signal: Any) -> None:
        connection.execute_wrappers.append(count)

    connection_created.connect(on_connect)
    try:
        yield counts
    finally:
        connection_created.disconnect(on_connect)


def test_bench_settings_are_the_defaults():
    assert settings.LEASE_SECONDS == 15
