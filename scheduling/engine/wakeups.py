"""Notices edits that other processes made: LISTEN on PostgreSQL, `PRAGMA data_version` on SQLite.

A wake-up that is missed costs time, never an occurrence: the loop looks by itself every few
seconds.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

from django.db import DatabaseError, connection

from scheduling.actions.wake import CHANNEL
from scheduling.events import emit

if TYPE_CHECKING:
    from collections.abc import Callable

SQLITE_POLL_SECONDS = 0.25
LISTEN_SECONDS = 1.0
SHORTEST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 5.0


class WakeUps(threading.Thread):
    """Calls `on_change` whenever another connection changed something."""

    def __init__(self, on_change: Callable[[], None]) -> None:
        super().__init__(name="wake-ups", daemon=True)
        self._on_change = on_change
        self._over = threading.Event()

    def run(self) -> None:
        watch = _listen if connection.vendor == "postgresql" else _poll_version
        pause = SHORTEST_PAUSE_SECONDS
        while not self._over.is_set():
            watched_at = time.monotonic()
            try:
                watch(self._on_change, self._over)
            except Exception as error:  # noqa: BLE001 - the driver's own errors are not Django's
                emit("wake_ups_interrupted", level="warning", error=str(error))
                is_new = time.monotonic() - watched_at > LONGEST_PAUSE_SECONDS
                pause = SHORTEST_PAUSE_SECONDS if is_new else min(pause * 2, LONGEST_PAUSE_SECONDS)
                self._over.wait(pause)
            finally:
                connection.close()

    def stop(self) -> None:
        self._over.set()
        self.join()


def _poll_version(on_change: Callable[[], None], over: threading.Event) -> None:
    """SQLite counts, per connection, the commits of all others."""
    seen = _data_version()
    while not over.wait(SQLITE_POLL_SECONDS):
        version = _data_version()
        if version != seen:
            seen = version
            on_change()


def _data_version() -> int:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA data_version")
        row = cursor.fetchone()
    if row is None:
        raise DatabaseError("PRAGMA data_version gave no row.")
    return int(row[0])


def _listen(on_change: Callable[[], None], over: threading.Event) -> None:
    """LISTEN needs a session of its own: transaction pooling would lose it."""
    connection.ensure_connection()
    driver: Any = connection.connection
    driver.autocommit = True
    driver.execute(f"LISTEN {CHANNEL}")
    on_change()  # whatever came while nobody listened
    while not over.is_set():
        for _notification in driver.notifies(timeout=LISTEN_SECONDS, stop_after=1):
            on_change()
