"""A rule in a time zone, with its bounds and its jitter: what a schedule plans."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from itertools import islice, takewhile
from typing import TYPE_CHECKING, Any

from scheduling.planning import json_values as read
from scheduling.planning.clock_timeline import Gap, Repeat
from scheduling.planning.instants import seconds_of
from scheduling.planning.refusals import BadRule
from scheduling.planning.rules import ClockPlace, Rule, rule_from_json, timeline_of
from scheduling.planning.zones import load_zone

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from scheduling.planning.instants import Occurrence
    from scheduling.planning.timeline import Timeline

LONGEST_JITTER = 86_400
SECOND = timedelta(seconds=1)
TICK = timedelta(microseconds=1)
FINGERPRINT_LENGTH = 200


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Checks itself when made: BadRule names the field at fault.

    `starts_at` and `ends_at` are inclusive. `schedule_id` decides the jitter and what `H` draws.
    Text is taken for `gap` and `repeat`, as it stands in the database.
    """

    rule: Rule
    zone: str
    gap: Gap = Gap.SHIFT
    repeat: Repeat = Repeat.FIRST
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    jitter_seconds: int = 0
    schedule_id: str = ""
    timeline: Timeline = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        read.whole_number("jitter_seconds", self.jitter_seconds, low=0, high=LONGEST_JITTER)
        load_zone(self.zone)
        put = object.__setattr__
        put(self, "gap", read.choice("gap", Gap, self.gap))
        put(self, "repeat", read.choice("repeat", Repeat, self.repeat))
        put(self, "starts_at", read.optional_instant("starts_at", self.starts_at))
        put(self, "ends_at", read.optional_instant("ends_at", self.ends_at))
        if self.starts_at and self.ends_at and self.ends_at < self.starts_at:
            raise BadRule("ends_at", "The end lies before the start.")
        # Rules that draw nothing share one timeline among all schedules.
        hash_key = self.schedule_id if self.rule.draws else ""
        place = ClockPlace(self.zone, self.gap, self.repeat, hash_key)
        put(self, "timeline", timeline_of(self.rule, place))


def plan_from_json(data: Mapping[str, Any]) -> Plan:
    """The plan of a schedule's definition, or BadRule.

    Keys: rule, zone and, where they differ from a Plan's defaults, gap_policy, repeat_policy,
    starts_at, ends_at, jitter_seconds and id.
    """
    return Plan(
        rule=rule_from_json(data.get("rule")),
        zone=data.get("zone", ""),
        gap=data.get("gap_policy", Gap.SHIFT),
        repeat=data.get("repeat_policy", Repeat.FIRST),
        starts_at=read.optional_instant("starts_at", data.get("starts_at")),
        ends_at=read.optional_instant("ends_at", data.get("ends_at")),
        jitter_seconds=data.get("jitter_seconds", 0),
        schedule_id=str(data.get("id", "")),
    )


@lru_cache(maxsize=65_536)
def _next(timeline: Timeline, after: int) -> Occurrence | None:
    return timeline.next(after)


def next_occurrence(plan: Plan, after: datetime) -> Occurrence | None:
    """The first occurrence after the instant; None means never again. Shared among equal rules."""
    since = seconds_of(after)
    if plan.starts_at is not None:
        since = max(since, seconds_of(plan.starts_at) - 1)
    found = _next(plan.timeline, since)
    if found is None or (plan.ends_at is not None and found.planned_at > plan.ends_at):
        return None
    return found


def iterate(plan: Plan, after: datetime) -> Iterator[Occurrence]:
    """The occurrences after the instant, in order, without end if the rule has none."""
    found = next_occurrence(plan, after)
    while found is not None:
        yield found
        found = next_occurrence(plan, found.planned_at)


def occurrences(
    plan: Plan, after: datetime, until: datetime | None = None, *, limit: int
) -> list[Occurrence]:
    """At most `limit` occurrences after the one and up to the other instant."""
    found = iterate(plan, after)
    if until is not None:
        found = takewhile(lambda each: each.planned_at <= until, found)
    return list(islice(found, limit))


def count(plan: Plan, after: datetime, until: datetime) -> int:
    """How many occurrences lie after the one and up to the other instant. Walks none of them."""
    return plan.timeline.count(*_window(plan, after, until))


def last_occurrence(plan: Plan, after: datetime, until: datetime) -> Occurrence | None:
    """The last occurrence after the one and up to the other instant."""
    return plan.timeline.last(*_window(plan, after, until))


def dropped(plan: Plan, after: datetime, until: datetime) -> list[Occurrence]:
    """Readings between the two instants that clock and policy leave out (reason DST_GAP).

    Each keeps the reading that the rule named in `local`. Its `planned_at` is made up to be unique
    and in order: the last milliseconds before the clock jumped.
    """
    left_out = plan.timeline.dropped(*_window(plan, after, until))
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
    following = next_occurrence(plan, planned_at)
    return due if following is None else min(due, following.planned_at - SECOND)


def fingerprint(plan: Plan, start: datetime) -> str:
    """A hash of the next 200 instants after `start`: it changes if the schedule's future does."""
    instants = [
        seconds_of(each.planned_at) for each in occurrences(plan, start, limit=FINGERPRINT_LENGTH)
    ]
    return sha256(repr(instants).encode()).hexdigest()


def _window(plan: Plan, after: datetime, until: datetime) -> tuple[int, int]:
    """(after, until] in whole seconds, cut to the plan's start and end."""
    since, upto = seconds_of(after), seconds_of(until)
    if plan.starts_at is not None:
        since = max(since, seconds_of(plan.starts_at) - 1)
    if plan.ends_at is not None:
        upto = min(upto, seconds_of(plan.ends_at))
    return since, upto
