"""Keeps the lease and the worker's row alive, and takes over what dead workers left."""

from __future__ import annotations

import os
import socket
import threading
import time
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection

from scheduling.environment import record_environment
from scheduling.events import emit
from scheduling.execution import process
from scheduling.execution.outage import Outage
from scheduling.execution.recovery import recover_lost_runs
from scheduling.models import EngineLease, Worker, WorkerRole
from scheduling.planning.zones import tzdata_version
from scheduling.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from scheduling.clock import Clock

FIRST_PAUSE_SECONDS = 0.2
ROUND_OF_LEASE = 0.5
LATE_ROUNDS = 2.5  # every second one gives a sign of life


def register_worker(
    role: WorkerRole, *, now: datetime, slots: int = 0, pools: Sequence[str] = ()
) -> Worker:
    """Write this process down: it runs `slots` at once, of the pools named (none: of all)."""
    pid = os.getpid()
    return Worker.objects.create(
        role=role,
        host=socket.gethostname(),
        pid=pid,
        process_started_at=process.started_at(pid),
        slots=slots,
        pools=list(pools),
        version=VERSION,
        environment_id=record_environment(now=now),
        tzdata=tzdata_version()[:255],
        started_at=now,
        heartbeat_at=now,
    )


class Heartbeat(threading.Thread):
    """Renews the lease or waits for it, shows that this process lives, recovers what others left.

    While all is well a round is one statement, and every second round one more. `on_change` is
    called when this engine took or lost the lead, and when runs were recovered.
    """

    def __init__(
        self,
        worker: Worker,
        *,
        clock: Clock,
        last_tick_at: Callable[[], datetime | None],
        on_change: Callable[[], None],
    ) -> None:
        super().__init__(name="heartbeat", daemon=True)
        self._worker = worker
        self._clock = clock
        self._last_tick_at = last_tick_at
        self._on_change = on_change
        self._over = threading.Event()
        self._outage = Outage("heartbeat")
        self._epoch: int | None = None
        self._trusted_until = 0.0
        self._signs_at = 0.0

    @property
    def epoch(self) -> int | None:
        """The lease's epoch while this engine may trust that it leads, else None.

        The local trust ends before the lease in the database does, by the time one renewal takes.
        """
        return self._epoch if time.monotonic() < self._trusted_until else None

    def run(self) -> None:
        pause = FIRST_PAUSE_SECONDS
        while not self._over.wait(pause):
            pause = self.beat()
        connection.close()

    @property
    def _round_seconds(self) -> float:
        return ROUND_OF_LEASE * settings.LEASE_SECONDS

    def beat(self) -> float:
        """One round; returns the seconds until the next. No error ends the thread, but one that
        lasts costs this engine the lead.
        """
        try:
            pause = self._renew(self._epoch) if self._epoch else self._wait_for_lease()
            self._show_life()
        except Exception as error:  # noqa: BLE001 - see above
            connection.close()
            return self._outage.failed(error)
        self._outage.is_over()
        return pause if self._last_tick_at() else FIRST_PAUSE_SECONDS

    def _renew(self, epoch: int) -> float:
        """Keep the lead; look for lost workers once one of them is late."""
        asked_at, length = time.monotonic(), settings.LEASE_SECONDS
        late_before = self._clock() - timedelta(seconds=LATE_ROUNDS * self._round_seconds)
        is_one_late = EngineLease.renew(
            self._worker, epoch, seconds=length, late_before=late_before
        )
        if is_one_late is None:
            self._follow()
        else:
            self._trust(epoch, until=asked_at + length)
        if is_one_late:
            self._recover()
        return self._round_seconds

    def _wait_for_lease(self) -> float:
        """Take the lease as soon as it is free; else look again when it runs out, or earlier."""
        left = EngineLease.seconds_left(self._worker)
        if left:
            return min(left, self._round_seconds)
        asked_at, length = time.monotonic(), settings.LEASE_SECONDS
        epoch = EngineLease.take(self._worker, seconds=length)
        if epoch:
            emit("lead_taken", worker=self._worker.pk, epoch=epoch)
            self._trust(epoch, until=asked_at + length)
            self._recover()
        return self._round_seconds

    def _trust(self, epoch: int, *, until: float) -> None:
        """Lead until then; the loop, which may have been idle, begins at once."""
        led_before = self.epoch is not None
        self._epoch, self._trusted_until = epoch, until
        if not led_before:
            self._on_change()

    def _follow(self) -> None:
        emit("lead_lost", level="warning", worker=self._worker.pk, epoch=self._epoch)
        self._epoch = None
        self._on_change()

    def _recover(self) -> None:
        if recover_lost_runs(now=self._clock(), spare=self._worker):
            self._on_change()

    def _show_life(self) -> None:
        """Every second round, and once the first tick is over: people look whether we live."""
        if time.monotonic() < self._signs_at:
            return
        last_tick_at = self._last_tick_at()
        self._worker.beat(now=self._clock(), last_tick_at=last_tick_at)
        if last_tick_at:
            self._signs_at = time.monotonic() + 1.5 * self._round_seconds

    def stop(self) -> None:
        self._over.set()
        self.join()
