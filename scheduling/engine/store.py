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
from scheduling.events import emit
from scheduling.failpoints import reach
from scheduling.models import DueEntry, EngineLease, Installation, JobRevision, LeaseLost

if TYPE_CHECKING:
    from collections.abc import Callable

    from scheduling.clock import Clock
    from scheduling.models import Worker

LONGEST_WAIT = timedelta(seconds=5)
RETRY_WAIT = timedelta(seconds=1)
LOCKED_WAIT = timedelta(milliseconds=100)


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
    """django-apscheduler's table as due index. Lets no exception into APScheduler's loop."""

    def __init__(
        self,
        worker: Worker,
        *,
        clock: Clock,
        lead: Callable[[], int | None],
        on_written: Callable[[int], None],
    ) -> None:
        super().__init__()
        self._worker = worker
        self._clock = clock
        self._lead = lead
        self._on_written = on_written
        self._epoch: int | None = None
        self._prepared_for: int | None = None
        self._accounts: list[Account] = []
        self._has_moved = False
        self.passed_at = time.monotonic()
        self.last_tick_at: datetime | None = None

    def register_event_listeners(self) -> None:
        """History is ours: django-apscheduler's table of executions stays empty."""

    def get_due_jobs(self, now: datetime) -> list[DueSchedule]:
        """The due schedules. An error makes APScheduler wait and call again."""
        self.passed_at = time.monotonic()
        self._accounts = []
        self._epoch = None
        now = self._clock()
        try:
            self._epoch = self._epoch_to_tick_in(now)
            if self._epoch is not None:
                self._accounts = self._read_due(now)
        except Exception:
            connection.close()
            raise
        return [DueSchedule(account, now) for account in self._accounts]

    def _epoch_to_tick_in(self, now: datetime) -> int | None:
        """None while another engine leads, and while the installation is held."""
        epoch = self._lead()
        if epoch is None or Installation.objects.held().exists():
            return None
        if epoch != self._prepared_for:
            adopt_versions(now=now)
            self._prepared_for = epoch
        return epoch

    def _read_due(self, now: datetime) -> list[Account]:
        """What is said to be in force is said just before the schedules are read, afresh."""
        reach("engine.select_due")
        end_pauses(now=now)
        JobRevision.objects.acknowledge(now=now, host=self._worker.host)
        return due_accounts(now=now)

    def update_job(self, job: DueSchedule) -> None:
        """Nothing yet: the tick is written as a whole."""

    def remove_job(self, job_id: str) -> None:
        """A schedule that is never due again stays in the index, held: nothing is lost."""

    def get_next_run_time(self) -> datetime:
        """End of the tick: write what was decided, say when to look again."""
        try:
            settled = self._flush()
            self._has_moved = bool(settled)
            self.last_tick_at = self._clock()
            if settled:
                self._on_written(settled)
            return self._next_look()
        except LeaseLost as error:
            emit("tick_refused", level="warning", error=str(error))
        except Exception as error:  # noqa: BLE001 - an exception here would end APScheduler's loop
            emit("tick_failed", level="error", error=repr(error), exc_info=error)
            connection.close()
        return self._clock() + RETRY_WAIT

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
        now = self._clock()
        due_at = DueEntry.objects.earliest_due() if self._epoch is not None else None
        if due_at is None:
            return now + LONGEST_WAIT
        if due_at <= now and not self._has_moved:
            return now + LOCKED_WAIT  # what is due is being changed by somebody else
        return min(due_at, now + LONGEST_WAIT)
