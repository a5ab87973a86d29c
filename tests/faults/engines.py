"""Several engines on one database, of which some are killed, or stopped and woken up late."""

from __future__ import annotations

import os
import signal
from contextlib import ExitStack
from datetime import timedelta

from django.db import OperationalError

from scheduling.clock import utc_now
from scheduling.models import EngineLease
from tests.faults.stage import Stage
from tests.integration.engine.processes import EngineProcess, ticking
from tests.waiting import wait_for

LEASE_SECONDS = 2


def stop_the_leader(stage: Stage) -> None:
    """SIGSTOP for longer than its lease; when it wakes up another one leads."""
    stage.add_innocents()
    with ExitStack() as stack:
        both = [_join(stage, stack) for _ in range(2)]
        for _ in range(5 if stage.is_long else 1):
            wait_for(lambda: _leader(both) is not None)
            leader, epoch = _leader(both), EngineLease.objects.get().epoch
            assert leader is not None
            _freeze(leader, stage)
            stage.strike()
            wait_for(lambda: EngineLease.objects.get().epoch > epoch)  # noqa: B023 - asked at once
            stage.wait_for_successes()
            leader.process.send_signal(signal.SIGCONT)
            stage.wait_a_moment()
        for engine in both:
            assert engine.terminate() == 0


def kill_any_of(number: int, stage: Stage) -> None:
    """Engines beside each other; each time one of them is killed, and another started."""
    stage.add_innocents()
    with ExitStack() as stack:
        engines = [_join(stage, stack) for _ in range(number)]
        for _ in range(20 if stage.is_long else 2):
            stage.wait_a_moment()
            engines.pop(stage.draw.randrange(number)).kill()
            stage.strike()
            engines.append(_join(stage, stack))
        for engine in engines:
            assert engine.terminate() == 0


def pause_any_of_two(stage: Stage) -> None:
    """Each is stopped again and again for up to two leases, as by a machine that stalls."""
    stage.add_innocents()
    with ExitStack() as stack:
        both = [_join(stage, stack) for _ in range(2)]
        until = utc_now() + timedelta(seconds=120 if stage.is_long else 6)
        while utc_now() < until:
            engine = stage.draw.choice(both)
            os.kill(engine.process.pid, signal.SIGSTOP)
            stage.wait_a_moment(2 * LEASE_SECONDS)
            os.kill(engine.process.pid, signal.SIGCONT)
            stage.strike()
        for engine in both:
            assert engine.terminate() == 0


def _freeze(engine: EngineProcess, stage: Stage) -> None:
    """SIGSTOP, but not while it writes to SQLite: nobody else could, whatever they do."""
    engine.process.send_signal(signal.SIGSTOP)
    while not _can_write():
        engine.process.send_signal(signal.SIGCONT)
        stage.wait_a_moment()
        engine.process.send_signal(signal.SIGSTOP)


def _can_write() -> bool:
    try:
        EngineLease.objects.filter(name="nobody's").update(epoch=0)
    except OperationalError:
        return False
    return True


def _join(stage: Stage, stack: ExitStack) -> EngineProcess:
    return stack.enter_context(ticking(stage.env, LEASE_SECONDS=str(LEASE_SECONDS)))


def _leader(engines: list[EngineProcess]) -> EngineProcess | None:
    holder = EngineLease.objects.values_list("holder__pid", flat=True).first()
    return next((each for each in engines if each.process.pid == holder), None)
