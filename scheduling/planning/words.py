"""Rules in words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cron_descriptor import FormatError, Options, get_description

from scheduling.planning.cron import draws, needs_both_days, split_fields

if TYPE_CHECKING:
    from collections.abc import Sequence

WEEKDAYS = {
    "mon": "Mondays",
    "tue": "Tuesdays",
    "wed": "Wednesdays",
    "thu": "Thursdays",
    "fri": "Fridays",
    "sat": "Saturdays",
    "sun": "Sundays",
}
PRESETS = {
    "hourly": "every hour, on the hour",
    "every_6_hours": "every 6 hours, at 00:00, 06:00, 12:00 and 18:00",
    "every_12_hours": "every 12 hours, at 00:00 and 12:00",
    "daily": "every day at 00:00",
}
UNITS = (("week", 604_800), ("day", 86_400), ("hour", 3600), ("minute", 60), ("second", 1))
OPTIONS = Options(locale_code="en_US", use_24hour_time_format=True)
# Signs for days that cron-descriptor reads when they stand alone, and misreads within a list.
DAY_SIGN_IN_LIST = re.compile(r".*,.*(?:#|[0-9]w|\bl|[0-9]l)|.*(?:#|[0-9]w|\bl|[0-9]l).*,")


def of_cron(expression: str) -> str:
    """A sentence for a valid expression, by cron-descriptor where that reads it as we do."""
    fields = [_one_value(field) for field in split_fields(expression)]
    if _only_we_read(fields):
        return _field_by_field(fields)
    try:
        clauses = _clauses(fields)
        if "*" not in (fields[2], fields[4]):
            _join_days(clauses, fields)
    except FormatError:
        return _field_by_field(fields)
    sentence = ", ".join(clauses)
    return f"{sentence[0].lower()}{sentence[1:]}"


def _clauses(fields: list[str]) -> list[str]:
    description: str = get_description(" ".join(fields).upper(), OPTIONS)
    return description.split(", ")


def _join_days(clauses: list[str], fields: list[str]) -> None:
    """Say "or" between the day fields where cron-descriptor does not: either may match."""
    minute, hour, _day, month, weekday = fields
    without = _clauses([minute, hour, "*", month, "*"])
    for clause in _clauses([minute, hour, "*", month, weekday]):
        if clause not in without and clause in clauses:
            clauses[clauses.index(clause)] = f"or {clause}"


def of_interval(seconds: int) -> str:
    """`every 6 hours`, in the largest unit that divides the length."""
    name, size = next((name, size) for name, size in UNITS if seconds % size == 0)
    number = seconds // size
    return f"every {name}" if number == 1 else f"every {counted(number, name)}"


def counted(number: int, unit: str) -> str:
    """`1 minute`, `4,000 minutes`."""
    return f"{number} {unit}" if number == 1 else f"{number:,} {unit}s"


def joined(parts: Sequence[str]) -> str:
    """`a, b and c`."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else parts[0]


def day_of_month(day: int | str) -> str:
    return "the last day" if day == "last" else f"day {day}"


def _one_value(field: str) -> str:
    """`5-5` as `5`: cron-descriptor would say "5 through 5"."""
    return re.sub(r"\b(\w+)-\1\b(?!/)", r"\1", field)


def _only_we_read(fields: list[str]) -> bool:
    """True if cron-descriptor would refuse the expression or say something else than it means."""
    _minute, _hour, day, _month, weekday = fields
    stepped = day.startswith("*/") or weekday.startswith("*/")
    both = stepped and "*" not in (day, weekday)
    # A single value with a step counts weekdays to 7, which is Sunday: Debian's own reading.
    counts_to_sunday = "/" in weekday and not weekday.startswith("*")
    in_list = any(DAY_SIGN_IN_LIST.match(field) for field in (day, weekday))
    return both or counts_to_sunday or in_list or draws(fields)


def _field_by_field(fields: list[str]) -> str:
    minute, hour, day, month, weekday = (field.upper() for field in fields)
    parts = [_named("minute", minute), _named("hour", hour)]
    days = [
        _named(name, text)
        for name, text in (("day of month", day), ("weekday", weekday))
        if text != "*"
    ]
    if days:
        both = needs_both_days(day, weekday)
        parts.append((" that is also " if both else " or ").join(days))
    if month != "*":
        parts.append(_named("month", month))
    sentence = ", ".join(parts)
    return f"{sentence} (H is drawn once for the schedule)" if draws(fields) else sentence


def _named(name: str, text: str) -> str:
    return f"every {name}" if text == "*" else f"{name} {text}"
