"""SIGTERM and SIGINT, as a command's main thread wants them: something to wait for and to count."""

from __future__ import annotations

import os
import select
import signal
from contextlib import suppress


class StopSignals:
    """Counts the signals that ask for the end.

    A handler interrupts the main thread between any two lines, also inside a lock or a statement,
    so that this one does two things only that no lock guards: it adds to a list and writes to a
    pipe. An event's `set` in its place hangs for good when two signals come together.
    """

    def __init__(self) -> None:
        self._received: list[int] = []
        self._reader, self._writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)

    @property
    def count(self) -> int:
        return len(self._received)

    def install(self) -> None:
        """Take both signals over; only a main thread may."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)

    def wait(self, seconds: float) -> bool:
        """Wait for the first signal; True, and at once, as soon as one has come."""
        ready, _, _ = select.select([self._reader], [], [], seconds)
        return bool(ready)

    def _on_signal(self, number: int, _frame: object) -> None:
        self._received.append(number)
        with suppress(BlockingIOError):  # a full pipe ends the wait all the same
            os.write(self._writer, b".")
