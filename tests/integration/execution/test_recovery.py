from __future__ import annotations

import os
import socket
from datetime import timedelta

import pytest

from scheduling.execution import process
from scheduling.execution.recovery import recover_lost_runs
from scheduling.models import EngineLease, Run, Worker
from scheduling.models.worker import SILENCE
from scheduling.states import Reason, RunState
from tests.factories.jobs import NOON, a_job
from tests.factories.runs import a_running_run, a_worker

pytestmark = pytest.mark.django_db

HERE = socket.gethostname()


def test_the_lease_of_a_process_that_is_gone_is_free_at_once():
    dead = a_worker(host=HERE, pid=2**22 + 1)
    EngineLease.take(dead, seconds=60)
    recover_lost_runs(now=NOON)
    assert EngineLease.take(a_worker(host=HERE), seconds=60) == 2


def test_a_run_of_a_process_that_is_gone_is_called_lost():
    run, attempt = a_running_run(a_job(now=NOON), a_worker(host=HERE, pid=2**22 + 1))
    assert recover_lost_runs(now=NOON) == 1
    run.refresh_from_db()
    attempt.refresh_from_db()
    assert (run.state, run.reason) == (RunState.FAILED, Reason.WORKER_LOST)
    assert attempt.state == "LOST"


def test_a_living_process_keeps_its_runs_until_it_is_silent():
    worker = a_worker(host=HERE, pid=os.getpid())
    Worker.objects.update(process_started_at=process.started_at(os.getpid()))
    a_running_run(a_job(now=NOON), worker)
    assert recover_lost_runs(now=NOON + SILENCE) == 0
    assert recover_lost_runs(now=NOON + SILENCE + timedelta(seconds=1)) == 1


def test_a_process_of_another_host_is_judged_by_its_silence_alone():
    a_running_run(a_job(now=NOON), a_worker(host="elsewhere", pid=2**22 + 1))
    assert recover_lost_runs(now=NOON) == 0
    assert recover_lost_runs(now=NOON + SILENCE + timedelta(seconds=1)) == 1
    assert Run.objects.get().state == RunState.FAILED


def test_who_looks_for_lost_workers_is_not_lost_however_far_the_clock_was_set():
    me, other = a_worker(pid=1), a_worker(pid=2)
    mine, _ = a_running_run(a_job("mine", now=NOON), me)
    a_running_run(a_job("theirs", now=NOON), other)
    assert recover_lost_runs(now=NOON + timedelta(days=1), spare=me) == 1
    mine.refresh_from_db()
    assert mine.state == RunState.RUNNING
