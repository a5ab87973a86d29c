"""Feeds the backfills, in a thread of the leading engine that delays no tick."""

from __future__ import annotations

from django.db import connection

from scheduling.actions.feeding import feed_backfills
from scheduling.engine.companion import Companion
from scheduling.execution.outage import Outage

BUSY_SECONDS = 1.0
IDLE_SECONDS = 60.0


class Feeder(Companion):
    """Looks each second while runs of backfills are open, else when woken and each minute."""

    def run(self) -> None:
        outage = Outage("feeding")
        # However often it is woken, it looks once a second.
        while not self._over.wait(BUSY_SECONDS):
            if not self._leads() or self._is_busy(outage):
                continue
            self._woken.wait(IDLE_SECONDS)
            self._woken.clear()
        connection.close()

    def _is_busy(self, outage: Outage) -> bool:
        """Feed them; True if it is worth to look again at once."""
        try:
            is_busy = feed_backfills(now=self._clock())
        except Exception as error:  # noqa: BLE001 - the thread outlives a database that is away
            connection.close()
            self._over.wait(outage.failed(error))
            return True
        outage.is_over()
        return is_busy
