"""The wall clock, read by the outermost interfaces only; everything below takes `now=`."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - the one place that reads it


def clock_from(start: datetime) -> Clock:
    """A clock that shows `start` now and moves on with monotonic time."""
    origin = time.monotonic()
    return lambda: start + timedelta(seconds=time.monotonic() - origin)
