"""What a rule names and what does not run for a ground that is known beforehand.

Calendars (BLACKOUT), dates skipped by a person (CANCELLED_BY_USER), and readings that the clock
jumps over (DST_GAP).
"""

from __future__ import annotations

from heapq import merge
from itertools import islice, takewhile
from typing import TYPE_CHECKING, NamedTuple

from scheduling.planning.instants import Occurrence, seconds_of
from scheduling.planning.plan import dropped, next_named, window
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


class LeftOut(NamedTuple):
    """An occurrence that is named and does not run. `label` says what of: "Christmas Day"."""

    occurrence: Occurrence
    ground: Ground
    label: str


def left_out(plan: Plan, after: datetime, until: datetime) -> list[LeftOut]:
    """What is left out after the one and up to the other instant, in order. Walks it all."""
    found = [
        LeftOut(each, spell.ground, spell.label)
        for spell in _spells(plan, after, until)
        for each in _inside(plan, spell)
    ]
    return sorted(found + _jumped_over(plan, after, until), key=_planned_at)


def named(
    plan: Plan, after: datetime, until: datetime, *, limit: int
) -> list[tuple[Occurrence, Ground | None, str]]:
    """At most `limit` of all that the rule names between the instants, in order.

    Each with the ground and the label of what leaves it out, or None and "" if it may run.
    """
    walk = takewhile(lambda each: each[0].planned_at <= until, _walk(plan, after))
    return list(islice(merge(walk, _jumped_over(plan, after, until), key=_planned_at), limit))


def closure_rows(plan: Plan, after: datetime, until: datetime) -> list[Row]:
    """Rows for what calendars and people leave out between the instants. Not in order."""
    if plan.closures is None:
        return []
    spells = _spells(plan, after, until)
    return [
        row
        for ground in (Ground.BLACKOUT, Ground.CANCELLED_BY_USER)
        for row in _rows_of_spells(plan, [each for each in spells if each.ground is ground], ground)
    ]


def rows_of_readings(readings: Sequence[Occurrence]) -> list[Row]:
    """Rows for readings that the clock jumped over (`plan.dropped`)."""
    if len(readings) <= MOST_SINGLE_ROWS:
        return [_row(each, Ground.DST_GAP) for each in readings]
    return [_range_row(readings[0], readings[-1], len(readings), Ground.DST_GAP)]


def _planned_at(each: tuple[Occurrence, Ground | None, str]) -> datetime:
    return each[0].planned_at


def _jumped_over(plan: Plan, after: datetime, until: datetime) -> list[LeftOut]:
    return [LeftOut(each, Ground.DST_GAP, CLOCK_JUMPED) for each in dropped(plan, after, until)]


def _spells(plan: Plan, after: datetime, until: datetime) -> list[Spell]:
    return [] if plan.closures is None else plan.closures.between(*window(plan, after, until))


def _inside(plan: Plan, spell: Spell) -> Iterator[Occurrence]:
    """The occurrences within the spell."""
    found = plan.timeline.next(spell.start - 1)
    while found is not None and seconds_of(found.planned_at) < spell.end:
        yield found
        found = plan.timeline.next(seconds_of(found.planned_at))


def _walk(plan: Plan, after: datetime) -> Iterator[tuple[Occurrence, Ground | None, str]]:
    """All occurrences after the instant, left out or not, but for what the clock jumps over."""
    found = next_named(plan, after)
    while found is not None:
        spell = plan.closures and plan.closures.at(seconds_of(found.planned_at))
        yield (found, spell.ground, spell.label) if spell else (found, None, "")
        found = next_named(plan, found.planned_at)


def _rows_of_spells(plan: Plan, spells: Sequence[Spell], ground: Ground) -> list[Row]:
    counts = [plan.timeline.count(spell.start - 1, spell.end - 1) for spell in spells]
    holding = [spell for spell, number in zip(spells, counts, strict=True) if number]
    if sum(counts) <= MOST_SINGLE_ROWS:
        return [_row(each, ground) for spell in holding for each in _inside(plan, spell)]
    first = next(_inside(plan, holding[0]))
    last = plan.timeline.last(holding[-1].start - 1, holding[-1].end - 1) or first
    return [_range_row(first, last, sum(counts), ground)]


def _row(each: Occurrence, ground: Ground) -> Verdict:
    return Verdict(
        each.planned_at, each.local, each.fold, each.planned_at, Disposition.SKIPPED, ground
    )


def _range_row(first: Occurrence, last: Occurrence, number: int, ground: Ground) -> RangeVerdict:
    return RangeVerdict(first.planned_at, last.planned_at, number, Disposition.SKIPPED, ground)
