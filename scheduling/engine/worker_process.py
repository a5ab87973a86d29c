"""A worker of EXECUTION=dramatiq: takes runs from the broker and sees them through in children.

It neither ticks nor leads, and recovers nobody: engines do.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection

from scheduling.engine.heartbeat import register_worker
from scheduling.events import emit
from scheduling.execution.broker import Incoming
from scheduling.execution.offers import Offers
from scheduling.execution.outage import Outage
from scheduling.execution.supervisor import Supervisor
from scheduling.models import DEFAULT_POOL, Pool, WorkerRole

if TYPE_CHECKING:
    from collections.abc import Callable

    from scheduling.clock import Clock

BEATS_PER_LEASE = 2
IDLE_SECONDS = 60.0  # offers wake it


class WorkerProcess:
    """Start it, stop it. `pools` are the names of the pools it serves, all if there are none.

    `is_hurried` is asked while it stops: once it is true, running jobs get no more grace.
    """

    def __init__(
        self, *, clock: Clock, slots: int, pools: list[str], is_hurried: Callable[[], bool]
    ) -> None:
        self._clock = clock
        self._is_hurried = is_hurried
        self.worker = register_worker(WorkerRole.WORKER, now=clock(), slots=slots, pools=pools)
        offers = Offers()
        self._supervisor = Supervisor(
            self.worker, clock=clock, slots=slots, idle_seconds=lambda: IDLE_SECONDS, offers=offers
        )
        self._incoming = Incoming(offers, slots=slots, pools=self._served())
        self._is_over = threading.Event()
        self._is_empty = threading.Event()
        self._execution = threading.Thread(target=self._execute, name="supervisor")
        self._heartbeat = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def start(self) -> None:
        """Begin to take runs."""
        self._supervisor.warm_up()
        self._execution.start()
        self._heartbeat.start()
        self._incoming.start()
        emit(
            "worker_started",
            worker=self.worker.pk,
            pid=self.worker.pid,
            slots=self.worker.slots,
            pools=self.worker.pools,
        )

    def stop(self) -> None:
        """Take nothing more, let running jobs end within the grace, give the rest back."""
        self._incoming.leave()
        self._is_over.set()
        self._supervisor.wake()
        self._execution.join()
        self._incoming.close()
        self._is_empty.set()
        self._heartbeat.join()
        self._sign_off()
        emit("worker_stopped", worker=self.worker.pk)

    def _sign_off(self) -> None:
        """Without a database its silence says the same, later."""
        try:
            self.worker.end(now=self._clock())
        except (DatabaseError, InterfaceError) as error:
            emit("sign_off_failed", level="warning", error=str(error))

    def _execute(self) -> None:
        self._supervisor.run_until(self._is_over.is_set)
        self._supervisor.drain(settings.DRAIN_SECONDS, is_hurried=self._is_hurried)
        self._supervisor.close()
        connection.close()

    def _served(self) -> list[str]:
        return self.worker.pools or [DEFAULT_POOL, *Pool.objects.values_list("pk", flat=True)]

    def _beat(self) -> None:
        """Show life, also while it stops, and look whether there are new pools."""
        outage = Outage("heartbeat")
        while not self._is_empty.wait(settings.LEASE_SECONDS / BEATS_PER_LEASE):
            try:
                self.worker.beat(now=self._clock(), last_tick_at=None)
                self._incoming.serve(self._served())
                outage.is_over()
            except Exception as error:  # noqa: BLE001 - who shows no life loses all its runs
                outage.failed(error)
                connection.close()
        connection.close()
