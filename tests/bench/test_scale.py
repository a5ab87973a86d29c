"""Real engines measured from outside: how late runs start, how fast edits act, what size costs."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Max, Min
from django.urls import reverse

from scheduling.actions.retention import Keep, purge_runs
from scheduling.actions.snapshots import snapshot
from scheduling.actions.wake import wake_engines
from scheduling.clock import utc_now
from scheduling.models import DueEntry, Job, JobRevision, Origin, Run, Schedule, Worker
from scheduling.models.bulk import insert_new
from scheduling.states import RunState
from tests.bench.fleet import many_jobs, many_schedules
from tests.factories.jobs import NOON, a_job, a_schedule, a_user, every
from tests.integration.actions.conftest import edit
from tests.integration.engine.processes import evidence, run_command, ticking
from tests.waiting import let_pass, wait_for

pytestmark = [
    pytest.mark.bench,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(1800),
]
MINUTE = timedelta(minutes=1)
EDITS = 40
RUNS = 4_000
PURGE_SECONDS = 60
HISTORY = 1_000_000


def told(what: str, values: list[float], unit: str = "ms") -> None:
    """Print median, p95, p99 and the most."""
    cuts = statistics.quantiles(values, n=100, method="inclusive")
    print(
        f"\n{what} on {connection.vendor}, {len(values)} times, {unit}: median "
        f"{statistics.median(values):.0f}, p95 {cuts[94]:.0f}, p99 {cuts[98]:.0f}, "
        f"most {max(values):.0f}"
    )


def test_lateness_of_600_runs_in_a_minute(process_env):
    """From the planned instant to the first line of the kind's own code in its child."""
    with ticking(process_env) as engine:
        first = utc_now() + timedelta(seconds=40)
        for n in range(600):
            at = first + n * MINUTE / 600
            a_job(f"job {n}", a_schedule(type="once", at=at.isoformat()))
        assert utc_now() < first, "saving 600 jobs took longer than that"
        wait_for(lambda: Run.objects.filter(state=RunState.SUCCEEDED).count() == 600, seconds=120)
        assert engine.terminate() == 0
    told("lateness of the start", list(_latenesses(process_env)))


def _latenesses(env: dict[str, str]) -> Iterator[float]:
    for entry in evidence(env):
        if entry["ev"] == "start":
            late = datetime.fromisoformat(entry["t"]) - datetime.fromisoformat(
                entry["scheduled_for"]
            )
            yield late.total_seconds() * 1000


def test_from_an_edit_to_its_effect(process_env):
    """Until the engine in another process has planned with the new revision and says so."""
    job = a_job("noon", a_schedule())
    with ticking(process_env) as engine:
        for n in range(EDITS):
            edit(job, a_schedule(type="daily", times=[f"11:{n:02}"]), now=utc_now())
            number = n + 2
            wait_for(
                lambda number=number: JobRevision.objects.filter(  # type: ignore[misc]
                    job=job, number=number, in_force_at__isnull=False
                ).exists()
            )
        assert engine.terminate() == 0
    rows = JobRevision.objects.filter(job=job, number__gt=1)
    delays = [
        (row.in_force_at - row.changed_at).total_seconds() * 1000
        for row in rows
        if row.in_force_at is not None
    ]
    told("from edit to effect", delays)


@pytest.mark.parametrize("number", [100, 10_000, 100_000])
def test_start_and_memory_by_number_of_schedules(process_env, number):
    """From the start of the process to its first tick, and its memory ten quiet seconds later.

    An engine has worked here before: the very first one decides all schedules, which takes longer.
    """
    many_schedules(number)
    run_command(process_env, "runscheduler", "--once", "--no-execute")
    Schedule.objects.update(accounted_until=utc_now())
    DueEntry.objects.update(next_run_time=utc_now() + timedelta(days=1))
    began_at = utc_now()
    with ticking(process_env) as engine:
        worker = Worker.objects.get(pid=engine.process.pid)
        assert worker.last_tick_at is not None
        first_tick = (worker.last_tick_at - began_at).total_seconds()
        let_pass(10)
        resident = _resident_mb(engine.process.pid)
        assert engine.terminate() == 0
    log = (Path(process_env["LOG_DIR"]) / "latest.log").read_text()
    print(
        f"\n{number} schedules on {connection.vendor}: first tick {first_tick:.2f} s after the "
        f"process began, {resident:.0f} MB; {log.count('engine_started')} start"
    )


def _resident_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    (line,) = [line for line in status.splitlines() if line.startswith("VmRSS")]
    return int(line.split()[1]) / 1024


@pytest.mark.parametrize("engines", [1, 2, 4])
def test_runs_a_second_by_number_of_engines(process_env, engines):
    """RUNS that do nothing are asked for while the engines tick: from the first claim to the last
    end, with as many slots for each engine as by default.
    """
    jobs = many_jobs(RUNS, kind="noop", now=utc_now())
    with ExitStack() as stack:
        started = [stack.enter_context(ticking(process_env)) for _ in range(engines)]
        with transaction.atomic():
            insert_new(Run, [_waiting(job) for job in jobs])
            wake_engines()
        wait_for(lambda: Run.objects.filter(state=RunState.SUCCEEDED).count() == RUNS, seconds=300)
        for engine in started:
            assert engine.terminate() == 0
    ends = Run.objects.aggregate(first=Min("started_at"), last=Max("finished_at"))
    seconds = (ends["last"] - ends["first"]).total_seconds()
    print(f"\n{engines} engines on {connection.vendor}: {RUNS / seconds:.0f} runs a second")


def _waiting(job: Job) -> dict[str, Any]:
    now = utc_now()
    return {
        "job": job.pk,
        "due_at": now,
        "created_at": now,
        "available_at": now,
        "ranked_at": now,
        "origin": Origin.HAND,
        "snapshot": snapshot(job, sources={}),
        "state": RunState.PENDING,
    }


@pytest.fixture
def million(transactional_db) -> Job:
    """A job with a million runs."""
    job = a_job("history", every(60), owner=a_user("admin"))
    schedule = job.schedules.get()
    frozen = snapshot(job, schedule)
    for start in range(0, HISTORY, 10_000):
        insert_new(Run, list(_history(job, schedule, frozen, range(start, start + 10_000))))
    return job


def test_purge_of_a_million_runs(million):
    """All but the newest twenty, as far as it comes in a minute."""
    none = timedelta(0)
    keep = Keep(succeeded=none, others=none, lines=none, runs_per_job=20)
    purged, began = 0, time.monotonic()
    for step in purge_runs(keep, now=NOON + (HISTORY + 1) * MINUTE):
        purged += step.runs
        if time.monotonic() - began > PURGE_SECONDS:
            break
    seconds = time.monotonic() - began
    assert Run.objects.count() == HISTORY - purged
    vendor = connection.vendor
    print(f"\n{purged} of {HISTORY} runs purged on {vendor}: {purged / seconds:.0f} a second")


def test_pages_among_a_million_runs(admin_client, million):
    newest = Run.objects.order_by("-pk").values_list("pk", flat=True)[0]
    urls = {
        "list of runs": reverse("runs"),
        "list of failed runs": reverse("runs") + "?state=FAILED",
        "deep in the list": reverse("runs") + f"?before={newest - HISTORY // 2}",
        "page of a job": reverse("job", args=[million.pk]),
        "page of a run": reverse("run", args=[newest]),
        "list of jobs": reverse("jobs"),
        "admin list of runs": reverse("admin:scheduling_run_changelist"),
    }
    for name, url in urls.items():
        took = []
        for _ in range(7):
            began = time.monotonic()
            assert admin_client.get(url).status_code == 200
            took.append((time.monotonic() - began) * 1000)
        print(f"\n{name} on {connection.vendor}: median {statistics.median(took):.0f} ms")


def _history(
    job: Job, schedule: Schedule, frozen: dict[str, Any], numbers: range
) -> Iterator[dict[str, Any]]:
    for n in numbers:
        at = NOON + n * MINUTE
        yield {
            "job": job.pk,
            "schedule": schedule.pk,
            "planned_at": at,
            "due_at": at,
            "created_at": at,
            "available_at": at,
            "started_at": at,
            "finished_at": at + timedelta(seconds=9),
            "origin": Origin.SCHEDULE,
            "snapshot": frozen,
            "state": RunState.FAILED if n % 50 == 0 else RunState.SUCCEEDED,
            "reason": "BUG" if n % 50 == 0 else "",
            "attempt_count": 1,
        }
