"""A schedule as people read it: a sentence, its zone, its next dates, and what to think about."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from heapq import merge
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from scheduling.planning.clock_changes import is_changing_day
from scheduling.planning.left_out import named
from scheduling.planning.lint import lint
from scheduling.planning.markets import market_of
from scheduling.planning.naming import expression_of
from scheduling.planning.plan import Plan, occurrences
from scheduling.planning.refusals import BadRule
from scheduling.planning.rules import CronRule, rule_from_json
from scheduling.planning.second_reading import other_reading
from scheduling.planning.words import joined
from scheduling.planning.zones import load_zone
from scheduling.views.clock_changes import shown_changes
from scheduling.views.words import when

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scheduling.models import Schedule
    from scheduling.planning.instants import Occurrence
    from scheduling.planning.lint import Hint
    from scheduling.views.clock_changes import ShownChange

NEXT_DATES = 5
MOST_LEFT_OUT = 1_000


@dataclass(frozen=True)
class Date:
    """One occurrence: the zone's own clock, UTC, and how far off.

    `left_out` says why it will not run, and how many after it will not either: "Christmas Day".
    """

    at: datetime
    local: str
    utc: str
    away: str
    is_changing_day: bool
    left_out: str = ""


@dataclass(frozen=True, kw_only=True)
class Dates:
    """`sentence` and `dates`, or the `fault` that keeps the schedule from being planned.

    `limits` are its market and calendars in words. `others` are croniter's next dates where they
    differ: many tools read cron with it.
    """

    sentence: str = ""
    limits: str = ""
    expression: str = ""
    zone: str = ""
    dates: tuple[Date, ...] = ()
    others: tuple[str, ...] = ()
    fault: str = ""


@dataclass(frozen=True, kw_only=True)
class Review:
    """What to think about before a schedule is saved."""

    changes: tuple[ShownChange, ...]
    hints: tuple[Hint, ...]


def review_of(plan: Plan, typical_length: timedelta | None, now: datetime) -> Review:
    """Clock changes that touch the plan, and hints. `typical_length` of its runs, if known."""
    return Review(
        changes=shown_changes(plan, now),
        hints=tuple(lint(plan, typical_length=typical_length, now=now)),
    )


def dates_of_plan(plan: Plan, now: datetime) -> Dates:
    """The next five dates after `now`, and what is left out between them."""
    return Dates(
        sentence=plan.rule.describe(),
        limits=_limits(plan),
        expression=expression_of(plan.rule),
        zone=plan.zone,
        dates=tuple(_dates(plan, now)),
        others=_others(plan, now),
    )


def _limits(plan: Plan) -> str:
    limits = [f"only while the {market_of(plan.market).title} trades"] if plan.market else []
    if plan.blackouts:
        limits.append(f"not on {joined([calendar.name for calendar in plan.blackouts])}")
    return ", ".join(limits)


def _dates(plan: Plan, now: datetime) -> Iterator[Date]:
    """The next dates in order; those left out one after the other for one thing are one."""
    running = occurrences(plan, now, limit=NEXT_DATES)
    if not running:
        return
    rows = named(plan, now, running[-1].planned_at, limit=MOST_LEFT_OUT)
    left_out = [row for row in rows if row[1] is not None]
    both = merge(left_out, ((each, None, "") for each in running), key=itemgetter(0))
    for (ground, label), group in groupby(both, key=itemgetter(1, 2)):
        found = [each for each, _, _ in group]
        if ground is None:
            yield from (_date(each, plan, now) for each in found)
        else:
            why = (label or "a calendar leaves it out") + _more(len(found) - 1)
            yield replace(_date(found[0], plan, now), left_out=why)


def _more(number: int) -> str:
    if number >= MOST_LEFT_OUT - 1:
        return f", and more than {number:,} after it"
    return f", and {number:,} after it" if number else ""


def _date(found: Occurrence, plan: Plan, now: datetime) -> Date:
    zone = load_zone(plan.zone)
    return Date(
        found.planned_at,
        f"{found.planned_at.astimezone(zone):%a %d %b %Y, %H:%M:%S %Z}",
        f"{found.planned_at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC",
        when(found.planned_at, now),
        is_changing_day(found.planned_at, zone),
    )


def dates_of(schedule: Schedule, now: datetime) -> Dates:
    """As `dates_of_plan`, for a stored schedule that may no longer be readable."""
    try:
        return dates_of_plan(schedule.plan(), now)
    except BadRule as error:
        return Dates(zone=schedule.zone, fault=str(error))


def sentence_of(rule: dict[str, Any]) -> str:
    """A stored rule in words."""
    try:
        return rule_from_json(rule).describe()
    except BadRule as error:
        return f"unreadable rule ({error})"


def _others(plan: Plan, now: datetime) -> tuple[str, ...]:
    if not isinstance(plan.rule, CronRule):
        return ()
    found = other_reading(plan.rule.expression, plan.zone, now, limit=NEXT_DATES)
    return tuple(f"{at:%Y-%m-%d %H:%M} UTC" for at in found)
