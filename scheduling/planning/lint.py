"""Hints for a rule that is valid and may still not be what its writer meant. Nothing is refused."""

from __future__ import annotations

import re
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from scheduling.planning import words
from scheduling.planning.cron import needs_both_days, split_fields
from scheduling.planning.cron_fields import DAY_OF_MONTH, DAY_OF_WEEK, HOUR, MINUTE, MONTH, Field
from scheduling.planning.days import WEEK
from scheduling.planning.plan import occurrences
from scheduling.planning.rules import CronRule
from scheduling.planning.second_reading import days_joined_otherwise, weekdays_from_monday

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from scheduling.planning.plan import Plan

RECOMMENDED = timedelta(minutes=15)
LOOKED_AT = 50  # dates, for how often a rule runs
OTHER_DATES = 3
STEPPED = re.compile(r"(?P<first>\*|[0-9a-z]+)(?:-(?P<last>[0-9a-z]+))?/(?P<step>[0-9]+)")
ADJACENT = re.compile(r"\*|([0-9a-z]+)-(?!\1$)[0-9a-z]+")  # one round is followed by the next
ONE_VALUE = re.compile(r"([0-9a-z]+)-\1")
SECONDS_FIRST = re.compile(r"0 0 (1?[0-9]|2[0-3]) \* \*")


class Hint(NamedTuple):
    """`code` names the kind of hint, `text` is a sentence or two for people."""

    code: str
    text: str


class Place(NamedTuple):
    """A field of an expression: what it counts, and the fields whose values hold its rounds."""

    field: Field
    unit: str
    above: tuple[int, ...] = ()


PLACES = (
    Place(MINUTE, "minute", (1,)),
    Place(HOUR, "hour", (2, 4)),
    Place(DAY_OF_MONTH, "day", (3, 4)),
    Place(MONTH, "month"),
    Place(DAY_OF_WEEK, "day"),
)


def lint(plan: Plan, *, typical_length: timedelta | None, now: datetime) -> list[Hint]:
    """What to think about before the plan is saved.

    `typical_length` is how long its runs last, None if that is not known.
    """
    hints: list[Hint] = []
    if isinstance(plan.rule, CronRule):
        hints += _of_expression(plan, split_fields(plan.rule.expression), now)
    return [*hints, *_of_pace(plan, typical_length, now)]


def _of_expression(plan: Plan, fields: list[str], now: datetime) -> Iterator[Hint]:
    yield from _seconds_first(fields)
    yield from _weekdays(fields[4])
    yield from _both_days(plan, fields, now)
    for text, place in zip(fields, PLACES, strict=True):
        # `*/7 9 * * *`: after one round of minutes the hour is over, nothing begins again.
        comes_round = all(ADJACENT.fullmatch(fields[number]) for number in place.above)
        for item in text.split(","):
            yield from _one_value(item)
            yield from _step(item, place, comes_round=comes_round)


def _seconds_first(fields: list[str]) -> Iterator[Hint]:
    """`0 0 9 * *` is what is left of Quartz's `0 0 9 * * *` when one star is forgotten."""
    if match := SECONDS_FIRST.fullmatch(" ".join(fields)):
        yield Hint(
            "SECONDS_FIRST",
            f"This runs at midnight of day {match[1]} of each month. Quartz and Spring put seconds "
            f"first: for every day at {match[1]}:00 write 0 {match[1]} * * *.",
        )


def _weekdays(text: str) -> Iterator[Hint]:
    theirs = weekdays_from_monday(text)
    if theirs:
        days = words.joined([words.WEEKDAYS[day] for day in theirs])
        yield Hint(
            "MONDAY_IS_0",
            f"Here 0 and 7 are Sunday, as in cron. APScheduler's from_crontab counts from Monday: "
            f"there {text} means {days}. Names such as mon mean the same everywhere.",
        )


def _both_days(plan: Plan, fields: list[str], now: datetime) -> Iterator[Hint]:
    day, weekday = fields[2], fields[4]
    if "*" in (day, weekday):
        return
    dates = days_joined_otherwise(plan, fields, now, limit=OTHER_DATES)
    theirs = ", ".join(f"{at:%Y-%m-%d %H:%M} UTC" for at in dates) or "never"
    if needs_both_days(day, weekday):
        ours, others = "both must match, for one of them begins with a star", "either will do"
    else:
        ours, others = "either will do", "both must match"
    yield Hint(
        "BOTH_DAY_FIELDS",
        f"Day of month and weekday are both set: as in cron, {ours}. "
        f"Tools for which {others} would run this next at: {theirs}.",
    )


def _one_value(item: str) -> Iterator[Hint]:
    if match := ONE_VALUE.fullmatch(item):
        yield Hint(
            "ONE_VALUE_RANGE",
            f"{item} is the one value {match[1]}. Tools built on croniter take it for every value.",
        )


def _step(item: str, place: Place, *, comes_round: bool) -> Iterator[Hint]:
    match = STEPPED.fullmatch(item)
    if match is None or item.startswith("h"):
        return
    first = place.field.low if match["first"] == "*" else place.field.number(match["first"])
    last = place.field.number(match["last"]) if match["last"] else place.field.high
    step = int(match["step"])
    if first + step > last:
        yield Hint(
            "STEP_TOO_LONG",
            f"{item} names only {place.field.name} {first}: a step on is past the last value.",
        )
    elif comes_round and match["first"] == "*":
        yield from _uneven(item, place, step)


def _uneven(item: str, place: Place, step: int) -> Iterator[Hint]:
    """A step that does not divide its field: between two rounds the distance is another."""
    first = place.field.low
    beyond = first + WEEK if place.field is DAY_OF_WEEK else place.field.high + 1
    newest = first + (beyond - 1 - first) // step * step
    if beyond - newest != step:
        month = " in a month of 31 days" if place.field is DAY_OF_MONTH else ""
        yield Hint(
            "UNEVEN_STEP",
            f"{item} does not come out even: from {place.field.name} {newest} to {first} it is "
            f"{words.counted(beyond - newest, place.unit)}{month}, not {step}.",
        )


def _of_pace(plan: Plan, typical_length: timedelta | None, now: datetime) -> Iterator[Hint]:
    instants = [each.planned_at for each in occurrences(plan, now, limit=LOOKED_AT)]
    closest = min((later - sooner for sooner, later in pairwise(instants)), default=None)
    if closest is None:
        return
    pace = words.of_interval(int(closest.total_seconds()))
    if typical_length is not None and closest < typical_length:
        yield Hint(
            "FASTER_THAN_ITS_RUNS",
            f"It runs as often as {pace}, and its runs last {_length(typical_length)} (median): "
            "they will meet.",
        )
    if closest < RECOMMENDED:
        yield Hint(
            "VERY_OFTEN",
            f"It runs as often as {pace}. Every 15 minutes is often enough for most sources.",
        )


def _length(length: timedelta) -> str:
    seconds = round(length.total_seconds())
    return words.counted(seconds, "second") if seconds < 120 else f"{round(seconds / 60)} minutes"
