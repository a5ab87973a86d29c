"""Notices edits that other processes made: LISTEN on PostgreSQL, a file's size on SQLite.

A wake-up that is missed costs time, never an occurrence: the loop looks by itself now and then, and
every few seconds while wake-ups are not heard.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import connection
from django.db.utils import ConnectionHandler

from scheduling.actions.wake import CHANNEL, wake_file
from scheduling.execution.outage import Outage

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.backends.base.base import BaseDatabaseWrapper

FILE_SECONDS = 0.25
LISTEN_SECONDS = 1.0
# Not for ever: the loop waits on monotonic time, and a clock that was set must be noticed.
QUIET_SECONDS = 30.0
POLL_SECONDS = 5.0


class WakeUps(threading.Thread):
    """Calls `on_change` whenever another process changed something that engines must look at."""

    def __init__(self, on_change: Callable[[], None]) -> None:
        super().__init__(name="wake-ups", daemon=True)
        self._on_change = on_change
        self._over = threading.Event()
        self._outage = Outage("wake_ups")
        self._is_heard = False

    def idle_seconds(self, quiet: float = QUIET_SECONDS) -> float:
        """How long one may go without looking by oneself: `quiet` while wake-ups are heard."""
        return quiet if self._is_heard else POLL_SECONDS

    def run(self) -> None:
        if connection.vendor != "postgresql":
            self._watch_file()
            return
        session = _session_that_lasts()
        while session is not None and not self._over.is_set():
            try:
                self._listen(session)
            except Exception as error:  # noqa: BLE001 - the driver's own errors are not Django's
                self._over.wait(self._outage.failed(error))
            finally:
                self._is_heard = False
                session.close()

    def stop(self) -> None:
        self._over.set()
        self.join()

    def _watch_file(self) -> None:
        seen = _size_of_wake_file()
        self._is_heard = True
        self._on_change()  # whatever came while nobody watched
        while not self._over.wait(FILE_SECONDS):
            size = _size_of_wake_file()
            if size != seen:
                seen = size
                self._on_change()

    def _listen(self, session: BaseDatabaseWrapper) -> None:
        session.ensure_connection()
        driver: Any = session.connection
        driver.autocommit = True
        driver.execute(f"LISTEN {CHANNEL}")
        self._outage.is_over()
        self._is_heard = True
        self._on_change()  # whatever came while nobody listened
        while not self._over.is_set():
            for _notification in driver.notifies(timeout=LISTEN_SECONDS, stop_after=1):
                self._on_change()


def _size_of_wake_file() -> int:
    with suppress(OSError):
        return wake_file().stat().st_size
    return 0


def _session_that_lasts() -> BaseDatabaseWrapper | None:
    """LISTEN needs a session of its own, which transaction pooling has not: None without one."""
    if settings.DIRECT_DATABASE:
        return ConnectionHandler({"default": settings.DIRECT_DATABASE})["default"]
    return None if settings.DATABASE_POOLED else connection.copy()
