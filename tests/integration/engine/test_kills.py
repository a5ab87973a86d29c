from __future__ import annotations

import random

import pytest
from django.db import connection

from scheduling.models import Run, Schedule
from scheduling.states import RunState
from tests.factories.jobs import a_job, every
from tests.faults.accounting import faults
from tests.faults.kills import kill_engines
from tests.integration.engine.processes import EngineProcess, wait_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]


def test_an_engine_killed_at_random_moments_loses_and_doubles_nothing(process_env):
    draw = random.Random(connection.vendor)  # other moments on each database
    found = kill_engines(process_env, lambda kills: kills >= 10, draw)
    assert found == []
    assert Run.objects.filter(state=RunState.SUCCEEDED).count() > 3


@pytest.mark.parametrize(
    "point",
    [
        "engine.select_due",
        "engine.compute",
        "engine.insert",
        "engine.before_commit",
        "engine.after_commit",
        "execution.claim",
        "execution.dispatch",
        "execution.receive",
        "execution.body",
        "execution.heartbeat",
        "execution.result",
        "execution.before_finish",
        "execution.after_finish",
    ],
)
def test_a_kill_at_this_point_loses_and_doubles_nothing(process_env, point, tmp_path):
    a_job("beat", every(1), seconds=0.2)
    schedule = Schedule.objects.get()
    since = {schedule.pk: schedule.accounted_until}
    passage = 2 if point.startswith("engine.") else 1
    is_in_child = point in ("execution.receive", "execution.body", "execution.result")
    with EngineProcess(process_env, FAILPOINTS=f"{point}:kill@{passage}") as engine:
        if is_in_child:
            wait_for(lambda: Run.objects.filter(state=RunState.FAILED, reason="CRASHED").exists())
            engine.kill()
        else:
            wait_for(lambda: engine.process.poll() is not None)
    with EngineProcess(process_env) as engine:
        succeeded = Run.objects.filter(state=RunState.SUCCEEDED).count()
        wait_for(lambda: Run.objects.filter(state=RunState.SUCCEEDED).count() > succeeded)
        assert engine.terminate() == 0
    assert faults(tmp_path / "evidence.jsonl", since=since) == []
    assert not Run.objects.filter(state=RunState.RUNNING).exists()
