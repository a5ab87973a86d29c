"""When a run is tried again. Pure; semantics 9."""

from collections.abc import Callable
from datetime import datetime, timedelta

FIRST_DELAY = timedelta(seconds=30)
GROWTH = 4
LONGEST_DELAY = timedelta(minutes=15)
LONGEST_ASKED_DELAY = timedelta(days=7)


def next_try_at(
    *,
    tries: int,
    max_attempts: int,
    now: datetime,
    asked_delay: timedelta | None,
    deadline: datetime | None,
    draw: Callable[[], float],
) -> datetime | None:
    """The instant of the next try, or None when the run has to end.

    `tries` are those made; `asked_delay` is a Retry-After, which is obeyed, or ends the run when it
    is longer than a week; `deadline` is the schedule's next occurrence; `draw` gives a number in
    [0, 1) for the jitter (full jitter: anything up to the back-off).
    """
    if tries >= max_attempts:
        return None
    delay = _backoff(tries) * draw() if asked_delay is None else max(asked_delay, timedelta(0))
    if delay > LONGEST_ASKED_DELAY:
        return None
    at = now + delay
    return None if deadline is not None and at >= deadline else at


def _backoff(tries: int) -> timedelta:
    """30 s, 2 min, 8 min, then 15 min each time."""
    # Bounded, because a power of it soon is longer than any timedelta.
    factor: int = GROWTH ** min(tries - 1, 8)
    return min(FIRST_DELAY * factor, LONGEST_DELAY)
