"""Turns that hold between all processes of this machine, kept in files.

Each host has a file in a shared folder: its lock is the turn, its text is the instant before which
nobody may ask. The instant is on the machine's own clock, which nobody can set, beside the
machine's boot id, which makes it void after a restart. A killed process leaves nothing behind: the
kernel drops its lock.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from collectors.http.turns import check_is_near

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from collectors.http.patience import Patience

LOCK_POLL_SECONDS = 0.02
RECORD_BYTES = 64


@cache
def boot_id() -> str:
    """Linux names every start of the machine; elsewhere the name is empty."""
    path = Path("/proc/sys/kernel/random/boot_id")
    return path.read_text().strip() if path.exists() else ""


@dataclass(frozen=True)
class FileTurn:
    """The right to ask a host, held until the `with` of `FileTurns.take` ends."""

    descriptor: int
    patience: Patience

    def hold_off(self, seconds: float) -> None:
        """Let nobody on this machine ask the host for `seconds` from now, if not for longer."""
        if seconds <= self.seconds_left():
            return
        until = self.patience.seconds() + seconds
        # One write of a fixed length: a reader sees the old record or the new one.
        record = f"{boot_id()} {until:.6f}".ljust(RECORD_BYTES - 1) + "\n"
        os.pwrite(self.descriptor, record.encode("ascii"), 0)

    def seconds_left(self) -> float:
        """Seconds until the host may be asked; a record of an earlier start counts as none."""
        record = os.pread(self.descriptor, RECORD_BYTES, 0).decode("ascii", "replace")
        started, _, until = record.rstrip().rpartition(" ")
        if started != boot_id():
            return 0.0
        try:
            return float(until) - self.patience.seconds()
        except ValueError:
            return 0.0


class FileTurns:
    """Hands out turns. `intervals` maps a host to seconds between the starts of two requests."""

    def __init__(self, folder: Path, intervals: Mapping[str, float], patience: Patience) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._intervals = intervals
        self._patience = patience

    @contextmanager
    def take(self, host: str) -> Iterator[FileTurn]:
        """Wait for the turn at `host` and hold it. Raises SourceUnavailable if it is far off."""
        descriptor = os.open(self._folder / host, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            turn = FileTurn(descriptor, self._patience)
            self._wait_for(turn, host)
            turn.hold_off(self._intervals[host])
            yield turn
        finally:
            os.close(descriptor)

    def _wait_for(self, turn: FileTurn, host: str) -> None:
        """Return with the lock held. It is never held while waiting: that would starve others."""
        self._patience.check()
        while True:
            if not _is_locked_by_us(turn.descriptor):
                self._patience.wait(LOCK_POLL_SECONDS)
                continue
            left = turn.seconds_left()
            if left <= 0:
                return
            fcntl.flock(turn.descriptor, fcntl.LOCK_UN)
            check_is_near(host, left, self._intervals[host])
            self._patience.wait(left)


def _is_locked_by_us(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
