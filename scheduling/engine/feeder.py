"""Feeds the backfills, in a thread of the leading engine that delays no tick."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from django.db import connection

from scheduling.actions.feeding import feed_backfills
from scheduling.events import emit

if TYPE_CHECKING:
    from collections.abc import Callable

    from scheduling.clock import Clock

BUSY_SECONDS = 1.0
IDLE_SECONDS = 60.0


class Feeder(threading.Thread):
    """Looks each second while runs of backfills are open, else when woken and each minute.

    `leads` tells whether this engine is the one that ticks; it asks no database.
    """

    def __init__(self, *, clock: Clock, leads: Callable[[], bool]) -> None:
        super().__init__(name="feeder", daemon=True)
        self._clock = clock
        self._leads = leads
        self._woken = threading.Event()
        self._over = threading.Event()

    def run(self) -> None:
        # However often it is woken, it looks once a second.
        while not self._over.wait(BUSY_SECONDS):
            if not self._leads() or self._is_busy():
                continue
            self._woken.wait(IDLE_SECONDS)
            self._woken.clear()
        connection.close()

    def _is_busy(self) -> bool:
        """Feed them; True if it is worth to look again at once."""
        try:
            return feed_backfills(now=self._clock()) > 0
        except Exception as error:  # noqa: BLE001 - the thread outlives a database that is away
            emit("feeding_failed", area="backfills", level="error", exc_info=error)
            connection.close()
            return True

    def wake(self) -> None:
        """Something may have changed; may be called from any thread."""
        self._woken.set()

    def stop(self) -> None:
        self._over.set()
        self._woken.set()
        self.join()
