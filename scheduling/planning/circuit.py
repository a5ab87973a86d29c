"""For how long a source that fails is left alone. Pure."""

from __future__ import annotations

from datetime import timedelta

FIRST_PAUSE = timedelta(minutes=5)
LONGEST_PAUSE = timedelta(hours=6)


def pause_after(failures_in_row: int, opens_after: int | None) -> timedelta | None:
    """The pause that the latest of so many failures asks for, or None as long as it asks for none.

    Twice as long with each failure from `opens_after` on; None there means never.
    """
    if opens_after is None or failures_in_row < opens_after:
        return None
    # Bounded, because a power of two soon is longer than any timedelta.
    factor: int = 2 ** min(failures_in_row - opens_after, 10)
    return min(FIRST_PAUSE * factor, LONGEST_PAUSE)
