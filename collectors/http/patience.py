"""Waiting that notices a stop. The only module of the client that reads a clock."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from scheduling.kinds import RunStopped

STOP_CHECK_SECONDS = 0.2
# One clock for all processes of the machine, which no one can set and which counts suspended time.
MACHINE_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class TimeIsUp(Exception):
    """An exchange has used all the time it may take in total."""


def machine_seconds() -> float:
    """Seconds since this machine started; comparable between processes."""
    return time.clock_gettime(MACHINE_CLOCK)


@dataclass(frozen=True)
class Patience:
    """Waits at most `STOP_CHECK_SECONDS` longer than the run may go on."""

    should_stop: Callable[[], bool]
    seconds: Callable[[], float] = machine_seconds
    sleep: Callable[[float], None] = time.sleep

    def check(self) -> None:
        """Raise RunStopped once the run is to end."""
        if self.should_stop():
            raise RunStopped("The run was asked to stop while it waited for a source.")

    def wait(self, seconds: float) -> None:
        """Sleep for `seconds`. Raises RunStopped soon after the run is asked to end."""
        ends_at = self.seconds() + seconds
        self.check()
        while (left := ends_at - self.seconds()) > 0:
            self.sleep(min(left, STOP_CHECK_SECONDS))
            self.check()


class Deadline:
    """The end of the exchange under way; one per client, restarted by every request."""

    def __init__(self, patience: Patience, total_seconds: float) -> None:
        self._patience = patience
        self._total_seconds = total_seconds
        self._ends_at = 0.0

    def restart(self) -> None:
        self._ends_at = self._patience.seconds() + self._total_seconds

    def cut(self, timeout: float | None) -> float:
        """Seconds that a step limited to `timeout` may take. Raises TimeIsUp or RunStopped."""
        self._patience.check()
        left = self._ends_at - self._patience.seconds()
        if left <= 0:
            raise TimeIsUp(f"{self._total_seconds:g} seconds")
        return left if timeout is None else min(timeout, left)

    def pulses(self, timeout: float | None) -> Iterator[float]:
        """Split a step into short time-outs, so that a silent peer cannot delay a stop."""
        ends_at = self._patience.seconds() + (math.inf if timeout is None else timeout)
        while (left := ends_at - self._patience.seconds()) > 0:
            yield min(self.cut(left), STOP_CHECK_SECONDS)
