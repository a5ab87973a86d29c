from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.planning.storm import MINUTE, NOTHING, delays

SECONDS = [timedelta(seconds=n) for n in range(10)]


@pytest.mark.parametrize(
    ("number", "burst", "per_minute", "ahead", "expected"),
    [
        (0, 2, 60, NOTHING, []),
        (2, 2, 60, NOTHING, SECONDS[:1] * 2),
        (5, 2, 60, NOTHING, [*SECONDS[:1] * 2, *SECONDS[1:4]]),
        (3, 1, 1, NOTHING, [NOTHING, MINUTE, 2 * MINUTE]),
        (3, 1, 120, NOTHING, [NOTHING, MINUTE / 120, MINUTE / 60]),
        (2, 2, 60, SECONDS[3], SECONDS[4:6]),
    ],
)
def test_a_burst_starts_at_once_and_the_rest_follows_in_a_line(
    number, burst, per_minute, ahead, expected
):
    assert delays(number, burst=burst, per_minute=per_minute, ahead=ahead) == expected


LIMITS = {"burst": st.integers(1, 60), "per_minute": st.integers(1, 600)}


@given(number=st.integers(0, 300), **LIMITS)
def test_beyond_the_burst_no_minute_lets_more_go_than_it_may(number, burst, per_minute):
    held = [delay for delay in delays(number, burst=burst, per_minute=per_minute) if delay]
    assert len(held) == max(0, number - burst)
    for first, after_a_minute in zip(held, held[per_minute:], strict=False):
        # A division that leaves a rest is cut to microseconds.
        assert after_a_minute - first >= MINUTE - timedelta(milliseconds=1)


@given(first=st.integers(61, 200), second=st.integers(0, 200), **LIMITS)
def test_two_ticks_make_one_line(first, second, burst, per_minute):
    limits = {"burst": burst, "per_minute": per_minute}
    earlier = delays(first, **limits)
    later = delays(second, **limits, ahead=earlier[-1])
    whole = delays(first + second, **limits)
    assert all(
        abs(one - other) < timedelta(milliseconds=1)
        for one, other in zip(earlier + later, whole, strict=True)
    )
