"""From what `decide` says to rows in the ledger.

The engine's tick, edits, pauses and repairs all come through here. Invariants I1, I2, I6 and I8 are
kept here: rows, the mark up to which a schedule is accounted for, and the due index move in one
transaction; an occurrence that is in the ledger already stays as it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Count, Min, Q

from scheduling.actions.runs import make_room
from scheduling.actions.snapshots import frozen_sources, snapshot
from scheduling.actions.storms import hold_back
from scheduling.environment import record_environment
from scheduling.events import emit
from scheduling.execution.streaks import note_overlaps
from scheduling.failpoints import reach
from scheduling.kinds import BadParameters
from scheduling.models import DueEntry, Job, Origin, Run, Schedule, rank
from scheduling.models.bulk import UNWRITABLE, insert_new, set_instants
from scheduling.planning.decide import decide, decide_pause_span
from scheduling.planning.refusals import BadRule
from scheduling.planning.verdicts import Decision, Disposition, Ground, RangeVerdict, Verdict
from scheduling.registry import UnknownKind, get_kind
from scheduling.states import Reason, RunState

if TYPE_CHECKING:
    from scheduling.actions.snapshots import FrozenSources

TICK_LIMIT = 5_000
Rows = list[dict[str, Any]]
NO_ROW = "The ledger can take no row of it"
STATES = {
    Disposition.RUN: RunState.PENDING,
    Disposition.ASK: RunState.PENDING,
    Disposition.MISSED: RunState.MISSED,
    Disposition.SKIPPED: RunState.SKIPPED,
}


@dataclass(frozen=True)
class OpenRuns:
    """How many runs of a job are active and queued, and the oldest of them."""

    active: int = 0
    queued: int = 0
    oldest: int | None = None


class Account:
    """One schedule's books: what has to be settled at an instant, and what was decided."""

    def __init__(
        self,
        schedule: Schedule,
        open_runs: OpenRuns = OpenRuns(),
        sources: FrozenSources | None = None,
    ) -> None:
        self.schedule = schedule
        self.decision: Decision | None = None
        self.fault: BadRule | UnknownKind | BadParameters | None = None
        self._open_runs = open_runs
        self._sources = sources
        self._held_for = Reason.PAUSED

    @property
    def next_due_at(self) -> datetime | None:
        return None if self.decision is None else self.decision.next_due_at

    def settle(self, *, now: datetime, waits_for_jitter: bool = True) -> None:
        """Decide what becomes of all that is due at `now`."""
        self._decide_by(lambda: self._decide(now, waits_for_jitter=waits_for_jitter))

    def skip(self, reason: Reason, *, now: datetime) -> None:
        """Decide that all that might have run until `now` is skipped, for one reason."""
        self._held_for = reason
        accounted_until = self.schedule.accounted_until
        self._decide_by(
            lambda: decide_pause_span(
                self.schedule.plan(), accounted_until=accounted_until, until=now
            )
        )

    def _decide(self, now: datetime, *, waits_for_jitter: bool) -> Decision:
        get_kind(self.schedule.job.kind).read_params(self.schedule.job.params)
        plan = self.schedule.plan()
        return decide(
            plan if waits_for_jitter else replace(plan, jitter_seconds=0),
            self.schedule.job.policy(),
            accounted_until=self.schedule.accounted_until,
            now=now,
            active=self._open_runs.active,
            queued=self._open_runs.queued,
        )

    def _decide_by(self, deciding: Callable[[], Decision]) -> None:
        """A schedule that cannot be decided is held, and disturbs no other (invariant I4)."""
        try:
            self.decision = deciding()
        except (BadRule, UnknownKind, BadParameters) as error:
            self.fault = error
        except Exception as error:  # noqa: BLE001 - our own fault with one row: hold it, go on
            self.fail(error, "It cannot be decided")

    def fail(self, error: Exception, what: str) -> None:
        """Nothing of it is entered; it is held."""
        emit("decision_failed", level="error", schedule=self.schedule.pk, exc_info=error)
        self.decision = None
        self.fault = BadRule("schedule", f"{what}: {error!r}.")

    def rows(self, *, now: datetime) -> Rows:
        """The columns of the ledger's new rows; none if a value of the job fits none."""
        if self.decision is None or not self.decision.rows:
            return []
        try:
            frozen = snapshot(self.schedule.job, self.schedule, sources=self._sources)
            return [self._row(verdict, frozen, now=now) for verdict in self.decision.rows]
        except UNWRITABLE as error:
            self.fail(error, NO_ROW)
            return []

    def replaces(self) -> bool:
        """True if a decided run takes the place of the active one."""
        rows = self.decision.rows if self.decision is not None else ()
        return any(row.replaces for row in rows)

    def _row(
        self, verdict: Verdict | RangeVerdict, frozen: dict[str, Any], *, now: datetime
    ) -> dict[str, Any]:
        state = STATES[verdict.disposition]
        reason = self._held_for if verdict.reason is Ground.PAUSED else verdict.reason or ""
        instants = _instants(verdict)
        priority = self.schedule.job.priority
        return {
            "job": self.schedule.job_id,
            "schedule": self.schedule.pk,
            "origin": Origin.SCHEDULE,
            "snapshot": frozen,
            "state": state,
            "reason": reason,
            "in_the_way": self._open_runs.oldest if reason == Reason.OVERLAP else None,
            "covered_by_planned_at": verdict.coalesced_into,
            "created_at": now,
            "finished_at": None if state is RunState.PENDING else now,
            "parallel_limit": self.schedule.job.parallel_limit,
            "pool": self.schedule.job.pool_name,
            "weight": self.schedule.job.weight,
            "ranked_at": rank(instants["due_at"], priority) if state is RunState.PENDING else None,
            "needs_answer": verdict.disposition is Disposition.ASK,
            **instants,
        }


def _instants(verdict: Verdict | RangeVerdict) -> dict[str, Any]:
    """The columns that say when: of one occurrence, or of a range."""
    if isinstance(verdict, RangeVerdict):
        first = verdict.planned_at
        return {
            "planned_at": first,
            "planned_local": "",
            "due_at": first,
            "available_at": first,
            "covers_until": verdict.last_planned_at,
            "covers_count": verdict.count,
            "is_late": False,
            "may_wait": False,
        }
    return {
        "planned_at": verdict.planned_at,
        "planned_local": local_text(verdict.local, verdict.fold),
        "due_at": verdict.due_at,
        "available_at": verdict.due_at,
        "covers_until": None,
        "covers_count": 1,
        "is_late": verdict.late,
        "may_wait": verdict.queues,
    }


def local_text(local: datetime, fold: int) -> str:
    """The column `planned_local`: the reading that the rule names."""
    return local.isoformat() + (" (second time)" if fold else "")


def due_accounts(*, now: datetime) -> list[Account]:
    """The books of the schedules that are due, the longest due first, at most TICK_LIMIT."""
    due = list(DueEntry.objects.due(now)[:TICK_LIMIT])
    if not due:
        return []
    schedules = Schedule.objects.filter(pk__in=due).select_related("job")
    open_runs = _open_runs()
    sources = frozen_sources(Job.objects.filter(schedules__in=due))
    return [
        Account(
            schedule,
            open_runs.get(schedule.job_id, OpenRuns()),
            sources.get(schedule.job_id, {}),
        )
        for schedule in schedules
        # A pause that ends now is due too; it is ended before its schedules are looked at.
        if not schedule.job.is_paused
    ]


def _open_runs(**job: Any) -> dict[int, OpenRuns]:
    """Job -> the open runs that its occurrences meet, for all jobs that have any.

    `job` filters the jobs.
    """
    rows = (
        Run.objects.open()
        .in_schedule_lane()
        .filter(**job)
        .order_by()
        .values("job")
        .annotate(
            queued=Count("pk", filter=Q(state=RunState.PENDING, attempt_count=0)),
            number=Count("pk"),
            oldest=Min("pk"),
        )
    )
    return {
        row["job"]: OpenRuns(row["number"] - row["queued"], row["queued"], row["oldest"])
        for row in rows
    }


def still_current(accounts: Sequence[Account]) -> list[Account]:
    """Lock the jobs and leave out the books of those that changed since they were read.

    A pause, an edit or a hold in between has written the due index itself; the next tick sees it.
    """
    ids = {account.schedule.job_id for account in accounts}
    # A job that somebody changes right now is left to the next tick: no other waits for it.
    free = Job.objects.locked(skip_locked=True).filter(pk__in=ids)
    versions = {pk: version for pk, *version in free.values_list("pk", *Job.VERSION_FIELDS)}
    return [
        account
        for account in accounts
        if versions.get(account.schedule.job_id) == account.schedule.job.version
    ]


def write_accounts(accounts: Sequence[Account], *, now: datetime) -> None:
    """Write the books, inside the caller's transaction."""
    rows_of = {account: account.rows(now=now) for account in accounts}
    rows = _all_of(rows_of)
    if rows:
        record_environment(now=now)
        hold_back(rows, now=now)
        rows = _insert(rows_of)
    reach("engine.insert")
    overlaps = Counter(row["job"] for row in rows if row["reason"] == Reason.OVERLAP)
    if overlaps:
        note_overlaps(overlaps, now=now)
    _move_marks(accounts)
    for account in accounts:
        if account.replaces():
            make_room(account.schedule.job_id, by=str(account.schedule), now=now)
        if account.fault is not None:
            _hold(account.schedule, account.fault)


def _insert(rows_of: Mapping[Account, Rows]) -> Rows:
    """Enter the rows, all together or else account by account; return those that were entered."""
    rows = _all_of(rows_of)
    try:
        with transaction.atomic():
            insert_new(Run, rows)
    except UNWRITABLE:
        return [row for account, alone in rows_of.items() for row in _insert_alone(account, alone)]
    return rows


def _insert_alone(account: Account, rows: Rows) -> Rows:
    """A schedule whose rows cannot be entered is held, and disturbs no other (invariant I4)."""
    try:
        with transaction.atomic():
            insert_new(Run, rows)
    except UNWRITABLE as error:
        account.fail(error, NO_ROW)
        return []
    return rows


def _all_of(rows_of: Mapping[Account, Rows]) -> Rows:
    return [row for rows in rows_of.values() for row in rows]


def _move_marks(accounts: Sequence[Account]) -> None:
    """Move `accounted_until` and the due index; a schedule without a decision is held."""
    accounted = {
        account.schedule.pk: account.decision.accounted_until
        for account in accounts
        if account.decision is not None
    }
    set_instants(Schedule, "accounted_until", accounted)
    due = {account.schedule.pk: account.next_due_at for account in accounts}
    set_instants(DueEntry, "next_run_time", due)


def _hold(schedule: Schedule, fault: BadRule | UnknownKind | BadParameters) -> None:
    """Quarantine what is at fault: the schedule's rule, or the job."""
    if isinstance(fault, BadRule):
        schedule.quarantine(str(fault))
    else:
        schedule.job.quarantine(fault_code(fault), str(fault))
    emit("quarantined", level="error", schedule=schedule.pk, job=schedule.job_id, why=str(fault))


def fault_code(fault: UnknownKind | BadParameters) -> Reason:
    return Reason.UNKNOWN_KIND if isinstance(fault, UnknownKind) else Reason.BAD_PARAMETERS


def account_until_now(schedule: Schedule, *, now: datetime) -> None:
    """Write down what the schedule's rule named until `now`, before the rule changes.

    Of a job that cannot run, nobody having noticed yet, the occurrences are skipped for that. An
    occurrence that still waits for its jitter is entered too: the new rule would not name it.
    """
    open_runs = _open_runs(job=schedule.job_id).get(schedule.job_id, OpenRuns())
    account = Account(schedule, open_runs)
    account.settle(now=now, waits_for_jitter=False)
    if isinstance(account.fault, UnknownKind | BadParameters):
        skip_span(schedule, reason=fault_code(account.fault), now=now)
    else:
        write_accounts([account], now=now)


def skip_span(schedule: Schedule, *, reason: Reason, now: datetime) -> None:
    """Record what was held back until `now` as skipped; the next future occurrence is next."""
    account = Account(schedule)
    account.skip(reason, now=now)
    write_accounts([account], now=now)
