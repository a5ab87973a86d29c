from __future__ import annotations

import calendar
from collections.abc import Callable
from datetime import date, timedelta

import pytest

from scheduling.planning.cron import read_cron
from scheduling.planning.days import month_at, shapes_of
from scheduling.planning.instants import DAY, EPOCH_ORDINAL

FIRST, LAST = date(2019, 12, 1), date(2033, 2, 1)


def _length(day: date) -> int:
    return calendar.monthrange(day.year, day.month)[1]


def _nearest(day: date, number: int) -> bool:
    """True if `day` is the working day nearest to that number in its own month."""
    if number > _length(day) or day.isoweekday() > 5:
        return False
    target = day.replace(day=number)
    month = [day.replace(day=n) for n in range(1, _length(day) + 1)]
    workdays = [each for each in month if each.isoweekday() <= 5]
    return day == min(workdays, key=lambda each: abs(each - target))


DATES: dict[str, Callable[[date], bool]] = {
    "0 0 L * *": lambda day: day.day == _length(day),
    "0 0 LW * *": lambda day: _nearest(day, _length(day)),
    "0 0 1W * *": lambda day: _nearest(day, 1),
    "0 0 15W * *": lambda day: _nearest(day, 15),
    "0 0 29W * *": lambda day: _nearest(day, 29),
    "0 0 30W * *": lambda day: _nearest(day, 30),
    "0 0 31W * *": lambda day: _nearest(day, 31),
    "0 0 13 * 5": lambda day: day.day == 13 or day.isoweekday() == 5,
    "0 0 */13 * 5": lambda day: day.day in (1, 14, 27) and day.isoweekday() == 5,
    "0 0 * * 1#1": lambda day: day.isoweekday() == 1 and day.day <= 7,
    "0 0 * * 0#5": lambda day: day.isoweekday() == 7 and day.day > 28,
    "0 0 * * 3L": lambda day: day.isoweekday() == 3 and day.day > _length(day) - 7,
    "0 0 10,L 2 0L": lambda day: (
        day.month == 2
        and (
            day.day in (10, _length(day)) or (day.isoweekday() == 7 and day.day > _length(day) - 7)
        )
    ),
}


@pytest.mark.parametrize("expression", DATES)
def test_an_expression_names_the_days_that_the_calendar_does(expression: str) -> None:
    readings = read_cron(expression).readings
    start, stop = ((day.toordinal() - EPOCH_ORDINAL) * DAY for day in (FIRST, LAST))

    found = [date.fromordinal(at // DAY + EPOCH_ORDINAL) for at in readings.between(start, stop)]

    days = [FIRST + timedelta(n) for n in range((LAST - FIRST).days)]
    assert found == [day for day in days if DATES[expression](day)]
    assert readings.count(start, stop) == len(found)
    assert readings.previous(stop) == (found[-1].toordinal() - EPOCH_ORDINAL) * DAY


def test_every_month_of_the_cycle_has_one_of_its_shapes() -> None:
    months = range(12 * 2000, 12 * 2400)

    seen = {(index % 12 + 1, month_at(index).shape) for index in months}

    assert seen == {(month, shape) for month in range(1, 13) for shape in shapes_of(month)}
