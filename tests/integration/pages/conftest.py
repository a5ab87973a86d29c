from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from scheduling.clock import utc_now
from scheduling.models import EngineLease, Job, Run, Schedule, Worker, WorkerRole
from scheduling.states import RunState
from tests.factories.jobs import a_job, a_schedule, a_user


@pytest.fixture
def alice(db: None) -> User:
    return a_user("alice")


@pytest.fixture
def client(alice: User) -> Client:
    """A browser in which alice is signed in."""
    signed_in = Client()
    signed_in.force_login(alice)
    return signed_in


@pytest.fixture
def bob(db: None) -> Client:
    """Somebody else, signed in."""
    signed_in = Client()
    signed_in.force_login(a_user("bob"))
    return signed_in


@pytest.fixture
def staff(db: None) -> Client:
    """A member of the staff, signed in."""
    signed_in = Client()
    signed_in.force_login(a_user("carol", is_staff=True))
    return signed_in


@pytest.fixture
def job(alice: User) -> Job:
    return a_job("Morning probe", a_schedule(), owner=alice)


@pytest.fixture
def engine(db: None) -> Worker:
    """An engine that leads and ticks."""
    now = utc_now()
    worker = Worker.objects.create(
        role=WorkerRole.ENGINE,
        host="collector-1",
        pid=4321,
        process_started_at="1",
        version="1",
        tzdata="2026f",
        started_at=now,
        heartbeat_at=now,
        last_tick_at=now,
    )
    EngineLease.objects.create(holder=worker, epoch=1, expires_at=now + timedelta(minutes=1))
    return worker


def messages_of(answer: Any) -> list[str]:
    return [str(message) for message in answer.context["messages"]]


def a_run(job: Job, state: RunState = RunState.SUCCEEDED, **fields: object) -> Run:
    """A run as the ledger keeps it; a final one took ten seconds."""
    now = utc_now()
    is_over = state not in (RunState.PENDING, RunState.RUNNING)
    values = {
        "due_at": now,
        "created_at": now,
        "available_at": now,
        "ranked_at": now,
        "started_at": None if state == RunState.PENDING else now - timedelta(seconds=10),
        "finished_at": now if is_over else None,
        "origin": "HAND",
        "requested_by": "alice",
        "snapshot": {"job": job.definition(), "schedule": None, "idempotent": False},
    }
    return Run.objects.create(job=job, state=state, **{**values, **fields})


def ask(schedule: Schedule, number: int = 3) -> list[Run]:
    """Missed runs of the last hours that wait for a word, the oldest first."""
    planned = [utc_now() - timedelta(hours=n) for n in range(number, 0, -1)]
    fields: dict[str, Any] = {"origin": "SCHEDULE", "needs_answer": True, "schedule": schedule}
    return [
        a_run(schedule.job, RunState.PENDING, planned_at=at, due_at=at, **fields) for at in planned
    ]
