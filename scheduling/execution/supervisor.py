"""Claims pending runs and sees each through in a child process.

One thread, one loop: wait, read, watch, write the ends, claim. A database that goes away stops the
writing, not the children; what they said is kept and written when it returns.
"""

from __future__ import annotations

import os
import random
import time
from contextlib import suppress
from multiprocessing.connection import wait
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection

from scheduling.clock import utc_now
from scheduling.events import emit
from scheduling.execution import book
from scheduling.execution.child import Child
from scheduling.execution.intake import OfferedRuns, Queue
from scheduling.execution.loss import recover
from scheduling.execution.outage import Outage
from scheduling.execution.runner import Order
from scheduling.execution.verdict import StopCause
from scheduling.execution.zygote import ChildNotStarted, Zygote
from scheduling.failpoints import reach
from scheduling.models import Run
from scheduling.states import Reason

if TYPE_CHECKING:
    from collections.abc import Callable

    from scheduling.clock import Clock
    from scheduling.execution.claiming import Claimed
    from scheduling.execution.offers import Offers
    from scheduling.models import Worker

IDLE_SECONDS = 5.0
WATCH_SECONDS = 0.5
LINGER_SECONDS = 5.0
WARN_AT = 0.8
UNKNOWN_TIME_LIMIT = 3600.0


class Supervisor:
    """Runs at most `slots` children at once on behalf of `worker`.

    It claims from the queue (`only_run`: that one run alone), or what `offers` holds, if given.
    `idle_seconds` tells how long it may sleep at most before it looks at an empty queue again.
    """

    def __init__(
        self,
        worker: Worker,
        *,
        clock: Clock,
        slots: int,
        idle_seconds: Callable[[], float] = lambda: IDLE_SECONDS,
        only_run: int | None = None,
        offers: Offers | None = None,
    ) -> None:
        self.worker = worker
        self.children: list[Child] = []
        self._clock = clock
        self._slots = slots
        self._intake: Queue | OfferedRuns
        if offers is None:
            self._intake = Queue(worker, clock=clock, idle_seconds=idle_seconds, only_run=only_run)
        else:
            self._intake = OfferedRuns(
                worker, clock=clock, idle_seconds=idle_seconds, offers=offers
            )
            offers.listen(self.wake)
        self._zygote = Zygote()
        self._is_draining = False
        self._wake_reader, self._wake_writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._watched_at = 0.0
        self._may_hold_orphans = False
        self._outage = Outage("supervision")

    def warm_up(self) -> None:
        """Get ready, so that the first run does not wait for it. If this fails, that run tries."""
        with suppress(ChildNotStarted, OSError):
            self._zygote.start()

    def close(self) -> None:
        """End the processes that are kept for further runs."""
        self._zygote.close()

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
        self._intake.wake()
        self.turn()
        while self.children:
            self.turn()

    def drain(self, seconds: float, *, is_hurried: Callable[[], bool]) -> None:
        """Claim nothing more, let children end for `seconds`, then stop them by the ladder; once
        `is_hurried`, kill them.
        """
        self._is_draining = True
        self._intake.close()
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
        """One round of the loop. Lets no error out: the next round tries again."""
        try:
            self._release_orphans()
            self._wait()
            for child in self.children:
                child.read()
            self._watch()
            self._reap()
            self._claim()
        except Exception as error:  # noqa: BLE001 - one bad run must not end the loop for all
            self._may_hold_orphans = True
            connection.close()
            time.sleep(self._outage.failed(error))
        else:
            self._outage.is_over()

    def _release_orphans(self) -> None:
        """After a fault: runs that were claimed, and whose children were not started."""
        if not self._may_hold_orphans:
            return
        mine = [child.run.pk for child in self.children]
        orphans = list(Run.objects.held_by(self.worker).exclude(pk__in=mine))
        recover(orphans, who=str(self.worker), now=self._clock(), have_begun=False)
        self._may_hold_orphans = False

    @property
    def _free(self) -> int:
        return 0 if self._is_draining else self._slots - len(self.children)

    def _claim(self) -> None:
        """Start what may start. An order that cannot be sent keeps no other run from it; where no
        child can be made, the others wait too.
        """
        failure: Exception | None = None
        for claimed in self._intake.claim(self._free):
            try:
                self._hand_on()
                self._start(claimed)
            except Exception as error:
                self._intake.settle(claimed.run.pk)
                if isinstance(error, ChildNotStarted):
                    raise
                failure = error
        if failure is not None:
            raise failure

    def _hand_on(self) -> None:
        """Before another process is forked: one whose attempt ended meanwhile serves again."""
        for child in self.children:
            if self._zygote.has_idle:
                return
            child.hand_on()

    def _start(self, claimed: Claimed) -> None:
        reach("execution.dispatch")
        run, attempt = claimed.run, claimed.attempt
        order = Order(
            run_id=run.pk,
            attempt=attempt.number,
            clock_offset=self._clock() - utc_now(),
            memory_limit_mb=settings.RUN_MEMORY_LIMIT_MB,
            job=run.frozen_job,
            planned_at=run.planned_at,
            dry_run=run.dry_run,
            sources=claimed.sources,
            left_out=claimed.left_out,
        )
        child = Child(run, attempt, order, self._clock, self._zygote)
        self.children.append(child)
        emit("run_started", area="supervisor", run=run.pk, job=run.job_id, pid=child.pid)

    def _wait(self) -> None:
        rests = [WATCH_SECONDS] if self.children else []
        if self._free > 0:
            rests.append(self._intake.seconds_left())
        if any(child.is_closed for child in self.children):
            rests.append(0.0)  # their ends are still to be recorded
        waitables = [item for child in self.children for item in child.waitables]
        ready = wait([self._wake_reader, *waitables], timeout=min(rests, default=0.0))
        if self._wake_reader in ready:
            os.read(self._wake_reader, 1024)
            self._intake.wake()

    def _watch(self) -> None:
        """Twice a second: look for stop requests and time limits, write what came in."""
        if not self.children or time.monotonic() - self._watched_at < WATCH_SECONDS:
            return
        self._watched_at = time.monotonic()
        reach("execution.heartbeat")
        watched = Run.objects.filter(pk__in=[child.run.pk for child in self.children])
        rows = watched.only("state", "claim_epoch", "stop_requested_at", "stop_reason").in_bulk()
        for child in self.children:
            self._watch_one(child, rows.get(child.run.pk))
        book.write_progress(
            [child for child in self.children if child.stop_cause is not StopCause.FENCED]
        )

    def _watch_one(self, child: Child, row: Run | None) -> None:
        if child.has_ended():
            return
        if row is None or not row.is_held_under(child.run.claim_epoch):
            child.ask_to_stop(StopCause.FENCED)
            child.kill()
        elif row.stop_requested_at is not None:
            replaced = row.stop_reason == Reason.REPLACED
            child.ask_to_stop(StopCause.REPLACED if replaced else StopCause.USER)
        self._hold_to_time_limit(child)
        if child.message is not None and time.monotonic() - child.message_at > LINGER_SECONDS:
            child.kill()  # it said its last word, and neither ends nor waits for another order
        child.climb(stop_grace=settings.STOP_GRACE_SECONDS, term_grace=settings.TERM_GRACE_SECONDS)

    def _hold_to_time_limit(self, child: Child) -> None:
        limit = _time_limit(child.run)
        elapsed = time.monotonic() - child.started_at
        if elapsed >= limit * WARN_AT and not child.is_stack_shown:
            child.note("WARNING", f"{elapsed:.0f} s of the {limit:.0f} s allowed are over.")
            child.show_stack()
        if elapsed >= limit:
            child.ask_to_stop(StopCause.TIME_LIMIT)

    def _reap(self) -> None:
        ended = [child for child in self.children if child.has_ended()]
        if not ended:
            return
        endings = [(child, child.ending(is_shutdown=self._is_draining)) for child in ended]
        reach("execution.before_finish")
        book.write_endings(endings, who=str(self.worker), now=self._clock(), draw=random.random)
        reach("execution.after_finish")
        for child in ended:
            self.children.remove(child)
            child.close()
            self._intake.settle(child.run.pk)


def _time_limit(run: Run) -> float:
    """In seconds, as it was when the run was made."""
    limit = run.frozen_job.get("time_limit_seconds")
    return limit if isinstance(limit, int | float) else UNKNOWN_TIME_LIMIT
