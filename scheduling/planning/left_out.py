"""What a rule names and what does not run for a ground that is known beforehand.

Calendars (BLACKOUT), dates skipped by a person (CANCELLED_BY_USER), and readings that the clock
jumps over (DST_GAP).
"""

from __future__ import annotations

from heapq import merge
from itertools import islice, takewhile
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from scheduling.planning.instants import Occurrence, seconds_of
from scheduling.planning.plan import dropped, iterate_named, spells_by_ground
from scheduling.planning.verdicts import (
    MOST_SINGLE_ROWS,
    Disposition,
    Ground,
    RangeVerdict,
    Row,
    Verdict,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from scheduling.planning.plan import Plan
    from scheduling.planning.spells import Spell

CLOCK_JUMPED = "the clock skips it"


class Named(NamedTuple):
    """An occurrence that the rule names. `ground`: why it is left out, None if it may run.

    `label` says what of: "Christmas Day".
    """

    occurrence: Occurrence
    ground: Ground | None = None
    label: str = ""

    @property
    def planned_at(self) -> datetime:
        return self.occurrence.planned_at


def named(plan: Plan, after: datetime, until: datetime, *, limit: int) -> list[Named]:
    """At most `limit` of all that the rule names between the instants, in order."""
    walk = takewhile(lambda each: each.planned_at <= until, _walk(plan, after))
    jumped = [Named(each, Ground.DST_GAP, CLOCK_JUMPED) for each in dropped(plan, after, until)]
    return list(islice(merge(walk, jumped, key=attrgetter("planned_at")), limit))


def closure_rows(plan: Plan, after: datetime, until: datetime) -> list[Row]:
    """Rows for what calendars and people leave out between the instants. Not in order."""
    if plan.closures is None:
        return []
    return [
        row
        for ground, spells in spells_by_ground(plan, after, until).items()
        for row in _rows_of_spells(plan, spells, ground)
    ]


def rows_of_readings(readings: Sequence[Occurrence]) -> list[Row]:
    """Rows for readings that the clock jumped over (`plan.dropped`)."""
    if len(readings) <= MOST_SINGLE_ROWS:
        return [_row(each, Ground.DST_GAP) for each in readings]
    return [_range_row(readings[0], readings[-1], len(readings), Ground.DST_GAP)]


def _inside(plan: Plan, spell: Spell) -> Iterator[Occurrence]:
    """The occurrences within the spell."""
    found = plan.timeline.next(spell.start - 1)
    while found is not None and seconds_of(found.planned_at) < spell.end:
        yield found
        found = plan.timeline.next(seconds_of(found.planned_at))


def _walk(plan: Plan, after: datetime) -> Iterator[Named]:
    """All that the rule names after the instant, but for what the clock jumps over."""
    for found, spell in iterate_named(plan, after):
        yield Named(found, spell.ground, spell.label) if spell else Named(found)


def _rows_of_spells(plan: Plan, spells: Sequence[Spell], ground: Ground) -> list[Row]:
    counts = [plan.timeline.count(spell.start - 1, spell.end - 1) for spell in spells]
    holding = [spell for spell, number in zip(spells, counts, strict=True) if number]
    if sum(counts) <= MOST_SINGLE_ROWS:
        return [_row(each, ground) for spell in holding for each in _inside(plan, spell)]
    first = next(_inside(plan, holding[0]))
    last = plan.timeline.last(holding[-1].start - 1, holding[-1].end - 1) or first
    return [_range_row(first, last, sum(counts), ground)]


def _row(each: Occurrence, ground: Ground) -> Verdict:
    return Verdict(*each[:3], each.planned_at, Disposition.SKIPPED, ground)


def _range_row(first: Occurrence, last: Occurrence, number: int, ground: Ground) -> RangeVerdict:
    return RangeVerdict(first.planned_at, last.planned_at, number, Disposition.SKIPPED, ground)
