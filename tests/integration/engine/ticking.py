"""An engine that a test turns by hand: its ticks without its threads, under a clock that is set."""

from __future__ import annotations

from datetime import datetime, timedelta

from scheduling.engine.store import DueIndexStore
from scheduling.models import EngineLease
from tests.factories.runs import a_worker

MINUTE = timedelta(minutes=1)
IDLE_SECONDS = 30.0


class TickingEngine:
    """The engine's store, turned by hand, under a clock that a test sets."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.worker = a_worker(now=now)
        epoch = EngineLease.take(self.worker, seconds=3600)
        self._store = DueIndexStore(
            self.worker,
            clock=lambda: self.now,
            lead=lambda: epoch,
            on_written=lambda: None,
            idle_seconds=lambda: IDLE_SECONDS,
        )

    def tick(self, now: datetime) -> datetime:
        """One tick at `now`; returns when the loop looks again."""
        self.now = now
        for due in self._store.get_due_jobs(now):
            due.account.settle(now=now)
        return self._store.get_next_run_time()

    def walk(self, until: datetime) -> None:
        """Tick each minute from where the clock stands."""
        while self.now < until:
            self.tick(self.now + MINUTE)

    def stop(self) -> None:
        """Give the lead back; nothing of this engine is left."""
        EngineLease.release(self.worker)
