"""When a filing that could not be had is asked for again. Pure."""

from datetime import datetime, timedelta

FIRST_GAP = timedelta(hours=6)
MAX_ATTEMPTS = 8


def next_try(attempts: int, tried_at: datetime) -> datetime | None:
    """6 hours after the first try, then twice the gap each time; None after 8 tries (a month)."""
    if attempts >= MAX_ATTEMPTS:
        return None
    gap: timedelta = FIRST_GAP * 2 ** (attempts - 1)
    return tried_at + gap
