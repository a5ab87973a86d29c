"""The wall-clock readings that a rule names, as if clocks never jumped."""

from __future__ import annotations

from bisect import bisect_left
from datetime import date
from typing import TYPE_CHECKING

from scheduling.planning.days import EVERY_MONTH, DayRule, MonthShape, month_at, shapes_of
from scheduling.planning.instants import DAY, EPOCH_ORDINAL, LAST_INSTANT

if TYPE_CHECKING:
    from collections.abc import Iterator

MONTHS = range(1, 13)
FIRST_MONTH = 12  # January of the year 1
LAST_DAY = LAST_INSTANT // DAY + 2


class Readings:
    """Months x days x times of day. A reading is a count of seconds since 1970 on the wall clock.

    `months` has bit m for month m; `times` are seconds of the day, ascending, none twice. All
    look-ups cost a few microseconds, however sparse the rule. Equal only to itself: it is a key of
    caches.
    """

    __slots__ = ("_days", "_every_day", "_jumps", "_masks", "_months", "_times")

    def __init__(self, *, months: int, days: DayRule, times: tuple[int, ...]) -> None:
        self._months = months
        self._days = days
        self._times = times
        self._masks: dict[MonthShape, int] = {}
        self._jumps = [_months_to_next(months, month) for month in MONTHS]
        self._every_day = months == EVERY_MONTH and days.is_every_day()

    def is_empty(self) -> bool:
        """True if no date of the calendar's 400-year cycle is named."""
        named = (month for month in MONTHS if self._months >> month & 1)
        return not any(self._mask_of(shape) for month in named for shape in shapes_of(month))

    def has(self, reading: int) -> bool:
        return self.next(reading) == reading

    def next(self, reading: int) -> int | None:
        """The first named reading at or after this one; None beyond the end of planning."""
        day, second = divmod(reading, DAY)
        place = bisect_left(self._times, second)
        if place < len(self._times) and self._has_day(day):
            return day * DAY + self._times[place]
        following = self._next_day(day + 1)
        return None if following is None else following * DAY + self._times[0]

    def previous(self, reading: int) -> int | None:
        """The last named reading before this one; None if there is none since the year 1."""
        day, second = divmod(reading, DAY)
        place = bisect_left(self._times, second)
        if place and self._has_day(day):
            return day * DAY + self._times[place - 1]
        before = self._previous_day(day - 1)
        return None if before is None else before * DAY + self._times[-1]

    def between(self, start: int, stop: int) -> Iterator[int]:
        """The named readings from `start` up to but not including `stop`."""
        reading = self.next(start)
        while reading is not None and reading < stop:
            yield reading
            reading = self.next(reading + 1)

    def count(self, start: int, stop: int) -> int:
        """How many readings `between` would yield, in time that does not grow with their number."""
        if start >= stop:
            return 0
        (first_day, first), (last_day, last) = divmod(start, DAY), divmod(stop, DAY)
        whole_days = self._count_days(first_day, last_day) * len(self._times)
        before_start = bisect_left(self._times, first) if self._has_day(first_day) else 0
        on_last_day = bisect_left(self._times, last) if self._has_day(last_day) else 0
        return whole_days - before_start + on_last_day

    def _mask_of(self, shape: MonthShape) -> int:
        mask = self._masks.get(shape)
        if mask is None:
            mask = self._masks[shape] = self._days.mask(shape)
        return mask

    def _mask(self, index: int) -> int:
        named = self._months >> (index % 12 + 1) & 1
        return self._mask_of(month_at(index).shape) if named else 0

    def _has_day(self, day: int) -> bool:
        if self._every_day:
            return True
        index, number = _locate(day)
        return bool(self._mask(index) >> number & 1)

    def _next_day(self, day: int) -> int | None:
        if self._every_day or day > LAST_DAY:
            return day if day <= LAST_DAY else None
        index, number = _locate(day)
        mask = self._mask(index) >> number << number
        while not mask:
            index += self._jumps[index % 12]
            if month_at(index).first_day > LAST_DAY:
                return None
            mask = self._mask(index)
        return month_at(index).first_day + (mask & -mask).bit_length() - 2

    def _previous_day(self, day: int) -> int | None:
        if self._every_day:
            return day
        index, number = _locate(day)
        mask = self._mask(index) & ((2 << number) - 1)
        while not mask:
            index -= 1
            if index < FIRST_MONTH:
                return None
            mask = self._mask(index)
        return month_at(index).first_day + mask.bit_length() - 2

    def _count_days(self, start: int, stop: int) -> int:
        """Named days from `start` up to but not including `stop`."""
        if self._every_day:
            return stop - start
        return (
            self._days_before(stop) - self._days_before(start) + self._months_between(start, stop)
        )

    def _days_before(self, day: int) -> int:
        """Named days of the day's own month that come before it."""
        index, number = _locate(day)
        return (self._mask(index) & ((1 << number) - 1)).bit_count()

    def _months_between(self, start: int, stop: int) -> int:
        """Named days of the months from that of `start` up to but not that of `stop`."""
        indexes = range(_locate(start)[0], _locate(stop)[0])
        return sum(self._mask(index).bit_count() for index in indexes)


def _locate(day: int) -> tuple[int, int]:
    """Index of the month, and day of the month, of a day since 1970."""
    found = date.fromordinal(day + EPOCH_ORDINAL)
    return 12 * found.year + found.month - 1, found.day


def _months_to_next(months: int, month: int) -> int:
    return next(step for step in range(1, 13) if months >> ((month + step - 1) % 12 + 1) & 1)
