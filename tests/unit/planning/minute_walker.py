"""A second, slow reading of the policy for clock changes: it looks at each minute in turn.

Written from the policy's text (design semantics 5), with nothing of the planner in it: the wall
clock comes from `zoneinfo`, gaps from comparing one minute with the next, repeats from `fold`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
LONG_GAP = timedelta(hours=3)
FIELDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
PLAIN = re.compile(r"(\*|(\d+)(?:-(\d+))?)(?:/(\d+))?")


@dataclass(frozen=True)
class Spec:
    """An expression with what its fields hold, known from how it was drawn or read by `of`."""

    minute: tuple[str, frozenset[int]]
    hour: tuple[str, frozenset[int]]
    day: tuple[str, frozenset[int]]
    month: tuple[str, frozenset[int]]
    weekday: tuple[str, frozenset[int]]

    @classmethod
    def of(cls, expression: str) -> Spec | None:
        """A text of numbers, read without the planner; None if there is more in it than that."""
        texts = expression.split()
        if len(texts) != len(FIELDS) or not all(
            PLAIN.fullmatch(item) for text in texts for item in text.split(",")
        ):
            return None
        values = [_values(text, *bounds) for text, bounds in zip(texts, FIELDS, strict=True)]
        values[-1] = frozenset(value % 7 for value in values[-1])
        return cls(*zip(texts, values, strict=True))

    @property
    def expression(self) -> str:
        fields = (self.minute, self.hour, self.day, self.month, self.weekday)
        return " ".join(text for text, _ in fields)

    @property
    def follows_clock(self) -> bool:
        return self.minute[0].startswith("*") or self.hour[0].startswith("*")

    def matches(self, reading: datetime) -> bool:
        day = reading.day in self.day[1]
        weekday = reading.isoweekday() % 7 in self.weekday[1]
        star = self.day[0].startswith("*") or self.weekday[0].startswith("*")
        return (
            reading.minute in self.minute[1]
            and reading.hour in self.hour[1]
            and reading.month in self.month[1]
            and ((day and weekday) if star else (day or weekday))
        )


def _values(text: str, low: int, high: int) -> frozenset[int]:
    found: set[int] = set()
    for all_, first, last, step in PLAIN.findall(text):
        start = low if all_ == "*" else int(first)
        stop = high if all_ == "*" or (step and not last) else int(last or first)
        found.update(range(start, stop + 1, int(step or 1)))
    return frozenset(found)


def walk(
    spec: Spec, zone: ZoneInfo, start: datetime, stop: datetime, *, gap: str, repeat: str
) -> list[datetime]:
    """Every instant after `start` and up to `stop`; both are whole minutes in UTC."""
    fires: set[datetime] = set()
    # A shift by the gap's length lands up to three hours later, so begin before the window.
    at = start - 2 * LONG_GAP
    before = at.astimezone(zone).replace(tzinfo=None)
    while at < stop:
        at += MINUTE
        aware = at.astimezone(zone)
        reading = aware.replace(tzinfo=None, fold=0)
        jump = reading - before - MINUTE
        if jump > timedelta(0) and not spec.follows_clock:
            fires |= _caught_up(spec, at, before + MINUTE, reading, gap)
        if spec.matches(reading) and (spec.follows_clock or _is_wanted_pass(aware, zone, repeat)):
            fires.add(at)
        before = reading
    return sorted(instant for instant in fires if start < instant <= stop)


def _caught_up(
    spec: Spec, at: datetime, first: datetime, reading: datetime, gap: str
) -> set[datetime]:
    length = reading - first
    if gap == "skip" or length >= LONG_GAP:
        return set()
    minutes = [first + n * MINUTE for n in range(length // MINUTE)]
    missed = [each for each in minutes if spec.matches(each)]
    if gap == "shift":
        return {at} if missed else set()
    return {at + (each - first) for each in missed}


def _is_wanted_pass(aware: datetime, zone: ZoneInfo, repeat: str) -> bool:
    again: Callable[[int], datetime] = lambda fold: aware.replace(fold=fold).astimezone(UTC)  # noqa: E731
    if again(0) == again(1) or repeat == "both":
        return True
    return aware.fold == (0 if repeat == "first" else 1)
