"""Instants as whole seconds since 1970 in UTC, and the two ends of planning.

Inside `planning` an instant is an int and so is a wall-clock reading (as if it were UTC): sums of
ints are exact and fast, and a reading cannot be taken for an instant by a time-zone library.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

DAY = 86_400
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EPOCH_READING = datetime(1970, 1, 1)  # noqa: DTZ001 - readings are naive by nature
EPOCH_ORDINAL = date(1970, 1, 1).toordinal()

# Well inside what `datetime` can hold, so that no offset can overflow it: beyond is "never again".
FIRST_INSTANT = (date(3, 1, 1).toordinal() - EPOCH_ORDINAL) * DAY
LAST_INSTANT = (date(9998, 1, 1).toordinal() - EPOCH_ORDINAL) * DAY


class Occurrence(NamedTuple):
    """An instant that a rule names.

    `local` is the naive reading that the rule names, `fold` 1 if the clock shows it for the second
    time. `shifted`: the clock never showed the reading, so it takes place later.
    """

    planned_at: datetime
    local: datetime
    fold: int = 0
    shifted: bool = False


def seconds_of(instant: datetime) -> int:
    """Whole seconds since 1970, rounded down. `instant` is aware."""
    length = instant - EPOCH
    return length.days * DAY + length.seconds


def instant_of(seconds: int) -> datetime:
    return EPOCH + timedelta(seconds=seconds)


def reading_of(seconds: int) -> datetime:
    return EPOCH_READING + timedelta(seconds=seconds)
