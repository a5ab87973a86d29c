from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.execution.retry import LONGEST_ASKED_DELAY, LONGEST_DELAY, next_try_at

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
ALMOST_ONE = 1 - 2**-53


def seconds_until_next_try(
    tries: int,
    *,
    most: int = 10,
    asked: float | None = None,
    deadline: float | None = None,
    drawn: float = ALMOST_ONE,
) -> float | None:
    at = next_try_at(
        tries=tries,
        max_attempts=most,
        now=NOON,
        asked_delay=None if asked is None else timedelta(seconds=asked),
        deadline=None if deadline is None else NOON + timedelta(seconds=deadline),
        draw=lambda: drawn,
    )
    return None if at is None else (at - NOON).total_seconds()


@pytest.mark.parametrize(
    ("tries", "longest"), [(1, 30), (2, 120), (3, 480), (4, 900), (5, 900), (9, 900)]
)
def test_the_back_off_grows_to_a_quarter_of_an_hour(tries, longest):
    assert seconds_until_next_try(tries) == pytest.approx(longest)
    assert seconds_until_next_try(tries, drawn=0.0) == 0
    assert seconds_until_next_try(tries, drawn=0.5) == pytest.approx(longest / 2)


@pytest.mark.parametrize(
    ("tries", "most", "tried_again"), [(1, 1, False), (1, 2, True), (3, 3, False), (4, 3, False)]
)
def test_a_run_is_tried_as_often_as_its_job_allows(tries, most, tried_again):
    assert (seconds_until_next_try(tries, most=most) is not None) is tried_again


def test_a_delay_that_the_source_asks_for_is_kept_to_the_second():
    assert seconds_until_next_try(1, asked=3_600, drawn=0.0) == 3_600


def test_a_source_that_asks_for_more_than_a_week_ends_the_run():
    week = LONGEST_ASKED_DELAY.total_seconds()
    assert seconds_until_next_try(1, asked=week) == week
    assert seconds_until_next_try(1, asked=week + 1) is None


def test_a_delay_in_the_past_means_at_once():
    assert seconds_until_next_try(1, asked=-60) == 0


@pytest.mark.parametrize(("deadline", "delay"), [(61, 60), (60, None), (59, None), (-5, None)])
def test_the_next_occurrence_takes_over_from_a_retry(deadline, delay):
    assert seconds_until_next_try(1, asked=60, deadline=deadline) == delay


@given(
    tries=st.integers(1, 32_767),
    most=st.integers(1, 32_767),
    asked=st.none() | st.timedeltas(),
    deadline=st.none() | st.timedeltas(timedelta(days=-400), timedelta(days=400)),
    drawn=st.floats(0, ALMOST_ONE),
)
def test_a_retry_is_never_before_now_nor_after_the_deadline_and_bounded(
    tries, most, asked, deadline, drawn
):
    limit = None if deadline is None else NOON + deadline
    at = next_try_at(
        tries=tries,
        max_attempts=most,
        now=NOON,
        asked_delay=asked,
        deadline=limit,
        draw=lambda: drawn,
    )
    if at is None:
        assert (
            tries >= most
            or (limit is not None and limit <= NOON + LONGEST_ASKED_DELAY)
            or (asked is not None and asked > LONGEST_ASKED_DELAY)
        )
        return
    assert tries < most
    assert at >= NOON
    assert at - NOON <= (LONGEST_DELAY if asked is None else LONGEST_ASKED_DELAY)
    assert limit is None or at < limit
