"""Rows of the ledger and workers, in any state, without an engine."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from scheduling.actions.runs import request_run
from scheduling.actions.snapshots import snapshot
from scheduling.clock import utc_now
from scheduling.models import Attempt, Job, Origin, Run, Worker, WorkerRole
from scheduling.states import FINAL, RunState
from tests.factories.jobs import NOON


def a_worker(*, pid: int = 4321, host: str = "collector-1", now: datetime = NOON) -> Worker:
    return Worker.objects.create(
        role=WorkerRole.ENGINE,
        host=host,
        pid=pid,
        process_started_at="1",
        version="1",
        tzdata="2026f",
        started_at=now,
        heartbeat_at=now,
    )


def a_run(job: Job, state: RunState = RunState.PENDING, **fields: Any) -> Run:
    """A run asked for by hand at noon; a final one ended ten seconds later."""
    values: dict[str, Any] = {
        "due_at": NOON,
        "created_at": NOON,
        "available_at": NOON,
        "ranked_at": fields.get("available_at", NOON),
        "finished_at": NOON + timedelta(seconds=10) if state in FINAL else None,
        "origin": Origin.HAND,
        "snapshot": snapshot(job),
    }
    return Run.objects.create(job=job, state=state, **{**values, **fields})


def asked_for(job: Job) -> Run:
    """A run of the job by hand, now, for engines to see."""
    return request_run(job=job, by="alice", now=utc_now(), origin=Origin.HAND)


def has_run_for(job: Job, *minutes: int) -> None:
    """Runs that succeeded and took so long."""
    for length in minutes:
        end = NOON + timedelta(minutes=length)
        a_run(job, RunState.SUCCEEDED, started_at=NOON, finished_at=end)


def a_running_run(job: Job, worker: Worker, **fields: Any) -> tuple[Run, Attempt]:
    """A run that `worker` claimed at noon, with its first attempt."""
    run = a_run(job, **fields)
    assert run.claim(worker, now=NOON)
    attempt = Attempt.objects.create(
        run=run, number=1, claim_epoch=run.claim_epoch, worker=worker, started_at=NOON
    )
    return run, attempt
