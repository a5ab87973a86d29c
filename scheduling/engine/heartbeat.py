"""Keeps the lease and the worker's row alive, and takes over what dead workers left."""

from __future__ import annotations

import os
import socket
import threading
import time
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection

from scheduling.events import emit
from scheduling.execution import process
from scheduling.execution.recovery import recover_lost_runs
from scheduling.models import EngineLease, Worker, WorkerRole
from scheduling.planning.zones import tzdata_version
from scheduling.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from scheduling.clock import Clock

FIRST_PAUSE_SECONDS = 0.2


def register_worker(role: WorkerRole, *, now: datetime) -> Worker:
    """Write this process down as one that may claim runs."""
    pid = os.getpid()
    return Worker.objects.create(
        role=role,
        host=socket.gethostname(),
        pid=pid,
        process_started_at=process.started_at(pid),
        version=VERSION,
        tzdata=tzdata_version()[:255],
        started_at=now,
        heartbeat_at=now,
    )


class Heartbeat(threading.Thread):
    """Every third of the lease's length every engine recovers, renews or takes, and beats."""

    def __init__(
        self,
        worker: Worker,
        *,
        clock: Clock,
        last_tick_at: Callable[[], datetime | None],
        on_recovered: Callable[[], None],
    ) -> None:
        super().__init__(name="heartbeat", daemon=True)
        self._worker = worker
        self._clock = clock
        self._last_tick_at = last_tick_at
        self._on_recovered = on_recovered
        self._over = threading.Event()
        self._epoch: int | None = None
        self._trusted_until = 0.0

    @property
    def epoch(self) -> int | None:
        """The lease's epoch while this engine may trust that it leads, else None.

        The local trust ends before the lease in the database does, by the time one renewal takes.
        """
        return self._epoch if time.monotonic() < self._trusted_until else None

    def run(self) -> None:
        while not self._over.wait(self._pause()):
            self.beat()
        connection.close()

    def _pause(self) -> float:
        """Short until the first tick is over: people look whether a new engine is alive."""
        return settings.LEASE_SECONDS / 3 if self._last_tick_at() else FIRST_PAUSE_SECONDS

    def beat(self) -> None:
        """One round; a database that does not answer costs the lead, not the process."""
        asked_at = time.monotonic()
        try:
            if recover_lost_runs(now=self._clock()):  # first: it may free the lease
                self._on_recovered()
            epoch = EngineLease.take(self._worker, seconds=settings.LEASE_SECONDS)
            self._worker.beat(now=self._clock(), last_tick_at=self._last_tick_at())
        except (DatabaseError, InterfaceError) as error:
            emit("heartbeat_failed", level="warning", error=str(error))
            connection.close()
            return
        if epoch != self._epoch:
            emit("lead_taken" if epoch else "lead_lost", worker=self._worker.pk, epoch=epoch)
        self._epoch = epoch
        self._trusted_until = asked_at + settings.LEASE_SECONDS

    def stop(self) -> None:
        self._over.set()
        self.join()
