"""The storm brake: after an outage all jobs together may owe hundreds of late runs. Pure."""

from __future__ import annotations

from datetime import timedelta

MINUTE = timedelta(minutes=1)
NOTHING = timedelta(0)


def delays(
    number: int, *, burst: int, per_minute: int, ahead: timedelta = NOTHING
) -> list[timedelta]:
    """How long each of that many late runs is held back, the oldest first.

    The first `burst` start at once, the others `per_minute` a minute. While earlier ones are held
    still, the last of them for `ahead` from now, the queue goes on behind them.
    """
    at_once = 0 if ahead else burst
    apart = MINUTE / per_minute
    return [ahead + apart * max(0, place - at_once) for place in range(1, number + 1)]
