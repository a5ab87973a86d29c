"""The Clerk's dates: `M/D/YYYY`, with or without leading zeros."""

from __future__ import annotations

import re
from datetime import date

_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")


class DateUnknown(ValueError):
    """The text is no date of the calendar."""


def read_date(text: str) -> date:
    """Read `6/8/2016`. Raises DateUnknown."""
    found = _DATE.fullmatch(text)
    if found is None:
        raise DateUnknown(f"{text!r} is not a date like 12/31/2025")
    month, day, year = map(int, found.groups())
    try:
        return date(year, month, day)
    except ValueError as error:
        raise DateUnknown(f"{text!r} is not a date: {error}") from error
