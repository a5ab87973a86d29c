"""Which days of a month a rule names. A month is known by its shape alone: there are 28 of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from scheduling.planning.instants import EPOCH_ORDINAL

SUNDAY, SATURDAY = 0, 6
WEEK = 7
EVERY_DAY_OF_MONTH = (1 << 32) - 2
EVERY_WEEKDAY = (1 << WEEK) - 1
EVERY_MONTH = (1 << 13) - 2
LENGTHS = {1: (31,), 2: (28, 29), 3: (31,), 4: (30,), 5: (31,), 6: (30,)} | {
    7: (31,), 8: (31,), 9: (30,), 10: (31,), 11: (30,), 12: (31,)
}  # fmt: skip


class MonthShape(NamedTuple):
    """`first_weekday` counts from Sunday = 0."""

    length: int
    first_weekday: int

    def weekday(self, day: int) -> int:
        return (self.first_weekday + day - 1) % WEEK


class Month(NamedTuple):
    """A month of the calendar: `first_day` in days since 1970."""

    first_day: int
    shape: MonthShape


@lru_cache(maxsize=8192)
def month_at(index: int) -> Month:
    """The month of an index, which is 12 * year + month - 1."""
    year, month = divmod(index, 12)
    first = date(year, month + 1, 1)
    following = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    shape = MonthShape((following - first).days, first.isoweekday() % WEEK)
    return Month(first.toordinal() - EPOCH_ORDINAL, shape)


def shapes_of(month: int) -> tuple[MonthShape, ...]:
    """Every shape that a month (1-12) takes within the 400 years of the calendar's cycle."""
    return tuple(MonthShape(length, first) for length in LENGTHS[month] for first in range(WEEK))


@dataclass(frozen=True, slots=True)
class MonthDays:
    """Days by number. `numbers` has bit n for day n; `nearest` are the n of `nW`."""

    numbers: int = 0
    last: bool = False
    last_workday: bool = False
    nearest: frozenset[int] = frozenset()

    def mask(self, shape: MonthShape) -> int:
        mask = self.numbers & ((2 << shape.length) - 1)
        if self.last:
            mask |= 1 << shape.length
        if self.last_workday:
            mask |= 1 << _nearest_workday(shape.length, shape)
        for day in self.nearest:
            if day <= shape.length:
                mask |= 1 << _nearest_workday(day, shape)
        return mask


def _nearest_workday(day: int, shape: MonthShape) -> int:
    """Monday to Friday nearest to the day, never in another month."""
    weekday = shape.weekday(day)
    if weekday == SATURDAY:
        return day - 1 if day > 1 else day + 2
    if weekday == SUNDAY:
        return day + 1 if day < shape.length else day - 2
    return day


@dataclass(frozen=True, slots=True)
class Weekdays:
    """Days by weekday. `numbers` has bit 0 for Sunday; `nth` are (weekday, n) of `weekday#n`."""

    numbers: int = 0
    nth: frozenset[tuple[int, int]] = frozenset()
    last: frozenset[int] = frozenset()

    def mask(self, shape: MonthShape) -> int:
        mask = 0
        for day in range(1, shape.length + 1):
            if self._holds(day, shape):
                mask |= 1 << day
        return mask

    def _holds(self, day: int, shape: MonthShape) -> bool:
        weekday = shape.weekday(day)
        return (
            bool(self.numbers >> weekday & 1)
            or (weekday, (day + WEEK - 1) // WEEK) in self.nth
            or (day + WEEK > shape.length and weekday in self.last)
        )


@dataclass(frozen=True, slots=True)
class DayRule:
    """Days by number and by weekday: `both` must match, or either will do (Debian's day rule)."""

    month_days: MonthDays
    weekdays: Weekdays
    both: bool

    def mask(self, shape: MonthShape) -> int:
        """Bit n is set if the rule names day n of a month of that shape."""
        by_number, by_weekday = self.month_days.mask(shape), self.weekdays.mask(shape)
        return by_number & by_weekday if self.both else by_number | by_weekday

    def is_every_day(self) -> bool:
        """True if no day can be left out, whatever the month."""
        by_number = self.month_days.numbers == EVERY_DAY_OF_MONTH
        by_weekday = self.weekdays.numbers == EVERY_WEEKDAY
        return by_number and by_weekday if self.both else by_number or by_weekday


EVERY_DAY = DayRule(MonthDays(EVERY_DAY_OF_MONTH), Weekdays(EVERY_WEEKDAY), both=True)
