"""In force since when, on which machine: said by the engine, and true when it is said."""

from __future__ import annotations

import socket
from datetime import datetime, timedelta

import pytest

from scheduling.actions.ledger import Account, due_accounts
from scheduling.clock import utc_now
from scheduling.engine import store as engine_store
from scheduling.engine.store import DueIndexStore
from scheduling.models import EngineLease, Installation, Job, JobRevision, Run
from tests.factories.jobs import NOON, a_job, a_schedule
from tests.factories.runs import a_worker
from tests.integration.actions.conftest import MORNING, edit
from tests.integration.engine.processes import ticking
from tests.waiting import wait_for

EARLIER = a_schedule(type="daily", times=["11:30"])


def a_store(now: datetime, *, leads: bool = True) -> DueIndexStore:
    """An engine on host collector-1 at `now`."""
    worker = a_worker(now=now)
    epoch = EngineLease.take(worker, seconds=60)
    return DueIndexStore(
        worker,
        clock=lambda: now,
        lead=lambda: epoch if leads else None,
        on_written=lambda: None,
        idle_seconds=lambda: 30.0,
    )


def said(job: Job) -> dict[int, tuple[datetime | None, str]]:
    """Revision -> in force since, on."""
    rows = JobRevision.objects.filter(job=job)
    return {row.number: (row.in_force_at, row.in_force_on) for row in rows}


@pytest.fixture
def job(db: None) -> Job:
    return a_job("noon", a_schedule(), now=MORNING)


def test_the_tick_that_says_so_plans_with_the_revision(job):
    edit(job, EARLIER, now=MORNING)
    (due,) = a_store(NOON).get_due_jobs(NOON)
    assert said(job)[2] == (NOON, "collector-1")
    assert due.account.schedule.rule["times"] == ["11:30"]


def test_an_edit_after_the_reading_waits_for_the_next_tick(job, monkeypatch):
    def read_then_edit(*, now: datetime) -> list[Account]:
        accounts = due_accounts(now=now)
        edit(job, EARLIER, now=now)
        return accounts

    monkeypatch.setattr(engine_store, "due_accounts", read_then_edit)
    a_store(NOON).get_due_jobs(NOON)
    assert said(job)[2] == (None, "")


def test_a_revision_that_was_replaced_before_any_tick_never_was_in_force(job):
    edit(job, EARLIER, now=MORNING)
    a_store(NOON).get_due_jobs(NOON)
    assert said(job)[1] == (None, "")


def test_what_was_said_once_stays(job):
    store = a_store(NOON)
    store.get_due_jobs(NOON)
    edit(job, EARLIER, now=NOON)
    store.get_due_jobs(NOON)
    assert said(job) == {1: (NOON, "collector-1"), 2: (NOON, "collector-1")}


def test_an_engine_that_does_not_lead_says_nothing(job):
    a_store(NOON, leads=False).get_due_jobs(NOON)
    assert said(job) == {1: (None, "")}


def test_nothing_is_in_force_while_the_installation_is_held(job):
    Installation.objects.create(uid="ours", seen_at=NOON).hold("a copy", now=NOON)
    store = a_store(NOON)
    assert store.get_due_jobs(NOON) == []
    assert store.get_next_run_time() > NOON  # it does not spin
    assert not store.has_more()
    assert said(job) == {1: (None, "")}


def test_a_calm_tick_asks_once_and_writes_nothing(job, django_assert_num_queries):
    store = a_store(MORNING)
    store.get_due_jobs(MORNING)
    store.get_next_run_time()
    with django_assert_num_queries(1) as queries:
        store.get_due_jobs(MORNING)
        assert store.get_next_run_time() == MORNING + timedelta(seconds=30)
    assert queries[0]["sql"].startswith("SELECT")


@pytest.mark.django_db(transaction=True)
def test_an_edit_in_another_process_is_in_force_within_two_seconds(process_env):
    job = a_job("rare", a_schedule())
    with ticking(process_env):
        edited_at = utc_now()
        once = a_schedule(type="once", at=(edited_at + timedelta(seconds=1)).isoformat())
        edit(job, once, now=edited_at)
        wait_for(lambda: Run.objects.exists() and said(job)[2][0], seconds=10)
    in_force_at, in_force_on = said(job)[2]
    assert in_force_at is not None
    assert in_force_at - edited_at < timedelta(seconds=2)
    assert in_force_on == socket.gethostname()
    assert Run.objects.get().created_at - edited_at < timedelta(seconds=2)
