"""SIGTERM and SIGINT, as a command's threads want them: something to wait for and to count."""

from __future__ import annotations

import os
import select
import signal
from contextlib import suppress

MOST_AT_ONCE = 4096


class StopSignals:
    """Counts the signals that ask for the end.

    The kernel gives a signal to any of the threads, and a handler in Python runs only once the main
    thread comes round: never, while that waits for another thread. So the interpreter itself tells
    each signal through a pipe, whatever the main thread does. The handler guards what comes while
    the pipe is full; it interrupts the main thread between any two lines, also inside a lock, so
    that it does nothing but add to a list. An event's `set` in its place hangs for good when two
    signals come together.
    """

    def __init__(self) -> None:
        self._handled: list[int] = []
        self._told = bytearray()
        self._reader, self._writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)

    @property
    def count(self) -> int:
        with suppress(BlockingIOError):
            self._told += os.read(self._reader, MOST_AT_ONCE)
        return max(len(self._told), len(self._handled))

    def install(self) -> None:
        """Take both signals over; only a main thread may."""
        signal.set_wakeup_fd(self._writer, warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)

    def wait(self, seconds: float) -> bool:
        """Wait for the first signal; True, and at once, as soon as one has come."""
        if not self.count:
            select.select([self._reader], [], [], seconds)
        return self.count > 0

    def _on_signal(self, number: int, _frame: object) -> None:
        self._handled.append(number)
