"""Vixie's cron expressions, as Debian's cron reads them, with `L`, `LW`, `W`, `#`, `xL` and `H`.

Our own reader, because no library is right: croniter takes `5-5` for `*` and joins the day fields
by AND when `#` or `W` is in them, APScheduler counts weekdays from Monday.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from scheduling.planning.cron_fields import DAY_OF_MONTH, DAY_OF_WEEK, HOUR, MINUTE, MONTH
from scheduling.planning.days import WEEK, DayRule, MonthDays, Weekdays
from scheduling.planning.readings import Readings
from scheduling.planning.refusals import BadRule

LONGEST = 1000
FIELD_COUNT = 5
QUARTZ_COUNT = 7
LONGEST_QUOTE = 40
ALIASES = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
PRINTABLE = re.compile(r"[\t\x20-\x7e]*")
BLANKS = re.compile(r"[ \t]+")
NEAREST = re.compile(r"([0-9]{1,2})w")
NTH = re.compile(r"([0-9a-z]+)#([0-9]+)")
HASHED_SIGN = re.compile(r"\bh\b")
LAST = re.compile(r"([0-9]|[a-z]{3})l")
YEAR = re.compile(r"(?:19|20)[0-9]{2}.*")
MOST_WEEKS = 5


class Cron(NamedTuple):
    """`follows_clock`: minute or hour begins with `*`; the rule keeps the clock's beat."""

    readings: Readings
    follows_clock: bool


def split_fields(expression: object) -> list[str]:
    """The five fields in lower case, aliases expanded. BadRule if there are not five."""
    if not isinstance(expression, str):
        raise BadRule("expression", "A cron expression is a text of five fields.")
    if len(expression) > LONGEST:
        raise BadRule("expression", f"The expression is longer than {LONGEST} characters.")
    if not PRINTABLE.fullmatch(expression):
        raise BadRule(
            "expression", "Only plain letters, digits, signs, blanks and tabs are allowed."
        )
    text = expression.strip(" \t")
    if text.startswith("@"):
        text = _expand(text)
    fields = BLANKS.split(text.lower()) if text else []
    if len(fields) != FIELD_COUNT:
        raise BadRule("expression", _wrong_count(fields))
    return fields


def read_cron(expression: object, *, hash_key: str = "") -> Cron:
    """What the expression names. `H` is drawn from `hash_key`, the schedule's id.

    BadRule names the field and the reason, also for an expression that never fires.
    """
    fields = split_fields(expression)
    return _compile(tuple(fields), hash_key if draws(fields) else "")


def draws(fields: list[str]) -> bool:
    """True if `H` is in one of the fields."""
    return any(HASHED_SIGN.search(field) for field in fields)


def needs_both_days(day: str, weekday: str) -> bool:
    """True if a date must match both day fields, as in Debian's cron; else either will do."""
    return day.startswith("*") or weekday.startswith("*")


@lru_cache(maxsize=4096)
def _compile(fields: tuple[str, ...], hash_key: str) -> Cron:
    minute, hour, day, month, weekday = fields
    readings = Readings(
        months=MONTH.parse(month, hash_key),
        days=DayRule(
            _month_days(day, hash_key),
            _weekdays(weekday, hash_key),
            both=needs_both_days(day, weekday),
        ),
        times=_times(MINUTE.parse(minute, hash_key), HOUR.parse(hour, hash_key)),
    )
    if readings.is_empty():
        raise BadRule(
            "day of month", "The expression never fires: no such date exists in any year."
        )
    return Cron(readings, minute.startswith("*") or hour.startswith("*"))


@lru_cache(maxsize=1024)
def _times(minutes: int, hours: int) -> tuple[int, ...]:
    return tuple(
        hour * 3600 + minute * 60
        for hour in range(24)
        if hours >> hour & 1
        for minute in range(60)
        if minutes >> minute & 1
    )


def _month_days(text: str, hash_key: str) -> MonthDays:
    numbers, last, last_workday = 0, False, False
    nearest: set[int] = set()
    for item in text.split(","):
        if item == "l":
            last = True
        elif item == "lw":
            last_workday = True
        elif match := NEAREST.fullmatch(item):
            nearest.add(DAY_OF_MONTH.number(match[1]))
        else:
            numbers |= DAY_OF_MONTH.parse_item(item, hash_key)
    return MonthDays(numbers, last, last_workday, frozenset(nearest))


def _weekdays(text: str, hash_key: str) -> Weekdays:
    numbers = 0
    nth: set[tuple[int, int]] = set()
    last: set[int] = set()
    for item in text.split(","):
        if match := NTH.fullmatch(item):
            nth.add((DAY_OF_WEEK.number(match[1]) % WEEK, _week(match[2])))
        elif match := LAST.fullmatch(item):
            last.add(DAY_OF_WEEK.number(match[1]) % WEEK)
        else:
            numbers |= DAY_OF_WEEK.parse_item(item, hash_key)
    # Both 0 and 7 are Sunday.
    sunday = numbers >> WEEK
    return Weekdays((numbers | sunday) & ~(1 << WEEK), frozenset(nth), frozenset(last))


def _week(text: str) -> int:
    if text not in {"1", "2", "3", "4", "5"}:
        DAY_OF_WEEK.refuse(f"A month has no weekday number {text}: use #1 to #{MOST_WEEKS}.")
    return int(text)


def _expand(alias: str) -> str:
    if alias in ALIASES:
        return ALIASES[alias]
    if alias == "@reboot":
        raise BadRule("expression", "@reboot names no time, so nothing can be planned by it.")
    known = ", ".join(ALIASES)
    raise BadRule("expression", f"{alias[:20]!r} is not an alias. Known are {known}.")


def _wrong_count(fields: list[str]) -> str:
    count = len(fields)
    if count == 0:
        return "The expression is empty: write five fields, such as 0 2 * * *."
    if count > FIELD_COUNT:
        return (
            f"There are {count} fields, cron has five: minute, hour, day of month, month, day of "
            f"week. {_probably_meant(fields) or 'Fields for seconds or years are not read.'}"
        )
    return f"There are {count} of five fields: minute, hour, day of month, month, day of week."


def _probably_meant(fields: list[str]) -> str:
    """A sentence with the five fields that are left without the second and year of Quartz."""
    is_year_last = YEAR.fullmatch(fields[-1]) or len(fields) == QUARTZ_COUNT
    without_year = fields[:-1] if is_year_last else fields
    five = [field.replace("?", "*") for field in without_year[-FIELD_COUNT:]]
    try:
        _compile(tuple(five), "")
    except BadRule:
        return ""
    meant = " ".join(five)
    if len(fields) > QUARTZ_COUNT or len(meant) > LONGEST_QUOTE:
        return ""
    return f"Without second and year, which are not read, it is {meant} (0 is Sunday)."
