"""A rule in a time zone, with its bounds and its jitter: what a schedule plans."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from itertools import islice, pairwise, takewhile
from typing import TYPE_CHECKING, Any

from scheduling.planning import json_values as read
from scheduling.planning.calendars import BlackoutCalendar, calendar_from_json
from scheduling.planning.clock_timeline import Gap, Repeat
from scheduling.planning.instants import seconds_of
from scheduling.planning.markets import market_of
from scheduling.planning.open_timeline import outside_closures
from scheduling.planning.refusals import BadRule
from scheduling.planning.rules import ClockPlace, Rule, rule_from_json, timeline_of
from scheduling.planning.spells import Closures, Spell
from scheduling.planning.verdicts import Ground
from scheduling.planning.windowed_timeline import within_sessions
from scheduling.planning.zones import load_zone

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from scheduling.planning.instants import Occurrence
    from scheduling.planning.timeline import Timeline

LONGEST_JITTER = 86_400
SECOND = timedelta(seconds=1)
TICK = timedelta(microseconds=1)
FINGERPRINT_LENGTH = 200
FINGERPRINT_MONTHS = 13
MONTH = timedelta(days=30)
MOST_CALENDARS = 20


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Checks itself when made: BadRule names the field at fault.

    `starts_at` and `ends_at` are inclusive. `schedule_id` decides the jitter and what `H` draws.
    `market` keeps the rule to a market's trading hours. What `blackouts` cover is named and left
    out, and so is what lies after `skip_from` and up to `skip_until`: `timeline` has it,
    `open_timeline` has not. Texts are taken for `gap`, `repeat` and instants.
    """

    rule: Rule
    zone: str
    gap: Gap = Gap.SHIFT
    repeat: Repeat = Repeat.FIRST
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    jitter_seconds: int = 0
    schedule_id: str = ""
    market: str = ""
    blackouts: tuple[BlackoutCalendar, ...] = ()
    skip_from: datetime | None = None
    skip_until: datetime | None = None
    timeline: Timeline = field(init=False, repr=False, compare=False)
    open_timeline: Timeline = field(init=False, repr=False, compare=False)
    closures: Closures | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        read.whole_number("jitter_seconds", self.jitter_seconds, low=0, high=LONGEST_JITTER)
        load_zone(self.zone)
        put = object.__setattr__
        put(self, "gap", read.choice("gap", Gap, self.gap))
        put(self, "repeat", read.choice("repeat", Repeat, self.repeat))
        for name in ("starts_at", "ends_at", "skip_from", "skip_until"):
            put(self, name, read.optional_instant(name, getattr(self, name)))
        if self.starts_at and self.ends_at and self.ends_at < self.starts_at:
            raise BadRule("ends_at", "The end lies before the start.")
        timeline, closures = self._timeline(), self._closures()
        put(self, "timeline", timeline)
        put(self, "closures", closures)
        put(self, "open_timeline", outside_closures(timeline, closures) if closures else timeline)

    def _timeline(self) -> Timeline:
        # Rules that draw nothing share one timeline among all schedules.
        hash_key = self.schedule_id if self.rule.draws else ""
        place = ClockPlace(self.zone, self.gap, self.repeat, hash_key)
        timeline = timeline_of(self.rule, place)
        if self.market == "":
            return timeline
        return within_sessions(timeline, market_of(self.market))

    def _closures(self) -> Closures | None:
        """None for most plans: they are asked without a look at calendars."""
        skip = _skip(self.skip_from, self.skip_until)
        return Closures(self.blackouts, skip) if self.blackouts or skip else None


def _skip(after: datetime | None, until: datetime | None) -> Spell | None:
    if after is None and until is None:
        return None
    if after is None or until is None or until < after:
        raise BadRule("skip_until", "What is skipped needs a start and an end behind it.")
    start, end = seconds_of(after) + 1, seconds_of(until) + 1
    return Spell(start, end, Ground.CANCELLED_BY_USER, "skipped beforehand")


def plan_from_json(data: Mapping[str, Any]) -> Plan:
    """The plan of a schedule's definition, or BadRule.

    Keys: rule, zone and, where they differ from a Plan's defaults, gap_policy, repeat_policy,
    starts_at, ends_at, jitter_seconds, market, blackouts (definitions of calendars), skip_from,
    skip_until and id.
    """
    return Plan(
        rule=rule_from_json(data.get("rule")),
        zone=data.get("zone", ""),
        gap=data.get("gap_policy", Gap.SHIFT),
        repeat=data.get("repeat_policy", Repeat.FIRST),
        starts_at=data.get("starts_at"),
        ends_at=data.get("ends_at"),
        jitter_seconds=data.get("jitter_seconds", 0),
        schedule_id=str(data.get("id", "")),
        market=data.get("market", ""),
        blackouts=_blackouts(data.get("blackouts", [])),
        skip_from=data.get("skip_from"),
        skip_until=data.get("skip_until"),
    )


def _blackouts(value: object) -> tuple[BlackoutCalendar, ...]:
    if not isinstance(value, list) or len(value) > MOST_CALENDARS:
        raise BadRule("blackouts", f"A list of at most {MOST_CALENDARS} calendars is needed.")
    return tuple(calendar_from_json(each) for each in value)


@lru_cache(maxsize=65_536)
def _next(timeline: Timeline, after: int) -> Occurrence | None:
    return timeline.next(after)


def next_occurrence(plan: Plan, after: datetime) -> Occurrence | None:
    """The first occurrence after the instant that may run; None means never again.

    Shared among equal rules.
    """
    return _next_within_bounds(plan, plan.open_timeline, after)


def next_named(plan: Plan, after: datetime) -> Occurrence | None:
    """The first occurrence after the instant, left out or not."""
    return _next_within_bounds(plan, plan.timeline, after)


def _next_within_bounds(plan: Plan, timeline: Timeline, after: datetime) -> Occurrence | None:
    since = seconds_of(after)
    if plan.starts_at is not None:
        since = max(since, seconds_of(plan.starts_at) - 1)
    found = _next(timeline, since)
    if found is None or (plan.ends_at is not None and found.planned_at > plan.ends_at):
        return None
    return found


def period_after(plan: Plan, planned_at: datetime) -> timedelta | None:
    """How long after the instant the rule names another, left out or not, beyond its end too."""
    found = _next(plan.timeline, seconds_of(planned_at))
    return None if found is None else found.planned_at - planned_at


def iterate(plan: Plan, after: datetime) -> Iterator[Occurrence]:
    """The occurrences after the instant that may run, in order; there may be no end of them."""
    found = next_occurrence(plan, after)
    while found is not None:
        yield found
        found = next_occurrence(plan, found.planned_at)


def iterate_named(plan: Plan, after: datetime) -> Iterator[tuple[Occurrence, Spell | None]]:
    """All occurrences after the instant, in order, each with the spell that leaves it out."""
    found = next_named(plan, after)
    while found is not None:
        at = seconds_of(found.planned_at)
        yield found, plan.closures.at(at) if plan.closures else None
        found = next_named(plan, found.planned_at)


def occurrences(
    plan: Plan, after: datetime, until: datetime | None = None, *, limit: int
) -> list[Occurrence]:
    """At most `limit` occurrences after the one and up to the other instant."""
    found = iterate(plan, after)
    if until is not None:
        found = takewhile(lambda each: each.planned_at <= until, found)
    return list(islice(found, limit))


def count(plan: Plan, after: datetime, until: datetime) -> int:
    """How many may run after the one and up to the other instant. Walks none of them."""
    return plan.open_timeline.count(*window(plan, after, until))


def last_occurrence(plan: Plan, after: datetime, until: datetime) -> Occurrence | None:
    """The last occurrence that may run after the one and up to the other instant."""
    return plan.open_timeline.last(*window(plan, after, until))


def dropped(plan: Plan, after: datetime, until: datetime) -> list[Occurrence]:
    """Readings between the two instants that clock and policy leave out (reason DST_GAP).

    Each keeps the reading that the rule named in `local`. Its `planned_at` is made up to be unique
    and in order: the last milliseconds before the clock jumped.
    """
    left_out = plan.timeline.dropped(*window(plan, after, until))
    if not left_out:
        return []
    if plan.starts_at is not None:
        after = max(after, plan.starts_at - TICK)
    if plan.ends_at is not None:
        until = min(until, plan.ends_at)
    return [each for each in left_out if after < each.planned_at <= until]


def due_at(plan: Plan, occurrence: Occurrence) -> datetime:
    """When the occurrence is to run: planned plus its jitter, always before the next occurrence."""
    planned_at = occurrence.planned_at
    if not plan.jitter_seconds:
        return planned_at
    text = f"{plan.schedule_id}/{seconds_of(planned_at)}"
    drawn = int.from_bytes(sha256(text.encode()).digest()[:8]) % (plan.jitter_seconds + 1)
    due = planned_at + timedelta(seconds=drawn)
    following = next_named(plan, planned_at)
    return due if following is None else min(due, following.planned_at - SECOND)


def fingerprint(plan: Plan, start: datetime) -> str:
    """A hash of what lies after `start`: it changes if the schedule's future does.

    Hashed are the next 200 occurrences, each with the ground if it is left out, and how many may
    run in each of the next 13 months of 30 days: 200 minutes would not reach the next holiday.
    """
    instants = [
        (seconds_of(each.planned_at), spell.ground if spell else "")
        for each, spell in islice(iterate_named(plan, start), FINGERPRINT_LENGTH)
    ]
    months = [start + number * MONTH for number in range(FINGERPRINT_MONTHS + 1)]
    counts = [count(plan, *month) for month in pairwise(months)]
    return sha256(repr((instants, counts)).encode()).hexdigest()


def spells_by_ground(plan: Plan, after: datetime, until: datetime) -> dict[Ground, list[Spell]]:
    """What leaves out occurrences between the instants: in order, disjoint, cut to fit."""
    found = plan.closures.between(*window(plan, after, until)) if plan.closures else []
    return {
        ground: [each for each in found if each.ground is ground]
        for ground in (Ground.BLACKOUT, Ground.CANCELLED_BY_USER)
    }


def window(plan: Plan, after: datetime, until: datetime) -> tuple[int, int]:
    """(after, until] in whole seconds, cut to the plan's start and end."""
    since, upto = seconds_of(after), seconds_of(until)
    if plan.starts_at is not None:
        since = max(since, seconds_of(plan.starts_at) - 1)
    if plan.ends_at is not None:
        upto = min(upto, seconds_of(plan.ends_at))
    return since, upto
