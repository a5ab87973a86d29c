"""Which dates of the past a backfill runs again, and in which order."""

from __future__ import annotations

from enum import IntEnum, StrEnum
from itertools import takewhile
from typing import TYPE_CHECKING, NamedTuple

from scheduling.planning.left_out import Named, named
from scheduling.planning.plan import TICK, iterate, last_occurrence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from scheduling.planning.instants import Occurrence
    from scheduling.planning.plan import Plan

MOST_DATES = 100_000


class Standing(IntEnum):
    """How far a date has come. Of several runs for it, the one that came furthest counts."""

    NEVER = 0
    MISSED = 1
    SKIPPED = 2
    WITHDRAWN = 3
    PURGED = 4
    STOPPED = 5
    FAILED = 6
    SUCCEEDED = 7
    OPEN = 8


class Reprocess(StrEnum):
    MISSING = "missing"
    FAILED = "failed"
    ALL = "all"


class Lot(StrEnum):
    """What a backfill does with a date."""

    RUN = "RUN"
    KEEP = "KEEP"
    LEFT_OUT = "LEFT_OUT"


class DateVerdict(NamedTuple):
    """A date that the rule names, and `why` the backfill runs it or not, in a few words."""

    occurrence: Occurrence
    lot: Lot
    why: str

    @property
    def planned_at(self) -> datetime:
        return self.occurrence.planned_at


MISSING = {Standing.NEVER, Standing.MISSED, Standing.SKIPPED, Standing.WITHDRAWN}
RUNS_AGAIN = {
    Reprocess.MISSING: MISSING,
    Reprocess.FAILED: {*MISSING, Standing.STOPPED, Standing.FAILED},
    Reprocess.ALL: set(Standing) - {Standing.OPEN},
}
IN_WORDS = {
    Standing.NEVER: "the ledger has no row for it",
    Standing.MISSED: "it was missed",
    Standing.SKIPPED: "it was skipped",
    Standing.WITHDRAWN: "it was cancelled before it ran",
    Standing.PURGED: "its row is no longer kept",
    Standing.STOPPED: "it was cancelled while it ran",
    Standing.FAILED: "it failed",
    Standing.SUCCEEDED: "it succeeded",
    Standing.OPEN: "it waits or runs now",
}


def judge(
    date: Named, standing: Standing, reprocess: Reprocess, *, accounted_until: datetime
) -> DateVerdict:
    """What becomes of a date. What lies after `accounted_until` is still the schedule's own."""
    if date.ground is not None:
        return DateVerdict(date.occurrence, Lot.LEFT_OUT, date.label or "a calendar leaves it out")
    if date.planned_at > accounted_until:
        return DateVerdict(date.occurrence, Lot.KEEP, "the schedule has yet to decide on it")
    lot = Lot.RUN if standing in RUNS_AGAIN[reprocess] else Lot.KEEP
    return DateVerdict(date.occurrence, lot, IN_WORDS[standing])


def named_dates(plan: Plan, since: datetime, until: datetime) -> list[Named] | None:
    """All that the rule names from `since` to before `until`; None if that is too much to list."""
    found = named(plan, since - TICK, until - TICK, limit=MOST_DATES + 1)
    return found if len(found) <= MOST_DATES else None


def dates_to_feed(
    plan: Plan,
    since: datetime,
    until: datetime,
    *,
    newest_first: bool = False,
    fed_until: datetime | None = None,
) -> Iterator[Occurrence]:
    """What may run from `since` to before `until`, in the backfill's order, after `fed_until`."""
    if newest_first:
        return _backwards(plan, since - TICK, (fed_until or until) - TICK)
    ahead = iterate(plan, fed_until or since - TICK)
    return takewhile(lambda each: each.planned_at < until, ahead)


def within_room(verdicts: Iterable[DateVerdict], room: int) -> list[DateVerdict]:
    """The first of them, up to the one that would run and for which there is no room left."""
    taken = []
    for verdict in verdicts:
        room -= verdict.lot is Lot.RUN
        if room < 0:
            break
        taken.append(verdict)
    return taken


def _backwards(plan: Plan, after: datetime, until: datetime) -> Iterator[Occurrence]:
    found = last_occurrence(plan, after, until)
    while found is not None:
        yield found
        found = last_occurrence(plan, after, found.planned_at - TICK)
