"""How other tools would read an expression: croniter, APScheduler, those that join days otherwise.

Our reading is Debian's. Where another tool's dates are others, a person who knows the expression
from there should be told before the schedule is saved.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import groupby, islice
from typing import TYPE_CHECKING

from croniter import CroniterBadCronError, CroniterBadDateError, croniter

from scheduling.planning.comparison import instants
from scheduling.planning.cron import draws, needs_both_days, split_fields
from scheduling.planning.cron_fields import DAY_OF_WEEK, WEEKDAY_NAMES, Field
from scheduling.planning.days import WEEK
from scheduling.planning.plan import next_occurrence
from scheduling.planning.preview import preview_cron
from scheduling.planning.refusals import BadRule
from scheduling.planning.rules import CronRule
from scheduling.planning.zones import load_zone

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scheduling.planning.plan import Plan

FROM_MONDAY = [*WEEKDAY_NAMES[1:], WEEKDAY_NAMES[0]]
FIELD_FROM_MONDAY = Field(
    "day of week", 0, WEEK - 1, {name: number for number, name in enumerate(FROM_MONDAY)}
)
MOST_LEAPS = 2_000
SECOND = timedelta(seconds=1)


def other_reading(expression: str, zone: str, after: datetime, *, limit: int) -> list[datetime]:
    """The next `limit` instants by croniter if they differ from ours, else nothing.

    Nothing too where croniter cannot read the expression, and for `H`, which each tool draws in its
    own way. BadRule if we cannot read it.
    """
    ours = preview_cron(expression, zone, after, limit)
    fields = split_fields(expression)
    if draws(fields):
        return []
    try:
        walk = croniter(" ".join(fields), after.astimezone(load_zone(zone)))
        theirs = [walk.get_next(datetime).astimezone(UTC) for _ in range(limit)]
    except (CroniterBadCronError, CroniterBadDateError):
        return []
    return [] if theirs == ours else theirs


def weekdays_from_monday(text: str) -> list[str]:
    """The weekdays that APScheduler's from_crontab reads in a weekday field, if they are others.

    It counts from Monday = 0. Nothing where it refuses the field: nobody is misled by that.
    """
    if draws([text]):
        return []
    try:
        theirs = {FROM_MONDAY[number] for number in _numbers(FIELD_FROM_MONDAY.parse(text, ""))}
        ours = {WEEKDAY_NAMES[n % WEEK] for n in _numbers(DAY_OF_WEEK.parse(text, ""))}
    except BadRule:
        return []
    return [] if theirs == ours else sorted(theirs, key=FROM_MONDAY.index)


def _numbers(bits: int) -> list[int]:
    return [number for number in range(bits.bit_length()) if bits >> number & 1]


def days_joined_otherwise(
    plan: Plan, fields: list[str], after: datetime, *, limit: int
) -> list[datetime]:
    """The next dates if day of month and weekday were joined by AND where we say OR, or by OR.

    `fields` are those of the plan's expression.
    """
    minute, hour, day, month, weekday = fields
    try:
        by_day = replace(plan, rule=CronRule(f"{minute} {hour} {day} {month} *"))
        by_weekday = replace(plan, rule=CronRule(f"{minute} {hour} * {month} {weekday}"))
    except BadRule:  # such as 30 February: no day matches both
        return []
    join = _in_either if needs_both_days(day, weekday) else _in_both
    return list(islice(join(by_day, by_weekday, after), limit))


def _in_either(one: Plan, other: Plan, after: datetime) -> Iterator[datetime]:
    return (at for at, _ in groupby(instants((one, other), after)))


def _in_both(one: Plan, other: Plan, after: datetime) -> Iterator[datetime]:
    """Leaps from a date of the one to the first of the other that is not before it."""
    for _ in range(MOST_LEAPS):
        here = next_occurrence(one, after)
        there = here and next_occurrence(other, here.planned_at - SECOND)
        if here is None or there is None:
            return
        if here.planned_at == there.planned_at:
            yield here.planned_at
        after = max(here.planned_at, there.planned_at - SECOND)
