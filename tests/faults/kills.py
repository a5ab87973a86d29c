"""Kills a real engine at random moments, again and again, and audits the ledger afterwards."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from scheduling.clock import utc_now
from scheduling.models import Run, Schedule
from scheduling.states import RunState
from tests.factories.jobs import a_job, every
from tests.faults.accounting import faults
from tests.integration.engine.processes import EngineProcess, wait_for

CALM = timedelta(seconds=3)


def busy_jobs() -> dict[int, datetime]:
    """Jobs of different rhythms and lengths; returns since when each schedule is in force."""
    for name, seconds, length in (("quick", 1, 0.0), ("short", 1, 0.3), ("long", 2, 1.2)):
        a_job(name, every(seconds), seconds=length, steps=3)
    return {schedule.pk: schedule.accounted_until for schedule in Schedule.objects.all()}


def kill_engines(
    env: dict[str, str], is_enough: Callable[[int], bool], draw: random.Random
) -> list[str]:
    """Start an engine and kill it, until `is_enough(kills)`; then let one run and audit."""
    since = busy_jobs()
    kills = 0
    while not is_enough(kills):
        with EngineProcess(env) as engine:
            engine.wait_until_ticking()
            moment = utc_now() + timedelta(seconds=draw.uniform(0.0, 1.5))
            wait_for(partial(_is_past, moment))
            engine.kill()
        kills += 1
    _calm_down(env)
    return faults(Path(env["PROBE_EVIDENCE"]), since=since)


def _is_past(moment: datetime) -> bool:
    return utc_now() >= moment


def _calm_down(env: dict[str, str]) -> None:
    """An engine that is not killed recovers everything and ends in order."""
    with EngineProcess(env) as engine:
        engine.wait_until_ticking()
        until = utc_now() + CALM
        wait_for(
            lambda: (
                utc_now() > until
                and not Run.objects.filter(state=RunState.RUNNING, started_at__lt=until).exists()
            )
        )
        assert engine.terminate() == 0
