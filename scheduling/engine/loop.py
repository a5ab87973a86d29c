"""The engine: one process that ticks (APScheduler) and executes (supervisor)."""

from __future__ import annotations

import threading
import time
from datetime import UTC
from typing import TYPE_CHECKING

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.schedulers.base import STATE_RUNNING, STATE_STOPPED
from django.conf import settings
from django.db import DatabaseError, connection

from scheduling.actions.feeding import feed_backfills
from scheduling.actions.installation import check_installation
from scheduling.actions.repair import review_jobs
from scheduling.engine.chores import Chores
from scheduling.engine.feeder import Feeder
from scheduling.engine.heartbeat import Heartbeat, register_worker
from scheduling.engine.neighbours import another_engine_works
from scheduling.engine.store import DecidingExecutor, DueIndexStore
from scheduling.engine.time_limits import keep_time_limits
from scheduling.engine.wakeups import WakeUps
from scheduling.events import emit
from scheduling.execution.recovery import recover_lost_runs
from scheduling.execution.supervisor import Supervisor
from scheduling.models import EngineLease, WorkerRole

if TYPE_CHECKING:
    from collections.abc import Callable

    from scheduling.clock import Clock
    from scheduling.engine.companion import Companion
    from scheduling.engine.dispatcher import Dispatcher

STALL_SECONDS = 60.0
QUIET_QUEUE_SECONDS = 60.0
EXIT_STALLED = 70


class Host(BackgroundScheduler):  # type: ignore[misc]
    """APScheduler's loop, which can also be turned by hand, and which stops when told to."""

    def _process_jobs(self) -> float | None:
        """APScheduler itself would tick once more after its shutdown."""
        if self.state == STATE_STOPPED:
            connection.close()
            return None
        wait_seconds: float | None = super()._process_jobs()
        return wait_seconds

    def wakeup(self) -> None:
        """Before it has started there is nothing to wake."""
        if self._event is not None:
            super().wakeup()

    def tick_until_calm(self, store: DueIndexStore) -> None:
        """Tick in this thread until nothing is due."""
        self.start(paused=True)
        self.state = STATE_RUNNING
        self._process_jobs()
        while store.has_more():
            self._process_jobs()
        self.shutdown(wait=False)


class Engine:
    """Start it, ask `is_stalled`, stop it.

    `executes` is False on hosts that only schedule. `is_hurried` is asked while it stops: once it
    is true, running jobs get no more grace. `guards_copy` is False in a rehearsal at a supposed
    instant, which tells nothing of how old the database is.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        executes: bool,
        is_hurried: Callable[[], bool],
        guards_copy: bool = True,
    ) -> None:
        self._clock = clock
        self._guards_copy = guards_copy
        sends = settings.EXECUTION == "dramatiq"
        self._executes = executes and not sends
        self._is_hurried = is_hurried
        slots = settings.MAX_RUNNING if self._executes else 0
        self.worker = register_worker(WorkerRole.ENGINE, now=clock(), slots=slots)
        self._wake_ups = WakeUps(self._wake)
        self._supervisor = Supervisor(
            self.worker,
            clock=clock,
            slots=settings.MAX_RUNNING,
            idle_seconds=lambda: self._wake_ups.idle_seconds(quiet=QUIET_QUEUE_SECONDS),
        )
        self._heartbeat = Heartbeat(
            self.worker,
            clock=clock,
            last_tick_at=lambda: self._store.last_tick_at,
            on_change=self._wake_all,
        )
        self._store = DueIndexStore(
            self.worker,
            clock=clock,
            lead=lambda: self._heartbeat.epoch,
            on_written=self._wake_executors,
            idle_seconds=self._wake_ups.idle_seconds,
        )
        self._scheduler = Host(
            timezone=UTC,
            jobstores={"default": self._store},
            executors={"default": DecidingExecutor(clock)},
        )
        self._chores = Chores(clock=clock, leads=self._leads)
        self._feeder = Feeder(clock=clock, leads=self._leads)
        self._dispatcher = self._new_dispatcher() if sends else None
        self._is_over = threading.Event()
        self._execution = threading.Thread(target=self._execute, name="supervisor")

    def _new_dispatcher(self) -> Dispatcher:
        from scheduling.engine.dispatcher import Dispatcher  # noqa: PLC0415 - an extra, not needed by all

        return Dispatcher(clock=self._clock, leads=self._leads)

    def _leads(self) -> bool:
        return self._heartbeat.epoch is not None

    def start(self) -> None:
        """Recover what the last process left, take the lead if it is free, begin to tick."""
        self._prepare()
        self._scheduler.start()
        self._heartbeat.start()
        if self._executes:
            self._execution.start()
        for thread in self._threads():
            thread.start()
        emit(
            "engine_started",
            worker=self.worker.pk,
            pid=self.worker.pid,
            tzdata=self.worker.tzdata,
            version=self.worker.version,
            executes=self._executes,
        )

    def _threads(self) -> list[Companion | WakeUps]:
        """All that works beside the ticks, and stops when told to."""
        dispatchers = [self._dispatcher] if self._dispatcher else []
        return [self._wake_ups, self._chores, self._feeder, *dispatchers]

    def _prepare(self) -> None:
        """First of all whether this is a restored copy: recovery would believe what it says."""
        if self._guards_copy:
            check_installation(
                now=self._clock(),
                is_at_work=lambda: another_engine_works(self.worker, clock=self._clock),
            )
        keep_time_limits()
        recover_lost_runs(now=self._clock(), spare=self.worker)
        self._heartbeat.beat()

    def is_stalled(self) -> bool:
        """True when the loop itself has not come round for a minute, whatever the database does."""
        return time.monotonic() - self._store.passed_at > STALL_SECONDS

    def stop(self) -> None:
        """Stop ticking at once, let running jobs end within the grace, give the lease back."""
        self._scheduler.shutdown(wait=False)
        for thread in self._threads():
            thread.stop()
        self._is_over.set()
        self._supervisor.wake()
        if self._executes:
            self._execution.join()
        self._heartbeat.stop()
        self._sign_off()
        emit("engine_stopped", worker=self.worker.pk)

    def _sign_off(self) -> None:
        """Give the lease back; without a database it runs out by itself."""
        try:
            EngineLease.release(self.worker)
            self.worker.end(now=self._clock())
        except DatabaseError as error:
            emit("sign_off_failed", level="warning", error=str(error))

    def run_once(self) -> None:
        """Tick until nothing is due at the clock's instant, then execute what became runnable."""
        self._prepare()
        review_jobs(now=self._clock())
        self._scheduler.tick_until_calm(self._store)
        feed_backfills(now=self._clock())
        if self._executes:
            self._supervisor.run_until_idle()
        self._supervisor.close()
        self._sign_off()

    def _wake_all(self) -> None:
        """The lead changed."""
        self._chores.wake()
        self._wake()

    def _wake(self) -> None:
        """Something changed in another process."""
        self._scheduler.wakeup()
        self._feeder.wake()
        self._wake_executors()

    def _wake_executors(self) -> None:
        """There are runs to start."""
        self._supervisor.wake()
        if self._dispatcher:
            self._dispatcher.wake()

    def _execute(self) -> None:
        """The first tick does not wait until children can be made."""
        self._supervisor.warm_up()
        self._supervisor.run_until(self._is_over.is_set)
        self._supervisor.drain(settings.DRAIN_SECONDS, is_hurried=self._is_hurried)
        self._supervisor.close()
        connection.close()
