"""APScheduler's plug-in points carrying our semantics: trigger, executor and store around `decide`.

One pass of APScheduler's loop is one tick: the store hands out what is due, the executor decides
each, and where the loop asks for the next wake-up the store writes everything in one transaction.
See docs/adr/0001.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from apscheduler.executors.base import BaseExecutor
from apscheduler.job import Job as HostedJob
from apscheduler.triggers.base import BaseTrigger
from django.db import connection, transaction
from django_apscheduler.jobstores import DjangoJobStore

from scheduling.actions.installation import adopt_versions
from scheduling.actions.jobs import end_pauses
from scheduling.actions.ledger import Account, due_accounts, still_current, write_accounts
from scheduling.engine.outlook import Outlook, read_outlook
from scheduling.events import emit
from scheduling.execution.outage import Outage
from scheduling.failpoints import reach
from scheduling.models import DueEntry, EngineLease, JobRevision, LeaseLost

if TYPE_CHECKING:
    from collections.abc import Callable

    from scheduling.clock import Clock
    from scheduling.models import Worker

SHORTEST_LOCKED_SECONDS = 0.1
LONGEST_LOCKED_SECONDS = 5.0
PAUSES_REST_SECONDS = 5.0


class DecidedTrigger(BaseTrigger):  # type: ignore[misc]
    """Says when a schedule is next due: what `decide` found, read from the account."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def get_next_fire_time(
        self, previous_fire_time: datetime | None, now: datetime
    ) -> datetime | None:
        return self._account.next_due_at


class DueSchedule(HostedJob):  # type: ignore[misc]
    """A due schedule as APScheduler sees it. Built from our rows, never unpickled.

    It has one run time however many instants were missed: `decide` accounts for all of them, so
    nothing is enumerated here.
    """

    def __init__(self, account: Account, due_at: datetime) -> None:
        self.account = account
        self.id = str(account.schedule.pk)
        self.name = self.id
        self.executor = "default"
        self.trigger = DecidedTrigger(account)
        self.next_run_time = due_at
        self.coalesce = False
        self.max_instances = 1
        self.misfire_grace_time = None

    def _get_run_times(self, now: datetime) -> list[datetime]:
        return [self.next_run_time]

    def _modify(self, **changes: Any) -> None:
        self.next_run_time = changes["next_run_time"]


class DecidingExecutor(BaseExecutor):  # type: ignore[misc]
    """Hands a due schedule to `decide`; running jobs is the supervisor's work."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock

    def submit_job(self, job: DueSchedule, run_times: list[datetime]) -> None:
        job.account.settle(now=self._clock())

    def _do_submit_job(self, job: DueSchedule, run_times: list[datetime]) -> None:
        raise TypeError("submit_job does all the work.")


class DueIndexStore(DjangoJobStore):  # type: ignore[misc]
    """django-apscheduler's table as due index. Lets no exception into APScheduler's loop.

    `idle_seconds` says how long it may go without looking while nothing is due.
    """

    def __init__(
        self,
        worker: Worker,
        *,
        clock: Clock,
        lead: Callable[[], int | None],
        on_written: Callable[[], None],
        idle_seconds: Callable[[], float],
    ) -> None:
        super().__init__()
        self._worker = worker
        self._clock = clock
        self._lead = lead
        self._on_written = on_written
        self._idle_seconds = idle_seconds
        self._prepared_for: int | None = None
        self._epoch: int | None = None
        self._outlook: Outlook | None = None
        self._accounts: list[Account] = []
        self._has_moved = False
        self._outage = Outage("tick")
        self._retry_seconds = 0.0
        self._locked_seconds = 0.0
        self._pauses_rest_until = 0.0
        self.passed_at = time.monotonic()
        self.last_tick_at: datetime | None = None

    def register_event_listeners(self) -> None:
        """History is ours: django-apscheduler's table of executions stays empty."""

    def get_due_jobs(self, now: datetime) -> list[DueSchedule]:
        """The due schedules; none while another engine leads, or while the database is away."""
        self.passed_at = time.monotonic()
        self._epoch, self._outlook, self._accounts = self._lead(), None, []
        self._retry_seconds = 0.0
        now = self._clock()
        if self._epoch is None:
            return []
        try:
            self._outlook = self._look(self._epoch, now)
            if self._outlook is not None:
                self._accounts = self._read_due(self._outlook, now)
        except Exception as error:  # noqa: BLE001 - APScheduler would log it each time
            self._fail(error)
        return [DueSchedule(account, now) for account in self._accounts]

    def _look(self, epoch: int, now: datetime) -> Outlook | None:
        """None while the installation is held, and once another engine leads after all."""
        reach("engine.select_due")
        if epoch != self._prepared_for:
            adopt_versions(now=now)
            self._prepared_for = epoch
        outlook = read_outlook(self._worker, epoch)
        return None if outlook is None or outlook.is_held else outlook

    def _read_due(self, outlook: Outlook, now: datetime) -> list[Account]:
        """What is said to be in force is said just before the schedules are read, afresh."""
        if outlook.has_pause_to_end(now):
            self._end_pauses(now)
        if outlook.has_unsaid:
            JobRevision.objects.acknowledge(now=now, host=self._worker.host)
        return due_accounts(now=now) if outlook.is_due(now) else []

    def _end_pauses(self, now: datetime) -> None:
        """After one that failed all of them rest for some seconds: it would fail at each tick."""
        if time.monotonic() >= self._pauses_rest_until and not end_pauses(now=now):
            self._pauses_rest_until = time.monotonic() + PAUSES_REST_SECONDS

    def update_job(self, job: DueSchedule) -> None:
        """Nothing yet: the tick is written as a whole."""

    def remove_job(self, job_id: str) -> None:
        """A schedule that is never due again stays in the index, held: nothing is lost."""

    def get_next_run_time(self) -> datetime:
        """End of the tick: write what was decided, say when to look again."""
        try:
            if not self._retry_seconds:
                return self._finish_tick()
        except LeaseLost as error:
            emit("tick_refused", level="warning", error=str(error))
        except Exception as error:  # noqa: BLE001 - an exception here would end APScheduler's loop
            self._fail(error)
        return self._in_seconds(self._retry_seconds)

    def _finish_tick(self) -> datetime:
        settled = self._flush()
        self._has_moved = bool(settled)
        self.last_tick_at = self._clock()
        if settled:
            self._on_written()
        next_look = self._next_look()
        self._outage.is_over()
        return next_look

    def _fail(self, error: Exception) -> None:
        self._retry_seconds = self._outage.failed(error)
        self._accounts = []
        connection.close()

    def _flush(self) -> int:
        """Write the tick; return how many schedules it settled."""
        if self._epoch is None or not self._accounts:
            return 0
        reach("engine.compute")
        with transaction.atomic():
            EngineLease.confirm(self._worker, self._epoch)
            current = still_current(self._accounts)
            write_accounts(current, now=self._clock())
            reach("engine.before_commit")
        reach("engine.after_commit")
        return len(current)

    def has_more(self) -> bool:
        """True while something is due at the clock's instant, and the last tick settled some."""
        return self._has_moved and DueEntry.objects.due(self._clock()).exists()

    def _next_look(self) -> datetime:
        """When something is due next, at most `idle_seconds` from now."""
        idle_until = self._in_seconds(self._idle_seconds())
        if self._epoch is None or self._outlook is None:
            return idle_until
        now, outlook = self._clock(), self._outlook
        if self._has_moved or outlook.is_due(now):
            outlook = read_outlook(self._worker, self._epoch) or outlook
        if not outlook.is_due(now):
            self._locked_seconds = 0.0
            return min(outlook.next_at or idle_until, idle_until)
        return now if self._has_moved else self._after_locked(now, idle_until)

    def _after_locked(self, now: datetime, idle_until: datetime) -> datetime:
        """Somebody else holds what is due: look at it less and less often, at the rest in time."""
        self._locked_seconds = min(
            max(2 * self._locked_seconds, SHORTEST_LOCKED_SECONDS), LONGEST_LOCKED_SECONDS
        )
        other_at = DueEntry.objects.earliest_due(after=now)
        return min(self._in_seconds(self._locked_seconds), other_at or idle_until)

    def _in_seconds(self, seconds: float) -> datetime:
        return self._clock() + timedelta(seconds=seconds)
