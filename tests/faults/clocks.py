"""The engine's own clock is set, by libfaketime, while its waiting goes on in real time."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from scheduling.clock import utc_now
from scheduling.models import Run
from tests.faults.stage import Stage
from tests.integration.engine.processes import ticking
from tests.waiting import wait_for

# One folder for each architecture; without the package nothing is preloaded, and F50 fails.
LIBRARY = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), Path("libfaketime.so.1"))
SLEEPING = Path(__file__).parent / "sleeping"
NOTICED = timedelta(seconds=30)
HOUR = 3600


class Clock:
    """What time the engines of a stage see, as an offset to the real one."""

    def __init__(self, stage: Stage) -> None:
        self._file = Path(stage.env["DATA_DIR"]).parent / "offset"
        self.set(0)
        stage.env.update(
            LD_PRELOAD=str(LIBRARY),
            FAKETIME_TIMESTAMP_FILE=str(self._file),
            FAKETIME_NO_CACHE="1",
            FAKETIME_DONT_FAKE_MONOTONIC="1",
            PYTHONPATH=str(SLEEPING),
        )

    def set(self, seconds: float) -> None:
        new = self._file.with_suffix(".new")
        new.write_text(f"{seconds:+f}s\n")
        new.replace(self._file)


def step_ahead(stage: Stage) -> None:
    """Five minutes, an hour, three days: noticed within a tick, and recorded."""
    stage.add_innocents()
    clock = Clock(stage)
    with ticking(stage.env) as engine:
        for ahead in (300, HOUR, 72 * HOUR):
            clock.set(ahead)
            stage.strike()
            _wait_until_planned(after=timedelta(seconds=ahead))
        assert engine.terminate() == 0


def step_back(stage: Stage) -> None:
    """Five minutes and an hour back: nothing runs again, and it goes on when its time comes."""
    stage.add_innocents()
    clock = Clock(stage)
    with ticking(stage.env) as engine:
        clock.set(2 * HOUR)
        _wait_until_planned(after=timedelta(seconds=2 * HOUR))
        for back in (300, HOUR):
            clock.set(2 * HOUR - back)
            stage.strike()
            stage.wait_a_moment(5.0)
        clock.set(2 * HOUR)
        _wait_until_planned(after=timedelta(seconds=2 * HOUR))
        assert engine.terminate() == 0


def swing(stage: Stage) -> None:
    """Two seconds ahead and two back, again and again."""
    stage.add_innocents()
    clock = Clock(stage)
    with ticking(stage.env) as engine:
        for number in range(60):
            clock.set(2 if number % 2 else -2)
            stage.strike()
            stage.wait_a_moment(1.0)
        clock.set(2)
        assert engine.terminate() == 0


def sleep_for_hours(stage: Stage) -> None:
    """The machine is suspended for two hours: a summary is recorded, not each second."""
    stage.add_innocents()
    clock = Clock(stage)
    with ticking(stage.env) as engine:
        os.kill(engine.process.pid, signal.SIGSTOP)
        clock.set(2 * HOUR)
        stage.strike()
        os.kill(engine.process.pid, signal.SIGCONT)
        _wait_until_planned(after=timedelta(seconds=2 * HOUR))
        assert engine.terminate() == 0
    assert Run.objects.count() < 500


def _wait_until_planned(*, after: timedelta) -> None:
    """Until an occurrence beyond the jump is in the ledger, at most as long as may be noticed."""
    beyond = utc_now() + after
    planned: Callable[[], object] = Run.objects.filter(planned_at__gt=beyond).exists
    wait_for(planned, seconds=NOTICED.total_seconds())
