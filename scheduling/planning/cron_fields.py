"""One field of a cron expression: values, ranges, steps and lists, as Debian's cron reads them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from hashlib import sha256
from typing import NoReturn

from scheduling.planning.refusals import BadRule

MONTH_NAMES = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
WEEKDAY_NAMES = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]

LONGEST_QUOTE = 20
VALUES = re.compile(
    r"(?:(?P<all>\*)|(?P<first>[0-9a-z]+)(?:-(?P<last>[0-9a-z]+))?)(?:/(?P<step>[0-9]{1,9}))?",
    re.ASCII,
)
HASHED = re.compile(
    r"h(?:\((?P<first>[0-9]{1,4})-(?P<last>[0-9]{1,4})\))?(?:/(?P<step>[0-9]{1,4}))?"
)


@dataclass(frozen=True, slots=True)
class Field:
    """A field's name, the values it may take, and the last value that `H` draws."""

    name: str
    low: int
    high: int
    names: dict[str, int] = field(default_factory=dict)
    hash_high: int | None = None

    def parse(self, text: str, hash_key: str) -> int:
        """The values of a field as bits. BadRule names what is wrong with it."""
        bits = 0
        for item in text.split(","):
            bits |= self.parse_item(item, hash_key)
        return bits

    def parse_item(self, item: str, hash_key: str) -> int:
        """The values of one element of a field's list."""
        if hashed := HASHED.fullmatch(item):
            return self._parse_hashed(hashed, hash_key)
        match = VALUES.fullmatch(item)
        if match is None or item.startswith("r"):
            self.refuse(_why_not(item))
        step = self._step(match["step"])
        if match["all"]:
            return _bits(self.low, self.high, step)
        first = self.number(match["first"])
        if match["last"] is None:
            # `5/15` counts on to the field's end; `5` alone is one value.
            return _bits(first, self.high if match["step"] else first, step)
        last = self.number(match["last"])
        if last < first:
            self.refuse(self._descending(item))
        return _bits(first, last, step)

    def number(self, text: str) -> int:
        """A value by number or by name."""
        if text in self.names:
            return self.names[text]
        if not text.isdigit():
            self.refuse(f"{_short(text)} is neither a number nor a name that this field knows.")
        value = int(text)
        if not self.low <= value <= self.high:
            self.refuse(
                f"{_short(text)} is out of range: values go from {self.low} to {self.high}."
            )
        return value

    def refuse(self, reason: str) -> NoReturn:
        raise BadRule(self.name, reason)

    def _step(self, text: str | None) -> int:
        step = 1 if text is None else int(text)
        if step == 0:
            self.refuse("A step of 0 never moves on. Use 1 or more.")
        return step

    def _descending(self, item: str) -> str:
        hint = (
            " Sunday begins the week: write fri-sat,sun or 5-7."
            if self.names and self.low == 0
            else ""
        )
        return f"The range {_short(item)} runs backwards. Write it as two ranges.{hint}"

    def _parse_hashed(self, match: re.Match[str], hash_key: str) -> int:
        high = self.high if self.hash_high is None else self.hash_high
        first = self.number(match["first"]) if match["first"] else self.low
        last = self.number(match["last"]) if match["last"] else high
        if last < first:
            self.refuse("The range of H runs backwards.")
        drawn = _draw(f"{hash_key}/{self.name}")
        if match["step"] is None:
            return 1 << first + drawn % (last - first + 1)
        step = min(self._step(match["step"]), last - first + 1)
        return _bits(first + drawn % step, last, step)


def _why_not(item: str) -> str:
    if not item:
        return "An element of the list is empty."
    if "?" in item:
        return "'?' is not cron: write '*'."
    if item.startswith("r"):
        return (
            "'R' draws a new value at each reading. Use 'H', which stays the same for a schedule."
        )
    return f"{_short(item)} cannot be read. Use values, ranges (1-5), lists (1,3), steps (*/15)."


def _short(text: str) -> str:
    return repr(text if len(text) <= LONGEST_QUOTE else f"{text[:LONGEST_QUOTE]}...")


def _bits(first: int, last: int, step: int) -> int:
    bits = 0
    for value in range(first, last + 1, step):
        bits |= 1 << value
    return bits


def _draw(text: str) -> int:
    return int.from_bytes(sha256(text.encode()).digest()[:8])


MINUTE = Field("minute", 0, 59)
HOUR = Field("hour", 0, 23)
# H stays on days that every month has, so that a monthly rule runs each month.
DAY_OF_MONTH = Field("day of month", 1, 31, hash_high=28)
MONTH = Field("month", 1, 12, {name: n for n, name in enumerate(MONTH_NAMES, 1)})
DAY_OF_WEEK = Field(
    "day of week", 0, 7, {name: n for n, name in enumerate(WEEKDAY_NAMES)}, hash_high=6
)
