"""What a simulation foresees: its rows, as the ledger would have them, and its figures. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from scheduling.planning.verdicts import RangeVerdict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scheduling.planning.plan import Plan
    from scheduling.planning.policy import Policy
    from scheduling.planning.verdicts import Ground, Row


class Fate(StrEnum):
    """What became of an occurrence by the end of the simulation.

    RUNNING and WAITING had not ended then; ASKED waits for a person's word; REPLACED was cancelled
    for a newer run.
    """

    RAN = "RAN"
    RUNNING = "RUNNING"
    WAITING = "WAITING"
    ASKED = "ASKED"
    SKIPPED = "SKIPPED"
    MISSED = "MISSED"
    REPLACED = "REPLACED"


class Outage(NamedTuple):
    """From `start` up to, not including, `end` no engine is at work."""

    start: datetime
    end: datetime


@dataclass(frozen=True, kw_only=True)
class SimulatedJob:
    """A job: its plans by the key of their schedule, its policy, how long a run of it takes.

    `length` None: unknown; its runs then end the instant they begin. `since`: its schedules name
    nothing before it, because the job is paused until then.
    """

    key: int
    plans: dict[int, Plan]
    policy: Policy
    length: timedelta | None
    since: datetime | None = None


@dataclass(slots=True, eq=False)
class SimulatedRow:
    """A row of the ledger to come. `verdict` says which occurrence it is, or which range.

    `meets`: another run of its job was active or waiting when it was decided. `held_until`: the
    storm brake lets it begin then.
    """

    job: int
    schedule: int
    verdict: Row
    fate: Fate
    reason: Ground | None = field(init=False)
    meets: bool = False
    held_until: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None

    def __post_init__(self) -> None:
        self.reason = self.verdict.reason

    @property
    def planned_at(self) -> datetime:
        return self.verdict.planned_at

    @property
    def due_at(self) -> datetime:
        return self.verdict.due_at

    @property
    def available_at(self) -> datetime:
        return self.held_until or self.due_at

    @property
    def covers_until(self) -> datetime | None:
        return self.verdict.last_planned_at if isinstance(self.verdict, RangeVerdict) else None

    @property
    def count(self) -> int:
        """How many occurrences the row stands for."""
        return self.verdict.count if isinstance(self.verdict, RangeVerdict) else 1

    @property
    def is_late(self) -> bool:
        return self.verdict.late

    @property
    def may_wait(self) -> bool:
        return self.verdict.queues


@dataclass(frozen=True)
class Forecast:
    """The rows up to, not including, `end`, in the order in which an engine would write them."""

    end: datetime
    rows: list[SimulatedRow]


@dataclass(slots=True)
class Figures:
    """Occurrences by fate and by the reason they did not run, and how long runs had to wait."""

    fates: Counter[Fate] = field(default_factory=Counter)
    reasons: Counter[Ground] = field(default_factory=Counter)
    longest_wait: timedelta = timedelta(0)
    longest_queue: int = 0

    @property
    def named(self) -> int:
        return self.fates.total()

    @property
    def started(self) -> int:
        return self.fates[Fate.RAN] + self.fates[Fate.RUNNING] + self.fates[Fate.REPLACED]

    @property
    def why_not(self) -> list[tuple[Ground, int]]:
        """The reasons with their numbers, the most frequent first."""
        return self.reasons.most_common()

    @property
    def skipped(self) -> int:
        return self.fates[Fate.SKIPPED]

    @property
    def missed(self) -> int:
        return self.fates[Fate.MISSED]

    @property
    def asked(self) -> int:
        """Missed ones that wait for a person's word."""
        return self.fates[Fate.ASKED]

    @property
    def waiting(self) -> int:
        """Those that wait for their turn at the end."""
        return self.fates[Fate.WAITING]


class Busiest(NamedTuple):
    """The minute in which most runs begin, and how many run side by side at the most."""

    minute: datetime
    started: int
    side_by_side: int


def figures(rows: Iterable[SimulatedRow], *, end: datetime) -> Figures:
    """The figures of some rows of a forecast that ends at `end`."""
    found = Figures()
    waits: list[tuple[datetime, datetime]] = []
    for row in rows:
        found.fates[row.fate] += row.count
        if row.reason is not None:
            found.reasons[row.reason] += row.count
        begins = row.started_at or (end if row.fate is Fate.WAITING else row.due_at)
        if begins > row.due_at:
            waits.append((row.due_at, begins))
    if waits:
        found.longest_wait = max(begins - due_at for due_at, begins in waits)
        found.longest_queue = most_at_once(waits)
    return found


def figures_by_job(forecast: Forecast) -> dict[int, Figures]:
    """The figures of each job that has rows."""
    rows: dict[int, list[SimulatedRow]] = {}
    for row in forecast.rows:
        rows.setdefault(row.job, []).append(row)
    return {job: figures(of_job, end=forecast.end) for job, of_job in rows.items()}


def busiest(forecast: Forecast) -> Busiest | None:
    """The busiest minute, the first of several; None if nothing starts."""
    at_work = [
        (row.started_at, row.ended_at or forecast.end)
        for row in forecast.rows
        if row.started_at is not None
    ]
    if not at_work:
        return None
    starts = Counter(started_at.replace(second=0, microsecond=0) for started_at, _ in at_work)
    minute = min(starts, key=lambda at: (-starts[at], at))
    return Busiest(minute, starts[minute], most_at_once(at_work))


def most_at_once(spans: Iterable[tuple[datetime, datetime]]) -> int:
    """How many of the half-open spans hold one instant at the most. An empty one holds its own."""
    changes: list[tuple[datetime, int, int]] = []
    for start, end in spans:
        # At one instant ends go before starts, but for the end of an empty span.
        changes += [(start, 1, 1), (end, 2 if start == end else 0, -1)]
    most = present = 0
    for _, _, change in sorted(changes):
        present += change
        most = max(most, present)
    return most
