"""A calendar's own ranges as people type them, one a line, and their JSON. Both ways.

`2026-12-24T12:00 .. 2026-12-27 Christmas`: a date alone is the whole day, so a range that ends with
one lasts until that day is over. `2026-12-24 Christmas Eve` is one day.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from scheduling.planning.refusals import BadRule

LINE = re.compile(r"(?P<first>[0-9][^\s.]*)(?:\s*\.\.\s*(?P<last>[0-9]\S*))?(?:\s+(?P<label>.*))?")
DATE_LENGTH = len("2026-12-24")
DAY = timedelta(days=1)
NOTHING = timedelta(0)
EXAMPLE = "2026-12-24T12:00 .. 2026-12-27 Christmas"


def ranges_of(text: str) -> list[dict[str, Any]]:
    """The ranges of the lines, as `planning.calendars` takes them. BadRule names the line."""
    lines = enumerate(text.splitlines(), start=1)
    return [_range(line.strip(), number) for number, line in lines if line.strip()]


def lines_of(ranges: list[dict[str, Any]]) -> str:
    """What would have to be typed for the ranges."""
    return "\n".join(_line(each) for each in ranges)


def _range(line: str, number: int) -> dict[str, Any]:
    match = LINE.fullmatch(line)
    if match is None:
        raise BadRule("ranges", f"Line {number} cannot be read. Write it like {EXAMPLE}.")
    first, last = match["first"], match["last"] or match["first"]
    if match["last"] is None and not _is_date(first):
        raise BadRule("ranges", f"Line {number} does not say until when: {first} .. ?")
    beyond = DAY if _is_date(last) else NOTHING
    return {
        "from": _text(_reading(first, number)),
        "until": _text(_reading(last, number, plus=beyond)),
        "label": (match["label"] or "").strip(),
    }


def _is_date(word: str) -> bool:
    return len(word) == DATE_LENGTH


def _reading(word: str, number: int, *, plus: timedelta = NOTHING) -> datetime:
    try:
        reading = datetime.fromisoformat(word) + plus
    except (ValueError, OverflowError):
        reading = None
    if reading is None or reading.tzinfo is not None:
        raise BadRule(
            "ranges",
            f"Line {number}: {word[:40]!r} is neither a date nor a time of the calendar's own "
            f"clock. Write it like {EXAMPLE}.",
        )
    return reading


def _text(reading: datetime) -> str:
    return reading.isoformat(timespec="minutes" if reading.second == 0 else "seconds")


def _line(range_: dict[str, Any]) -> str:
    start, until = (datetime.fromisoformat(range_[name]) for name in ("from", "until"))
    first = _text(start)
    if _is_midnight(start):
        first = f"{start:%Y-%m-%d}"
    last = f"{until - DAY:%Y-%m-%d}" if _is_midnight(until) else _text(until)
    span = first if first == last else f"{first} .. {last}"
    return f"{span} {range_.get('label', '')}".strip()


def _is_midnight(reading: datetime) -> bool:
    return (reading.hour, reading.minute, reading.second) == (0, 0, 0)
