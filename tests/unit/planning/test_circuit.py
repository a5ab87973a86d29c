from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.planning.circuit import FIRST_PAUSE, LONGEST_PAUSE, pause_after


@pytest.mark.parametrize(
    ("failures", "opens_after", "minutes"),
    [(4, 5, None), (5, 5, 5), (6, 5, 10), (8, 5, 40), (12, 5, 360), (1, 1, 5), (10**9, 5, 360)],
)
def test_each_failure_from_the_threshold_on_doubles_the_pause(failures, opens_after, minutes):
    expected = None if minutes is None else timedelta(minutes=minutes)
    assert pause_after(failures, opens_after) == expected


def test_without_a_threshold_a_source_is_never_left_alone():
    assert pause_after(10**6, None) is None


@given(st.integers(1, 10**6), st.integers(1, 100))
def test_a_pause_keeps_within_its_bounds(failures, opens_after):
    pause = pause_after(failures, opens_after)
    assert (pause is None) is (failures < opens_after)
    assert pause is None or FIRST_PAUSE <= pause <= LONGEST_PAUSE
