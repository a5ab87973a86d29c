"""Processes that die, are stopped, or end in order, at drawn moments."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from scheduling.actions.drafts import JobDraft
from scheduling.actions.jobs import add_job
from scheduling.actions.retention import RUNS_AT_ONCE
from scheduling.clock import utc_now
from scheduling.models import Attempt, AttemptState, DailyRollup, Run, Worker
from scheduling.states import Reason, RunState
from tests.factories.jobs import a_job, a_user
from tests.factories.runs import a_run, asked_for
from tests.faults.stage import Stage
from tests.integration.engine.processes import EngineProcess, ticking
from tests.waiting import wait_for

IN_CHILD = {"execution.receive", "execution.body", "execution.result"}
# Points that no engine comes to as it is here: see `kill_the_purge`, and tests/distributed.
ELSEWHERE = {"maintenance.purge", "engine.dispatch"}
CRASHED = Run.objects.filter(state=RunState.FAILED, reason=Reason.CRASHED)
NO_ENGINES = """
import os, threading
import django
django.setup()
import config.wsgi, config.urls
print(sorted(thread.name for thread in threading.enumerate()))
"""


def kill_at(*points: str) -> Callable[[Stage], None]:
    """The procedure that kills a process when it comes to this failpoint, then one at the next."""
    return partial(_kill_at_each, points)


def _kill_at_each(points: tuple[str, ...], stage: Stage) -> None:
    stage.add_innocents()
    for point in points:
        _kill_at(point, stage)


def _kill_at(point: str, stage: Stage) -> None:
    passage = stage.draw.randint(2, 4) if point.startswith("engine.") else 1
    with EngineProcess(stage.env, FAILPOINTS=f"{point}:kill@{passage}") as engine:
        if point in IN_CHILD:
            wait_for(CRASHED.exists)
            engine.kill()
        else:
            wait_for(lambda: engine.process.poll() is not None)
            assert engine.process.returncode == -signal.SIGKILL
    stage.strike()


def kill_the_purge(stage: Stage) -> None:
    """Within its second step: each run is either there or in a sum."""
    stage.add_innocents()
    old = a_job("old")
    for _ in range(RUNS_AT_ONCE + 10):
        a_run(old, RunState.CANCELLED)
    params = {"other_days": 30, "runs_per_job": 1}
    draft = JobDraft(name="purge", kind="maintenance-purge", params=params, schedules=())
    purge = add_job(draft=draft, owner=a_user("boss", is_staff=True), by="boss", now=utc_now())
    asked_for(purge)
    with EngineProcess(stage.env, FAILPOINTS="maintenance.purge:kill@2") as engine:
        wait_for(CRASHED.exists)
        engine.kill()
    stage.strike()
    sums = DailyRollup.objects.values_list("run_count", flat=True)
    assert (Run.objects.filter(job=old).count(), list(sums)) == (10, [RUNS_AT_ONCE])


def kill_engines(stage: Stage) -> None:
    stage.add_innocents()
    for _ in range(50 if stage.is_long else 4):
        with ticking(stage.env) as engine:
            stage.wait_a_moment()
            stage.strike()
            engine.kill()


def end_engines(stage: Stage) -> None:
    """SIGTERM at any moment: the engine ends in order."""
    stage.add_innocents()
    for _ in range(25 if stage.is_long else 2):
        with ticking(stage.env) as engine:
            stage.wait_a_moment()
            stage.strike()
            assert engine.terminate() == 0


def kill_children(stage: Stage) -> None:
    stage.add_innocents()
    with ticking(stage.env) as engine:
        for _ in range(200 if stage.is_long else 5):
            stage.wait_a_moment(0.3)
            _kill_a_child(stage)
        assert engine.terminate() == 0
    assert CRASHED.exists()
    assert not Run.objects.filter(state=RunState.FAILED).exclude(reason=Reason.CRASHED).exists()


def _kill_a_child(stage: Stage) -> None:
    """Kill one that is at work; it may end by itself just then."""
    at_work = Attempt.objects.filter(state=AttemptState.RUNNING, pid__isnull=False)
    wait_for(at_work.exists)
    with suppress(ProcessLookupError, IndexError):
        pid = stage.draw.choice(list(at_work)).pid
        assert pid
        os.kill(pid, signal.SIGKILL)
        stage.strike()


def look_without_an_engine(stage: Stage) -> None:
    """Web process, commands: none of them schedules anything."""
    commands = [
        [sys.executable, "-c", NO_ENGINES],
        [sys.executable, "manage.py", "shell", "-c", NO_ENGINES],
    ]
    for command in commands:
        env = {**stage.env, "DJANGO_SETTINGS_MODULE": "config.settings"}
        done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60)
        assert done.stdout.strip().endswith("['MainThread']"), done.stdout + done.stderr
        stage.strike()
    assert not Worker.objects.exists()
    stage.add_innocents()
