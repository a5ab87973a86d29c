"""Errors that nobody foresaw end no thread."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest

from scheduling.engine.dispatcher import Dispatcher
from scheduling.engine.heartbeat import Heartbeat
from scheduling.engine.worker_process import WorkerProcess
from scheduling.models import Run, Worker
from scheduling.states import RunState
from tests.factories.jobs import NOON, a_job
from tests.factories.runs import a_running_run, a_worker

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.one_database]
NOBODY = "redis://127.0.0.1:1"


class Rests(threading.Event):
    """Notes how long somebody would have waited; `wakes` of those waits are cut short."""

    def __init__(self, *, wakes: frozenset[int] = frozenset()) -> None:
        super().__init__()
        self.seconds: list[float | None] = []
        self._wakes = wakes

    def wait(self, timeout: float | None = None) -> bool:
        self.seconds.append(timeout)
        return len(self.seconds) in self._wakes


def broken_clock() -> datetime:
    raise ValueError("no time")


@pytest.fixture
def dispatcher(settings) -> Dispatcher:
    settings.BROKER_URL = NOBODY
    return Dispatcher(clock=lambda: NOON, leads=lambda: True)


def test_a_dispatcher_outlives_any_error(dispatcher, monkeypatch):
    rests = Rests()
    monkeypatch.setattr(dispatcher, "_clock", broken_clock)
    monkeypatch.setattr(dispatcher, "_over", rests)
    for _ in range(3):
        dispatcher._turn()
    assert rests.seconds == [0.5, 1.0, 2.0]


def test_a_dispatcher_that_finds_nothing_to_send_looks_less_and_less_often(dispatcher, monkeypatch):
    rests = Rests(wakes=frozenset({7}))
    monkeypatch.setattr(dispatcher, "_woken", rests)
    for _ in range(9):
        dispatcher._turn()
    assert rests.seconds == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 0.1, 0.2]


def test_a_worker_goes_on_to_show_life_after_any_error(settings):
    settings.BROKER_URL, settings.LEASE_SECONDS = NOBODY, 0.001

    def clock() -> datetime:
        instants.append(NOON + len(instants) * timedelta(seconds=1))
        if len(instants) == 2:
            raise ValueError("no time")
        if len(instants) == 3:
            process._is_empty.set()
        return instants[-1]

    instants: list[datetime] = []
    process = WorkerProcess(clock=clock, slots=1, pools=[], is_hurried=lambda: True)
    process._beat()
    assert Worker.objects.get().heartbeat_at == NOON + timedelta(seconds=2)


def a_heartbeat(worker: Worker, clock) -> Heartbeat:
    return Heartbeat(worker, clock=clock, last_tick_at=lambda: NOON, on_change=lambda: None)


def test_a_heartbeat_outlives_any_error():
    heartbeat = a_heartbeat(a_worker(), broken_clock)
    assert [heartbeat.beat() for _ in range(3)] == [0.5, 1.0, 2.0]


def test_an_engine_whose_clock_is_set_forward_keeps_its_own_runs():
    worker = a_worker()
    run, _ = a_running_run(a_job(now=NOON), worker)
    heartbeat = a_heartbeat(worker, lambda: NOON + timedelta(hours=1))
    heartbeat.beat()
    assert heartbeat.epoch == 1
    assert Run.objects.get(pk=run.pk).state == RunState.RUNNING
