"""The tick between its reading and its writing: what changes there is not undone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from scheduling.actions import jobs, ledger
from scheduling.actions.jobs import edit_job, pause_job, remove_job
from scheduling.actions.repair import hold_job
from scheduling.engine import store as store_module
from scheduling.engine.store import DueIndexStore
from scheduling.models import DueEntry, EngineLease, Job, LeaseLost, Run, Schedule, Worker
from scheduling.planning.decide import decide
from scheduling.planning.plan import Plan
from scheduling.planning.verdicts import Decision
from scheduling.registry import UnknownKind
from scheduling.states import RunState
from tests.factories.jobs import NOON, a_job, a_schedule
from tests.factories.runs import a_worker
from tests.integration.actions.conftest import draft_of

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(seconds=1)


def a_store(worker: Worker, epoch: int) -> DueIndexStore:
    return DueIndexStore(
        worker,
        clock=lambda: LATER,
        lead=lambda: epoch,
        on_written=lambda: None,
        idle_seconds=lambda: 30.0,
    )


def tick(between: Callable[[], object]) -> DueIndexStore:
    """One pass of APScheduler's loop, with something happening after the schedules were read."""
    worker = a_worker()
    epoch = EngineLease.take(worker, seconds=60)
    assert epoch is not None
    store = a_store(worker, epoch)
    for due in store.get_due_jobs(LATER):
        due.account.settle(now=LATER)
    between()
    store.get_next_run_time()
    return store


def due_at(job: Job) -> object:
    return DueEntry.objects.get(id=str(job.schedules.get().pk)).next_run_time


@pytest.fixture
def job() -> Job:
    return a_job("noon", a_schedule(), now=NOON - timedelta(hours=2))


def test_a_tick_enters_the_run_and_the_next_due_time_together(job):
    tick(between=lambda: None)
    assert Run.objects.get().state == RunState.PENDING
    assert due_at(job) == NOON + timedelta(days=1)


def test_a_pause_during_a_tick_stays(job):
    tick(between=lambda: pause_job(job=job, reason="holiday", by="alice", now=NOON))
    assert due_at(job) is None
    assert Run.objects.count() == 1  # the occurrence of noon, which the pause itself entered


def test_the_tick_at_the_end_of_a_pause_ends_it_and_plans(job):
    began_at, until = NOON - timedelta(hours=1), NOON - timedelta(minutes=1)
    pause_job(job=job, reason="holiday", by="alice", now=began_at, until=until)
    tick(between=lambda: None)
    job.refresh_from_db()
    assert not job.is_paused
    assert Run.objects.get().planned_at == NOON


@pytest.fixture
def locked(job, monkeypatch) -> DueIndexStore:
    """The store of an engine whose due job somebody else keeps locked."""
    monkeypatch.setattr(store_module, "still_current", lambda _accounts: [])
    worker = a_worker()
    epoch = EngineLease.take(worker, seconds=60)
    assert epoch is not None
    return a_store(worker, epoch)


def waits(store: DueIndexStore, number: int) -> list[float]:
    """How long it waits after each of so many ticks, in seconds."""
    found = []
    for _ in range(number):
        assert store.get_due_jobs(LATER)
        found.append((store.get_next_run_time() - LATER).total_seconds())
    return found


def test_a_tick_that_could_settle_nothing_looks_again_soon_then_less_and_less_often(locked):
    assert waits(locked, 8) == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0]
    assert not locked.has_more()


def test_what_is_due_later_is_looked_at_in_time_while_something_is_locked(locked):
    a_job(
        "later",
        a_schedule(type="once", at=(NOON + timedelta(seconds=2)).isoformat()),
        now=NOON - timedelta(hours=2),
    )
    assert waits(locked, 8)[-1] == 1.0


def test_a_pause_that_cannot_be_ended_is_not_tried_at_each_tick(job, monkeypatch):
    tried = []

    def fail(*, job: Job, **_arguments: object) -> None:
        tried.append(job)
        raise ZeroDivisionError

    monkeypatch.setattr(jobs, "resume_job", fail)
    began_at, until = NOON - timedelta(hours=1), NOON - timedelta(minutes=1)
    pause_job(job=job, reason="holiday", by="alice", now=began_at, until=until)
    worker = a_worker()
    store = a_store(worker, EngineLease.take(worker, seconds=60) or 0)
    for _ in range(3):
        assert store.get_due_jobs(LATER) == []
        store.get_next_run_time()
    assert len(tried) == 1


def test_an_edit_during_a_tick_stays(job):
    draft = draft_of(job, schedules=(a_schedule(type="daily", times=["18:00"]),))
    tick(
        between=lambda: edit_job(job=job, draft=draft, revision=job.revision, by="alice", now=NOON)
    )
    live = job.schedules.live().get()
    assert DueEntry.objects.get(id=str(live.pk)).next_run_time == NOON + timedelta(hours=6)


def test_a_hold_during_a_tick_stays(job):
    tick(between=lambda: hold_job(job, UnknownKind("gone")))
    assert due_at(job) is None
    assert not Run.objects.exists()


def test_a_removal_during_a_tick_stays(job):
    tick(between=lambda: remove_job(job=job, by="alice", now=NOON - timedelta(minutes=1)))
    assert not DueEntry.objects.exists()
    assert not Run.objects.exists()


def test_a_tick_of_an_engine_that_lost_the_lead_writes_nothing(job):
    other = a_worker(pid=2)
    tick(between=lambda: EngineLease.objects.update(holder=other, epoch=7))
    assert not Run.objects.exists()
    assert due_at(job) == NOON


def test_a_fault_of_ours_with_one_schedule_holds_it_and_the_others_go_on(job, monkeypatch):
    other = a_job("other", a_schedule(), now=NOON - timedelta(hours=2))
    Schedule.objects.filter(job=other).update(jitter_seconds=7)

    def decide_or_break(plan: Plan, *arguments: Any, **named: Any) -> Decision:
        if plan.jitter_seconds == 7:
            raise ZeroDivisionError("a fault of ours")
        return decide(plan, *arguments, **named)

    monkeypatch.setattr(ledger, "decide", decide_or_break)
    tick(between=lambda: None)
    assert Run.objects.get().job == job
    assert "a fault of ours" in Schedule.objects.get(job=other).quarantine_reason
    assert due_at(other) is None


def test_confirming_a_lost_lease_says_so(job):
    worker = a_worker()
    with pytest.raises(LeaseLost):
        EngineLease.confirm(worker, 1)
