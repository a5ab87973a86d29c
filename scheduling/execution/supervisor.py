"""Claims pending runs and sees each through in a child process: the local executor.

One thread, one loop: claim, wait, read, watch, write, reap. A database that goes away stops the
writing, not the children; what they said is kept and written when it returns.
"""

from __future__ import annotations

import os
import random
import time
from multiprocessing.connection import wait
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection

from scheduling.clock import utc_now
from scheduling.events import emit
from scheduling.execution import book
from scheduling.execution.child import Child
from scheduling.execution.claiming import candidates, claim
from scheduling.execution.loss import recover
from scheduling.execution.runner import Order
from scheduling.execution.verdict import StopCause
from scheduling.failpoints import reach
from scheduling.models import Attempt, Run
from scheduling.states import Reason

if TYPE_CHECKING:
    from collections.abc import Callable

    from scheduling.clock import Clock
    from scheduling.models import Worker

POLL_SECONDS = 5.0
WATCH_SECONDS = 0.5
LINGER_SECONDS = 5.0
WARN_AT = 0.8
SHORTEST_OUTAGE_PAUSE = 0.5
LONGEST_OUTAGE_PAUSE = 5.0


class Supervisor:
    """Runs at most `slots` children at once on behalf of `worker`."""

    def __init__(
        self,
        worker: Worker,
        *,
        clock: Clock,
        slots: int,
        poll_seconds: float = POLL_SECONDS,
        only_run: int | None = None,
    ) -> None:
        self.worker = worker
        self.children: list[Child] = []
        self._clock = clock
        self._slots = slots
        self._poll_seconds = poll_seconds
        self._only_run = only_run
        self._is_draining = False
        self._wake_reader, self._wake_writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._watched_at = 0.0
        self._claim_at = 0.0
        self._may_hold_orphans = False
        self._outage_pause = SHORTEST_OUTAGE_PAUSE

    def wake(self) -> None:
        """Look for pending runs now; may be called from any thread."""
        try:
            os.write(self._wake_writer, b".")
        except BlockingIOError:
            return  # a full pipe wakes the loop all the same

    def run_until(self, is_over: Callable[[], bool]) -> None:
        """Loop until `is_over`; children still running then are left to `drain`."""
        while not is_over():
            self.turn()

    def run_until_idle(self) -> None:
        """Execute what may start now and everything it leaves behind, then return."""
        self._claim_at = 0.0
        self.turn()
        while self.children:
            self.turn()

    def drain(self, seconds: float, *, is_hurried: Callable[[], bool]) -> None:
        """Claim nothing more, let children end for `seconds`, then stop them by the ladder; once
        `is_hurried`, kill them.
        """
        self._is_draining = True
        deadline = time.monotonic() + seconds
        while self.children:
            for child in self.children:
                if is_hurried():
                    child.ask_to_stop(StopCause.SHUTDOWN)
                    child.kill()
                elif time.monotonic() >= deadline:
                    child.ask_to_stop(StopCause.SHUTDOWN)
            self.turn()

    def turn(self) -> None:
        """One round of the loop. Lets no database error out: the next round tries again."""
        try:
            self._release_orphans()
            self._claim()
            self._wait()
            for child in self.children:
                child.read()
            self._watch()
            self._reap()
            self._outage_pause = SHORTEST_OUTAGE_PAUSE
        except (DatabaseError, InterfaceError) as error:
            self._recover_from("database_unreachable", error)
        except Exception as error:  # noqa: BLE001 - one bad run must not end the loop for all
            self._recover_from("supervisor_fault", error)

    def _recover_from(self, name: str, error: Exception) -> None:
        emit(name, area="supervisor", level="error", error=repr(error), exc_info=error)
        self._may_hold_orphans = True
        connection.close()
        time.sleep(self._outage_pause)
        self._outage_pause = min(self._outage_pause * 2, LONGEST_OUTAGE_PAUSE)

    def _release_orphans(self) -> None:
        """After a fault: runs claimed in a commit that seemed to fail never started."""
        if not self._may_hold_orphans:
            return
        mine = [child.run.pk for child in self.children]
        for run in Run.objects.held_by(self.worker).exclude(pk__in=mine):
            recover(run, who=str(self.worker), now=self._clock())
        self._may_hold_orphans = False

    def _claim(self) -> None:
        free = self._slots - len(self.children)
        if free <= 0 or self._is_draining or time.monotonic() < self._claim_at:
            return
        self._claim_at = time.monotonic() + self._poll_seconds
        found = candidates(self._clock(), limit=free, only_run=self._only_run)
        for run in found:
            attempt = claim(run, self.worker, now=self._clock())
            reach("execution.claim")
            if attempt is not None:
                self._start(run, attempt)
        if found:
            self._claim_at = 0.0  # there may be more

    def _start(self, run: Run, attempt: Attempt) -> None:
        reach("execution.dispatch")
        order = Order(
            run_id=run.pk,
            claim_epoch=run.claim_epoch,
            attempt=attempt.number,
            clock_offset=self._clock() - utc_now(),
            memory_limit_mb=settings.RUN_MEMORY_LIMIT_MB,
        )
        child = Child(run, attempt, order, self._clock)
        self.children.append(child)
        attempt.note_pid(child.pid)
        emit("run_started", area="supervisor", run=run.pk, job=run.job_id, pid=child.pid)

    def _wait(self) -> None:
        timeout = WATCH_SECONDS if self.children else self._claim_at - time.monotonic()
        waitables = [item for child in self.children for item in child.waitables]
        ready = wait([self._wake_reader, *waitables], timeout=max(timeout, 0.0))
        if self._wake_reader in ready:
            os.read(self._wake_reader, 1024)
            self._claim_at = 0.0

    def _watch(self) -> None:
        """Twice a second: write what came in, look for stop requests and time limits."""
        if not self.children or time.monotonic() - self._watched_at < WATCH_SECONDS:
            return
        self._watched_at = time.monotonic()
        reach("execution.heartbeat")
        held = {run.pk: run for run in Run.objects.filter(pk__in=[c.run.pk for c in self.children])}
        for child in self.children:
            self._watch_one(child, held.get(child.run.pk))
            book.write_progress(child)

    def _watch_one(self, child: Child, row: Run | None) -> None:
        if row is None or row.claim_epoch != child.run.claim_epoch or row.is_final:
            child.ask_to_stop(StopCause.FENCED)
            child.kill()
        elif row.stop_requested_at is not None:
            replaced = row.stop_reason == Reason.REPLACED
            child.ask_to_stop(StopCause.REPLACED if replaced else StopCause.USER)
        self._hold_to_time_limit(child)
        if child.message is not None and time.monotonic() - child.message_at > LINGER_SECONDS:
            child.kill()  # it said its last word; a thread of the kind keeps it from exiting
        child.climb(stop_grace=settings.STOP_GRACE_SECONDS, term_grace=settings.TERM_GRACE_SECONDS)

    def _hold_to_time_limit(self, child: Child) -> None:
        limit = child.run.snapshot["job"]["time_limit_seconds"]
        elapsed = time.monotonic() - child.started_at
        if elapsed >= limit:
            child.ask_to_stop(StopCause.TIME_LIMIT)
        elif elapsed >= limit * WARN_AT and not child.is_stack_shown:
            child.note("WARNING", f"{elapsed:.0f} s of the {limit:.0f} s allowed are over.")
            child.show_stack()

    def _reap(self) -> None:
        for child in [child for child in self.children if child.has_ended()]:
            ending = child.ending(is_shutdown=self._is_draining)
            reach("execution.before_finish")
            book.write_ending(
                child, ending, worker=self.worker, now=self._clock(), draw=random.random
            )
            reach("execution.after_finish")
            self.children.remove(child)
            child.close()
            self._claim_at = 0.0
