"""A schedule as people read it: a sentence, its zone, its next dates. Pure: `now` comes in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from scheduling.planning.plan import Plan, occurrences
from scheduling.planning.refusals import BadRule
from scheduling.planning.rules import PRESETS, CronRule, PresetRule, rule_from_json
from scheduling.planning.second_reading import other_reading
from scheduling.planning.zones import load_zone
from scheduling.views.words import when

if TYPE_CHECKING:
    from scheduling.models import Schedule
    from scheduling.planning.rules import Rule

NEXT_DATES = 5


class Date(NamedTuple):
    """One occurrence: the zone's own clock, UTC, and how far off."""

    at: datetime
    local: str
    utc: str
    away: str


@dataclass(frozen=True, kw_only=True)
class Dates:
    """`sentence` and `dates`, or the `fault` that keeps the schedule from being planned.

    `others` are croniter's next dates where they differ: many tools read cron with it.
    """

    sentence: str = ""
    expression: str = ""
    zone: str = ""
    dates: tuple[Date, ...] = ()
    others: tuple[str, ...] = ()
    fault: str = ""


def dates_of_plan(plan: Plan, now: datetime) -> Dates:
    """The next five dates after `now`."""
    zone = load_zone(plan.zone)
    return Dates(
        sentence=plan.rule.describe(),
        expression=_expression(plan.rule),
        zone=plan.zone,
        dates=tuple(
            Date(
                found.planned_at,
                f"{found.planned_at.astimezone(zone):%a %d %b %Y, %H:%M:%S %Z}",
                f"{found.planned_at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC",
                when(found.planned_at, now),
            )
            for found in occurrences(plan, now, limit=NEXT_DATES)
        ),
        others=_others(plan, now),
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


def _expression(rule: Rule) -> str:
    if isinstance(rule, CronRule):
        return rule.expression
    return PRESETS[rule.name] if isinstance(rule, PresetRule) else ""
