"""Which changes of the clock touch a schedule, and what each policy would make of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from scheduling.planning.clock_timeline import Gap, Repeat
from scheduling.planning.instants import instant_of, reading_of, seconds_of
from scheduling.planning.plan import Plan, next_occurrence, occurrences
from scheduling.planning.rules import IntervalRule, OnceRule
from scheduling.planning.spans import spans_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

    from scheduling.planning.spans import Span

LOOK_AHEAD = timedelta(days=731)
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
NEAR = timedelta(hours=26)  # a daily rule names something before and after a change
MOST_READINGS = 3600


class Outcome(NamedTuple):
    """The instants, in UTC, at which the readings would run under a policy; none: not at all."""

    policy: Gap | Repeat
    runs: tuple[datetime, ...]


class ClockChange(NamedTuple):
    """The clock skips (`is_gap`) or repeats `readings` of the rule; they are naive.

    `at` is the instant of the change in UTC. `outcomes`, one for each policy, are empty for a rule
    that follows the clock: it skips what is skipped and runs again what is repeated.
    """

    at: datetime
    is_gap: bool
    readings: tuple[datetime, ...]
    outcomes: tuple[Outcome, ...]


def changes_touching(plan: Plan, now: datetime) -> list[ClockChange]:
    """The next gap and the next repetition within two years that touch the plan's own readings."""
    if isinstance(plan.rule, IntervalRule | OnceRule):
        return []
    found: dict[bool, ClockChange] = {}
    for span in _changes(plan.zone, now):
        change = _change(plan, span)
        if change.readings and _is_in_force(plan, change):
            found.setdefault(change.is_gap, change)
    return sorted(found.values())


def is_changing_day(at: datetime, zone: ZoneInfo) -> bool:
    """True if the zone's clock changes on the day on which `at` falls there."""
    midnight = at.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    return midnight.utcoffset() != (midnight + DAY).utcoffset()


def _changes(zone: str, now: datetime) -> Iterator[Span]:
    """The spans that end in a change within the time looked ahead."""
    at, stop = seconds_of(now), seconds_of(now + LOOK_AHEAD)
    while (span := spans_of(zone).at(at)).end <= stop:
        if span.after != span.offset:
            yield span
        at = span.end


def _change(plan: Plan, span: Span) -> ClockChange:
    is_gap = span.after > span.offset
    edges = sorted((span.end + span.offset, span.end + span.after))
    readings = _readings(plan, *edges)
    outcomes = () if plan.rule.follows_clock else tuple(_outcomes(plan, span, readings))
    return ClockChange(instant_of(span.end), is_gap, _naive(readings), outcomes)


def _readings(plan: Plan, start: int, stop: int) -> list[int]:
    """What the rule names on the wall from `start` up to `stop`: in UTC no clock ever changes."""
    on_the_wall = Plan(rule=plan.rule, zone="UTC", schedule_id=plan.schedule_id)
    found = occurrences(
        on_the_wall, instant_of(start - 1), instant_of(stop - 1), limit=MOST_READINGS
    )
    return [seconds_of(each.planned_at) for each in found]


def _naive(readings: list[int]) -> tuple[datetime, ...]:
    return tuple(map(reading_of, readings))


def _outcomes(plan: Plan, span: Span, readings: list[int]) -> Iterator[Outcome]:
    """Each policy's instants: those of the very plan under that policy."""
    before = {reading - span.offset for reading in readings}
    after = {reading - span.after for reading in readings}
    if span.after > span.offset:
        yield Outcome(Gap.SHIFT, _named(replace(plan, gap=Gap.SHIFT), {span.end}))
        yield Outcome(Gap.SHIFT_BY_GAP, _named(replace(plan, gap=Gap.SHIFT_BY_GAP), before))
        yield Outcome(Gap.SKIP, ())
    else:
        yield Outcome(Repeat.FIRST, _named(replace(plan, repeat=Repeat.FIRST), before))
        yield Outcome(Repeat.SECOND, _named(replace(plan, repeat=Repeat.SECOND), after))
        yield Outcome(Repeat.BOTH, _named(replace(plan, repeat=Repeat.BOTH), before | after))


def _named(plan: Plan, wanted: set[int]) -> tuple[datetime, ...]:
    """Those of the wanted instants that the plan runs at: bounds and calendars have their say."""
    instants = [instant_of(at) for at in sorted(wanted)]
    return tuple(at for at in instants if _next_at(plan, at - SECOND) == at)


def _is_in_force(plan: Plan, change: ClockChange) -> bool:
    """False where bounds, a market's hours or a calendar keep the rule away from the change."""
    if change.outcomes:
        return any(outcome.runs for outcome in change.outcomes)
    named = _next_at(plan, change.at - NEAR)
    return named is not None and named <= change.at + NEAR


def _next_at(plan: Plan, after: datetime) -> datetime | None:
    found = next_occurrence(plan, after)
    return None if found is None else found.planned_at
