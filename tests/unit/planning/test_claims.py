from __future__ import annotations

from datetime import UTC, datetime, timedelta

from scheduling.planning.claims import Claims

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def claims(*runs: tuple[int, int, bool], active: list[int] | None = None) -> Claims:
    """Runs as (number, minutes after noon, may wait), with room for one."""
    found = Claims(1, active or [])
    for run, minutes, may_wait in runs:
        found.add(run, available_at=NOON + minutes * MINUTE, may_wait=may_wait)
    return found


def test_the_oldest_that_may_begin_is_next():
    waiting = claims((1, 2, True), (2, 0, True), (3, 0, False), (4, 9, True))
    assert [waiting.pop_ready(NOON + 5 * MINUTE) for _ in range(4)] == [2, 3, 1, None]
    assert waiting.queued == 1


def test_without_room_only_those_that_may_not_wait_are_looked_at():
    waiting = claims((1, 0, True), (2, 0, False), active=[0])
    assert [waiting.pop_ready(NOON) for _ in range(2)] == [2, None]
    waiting.active.clear()
    assert waiting.pop_ready(NOON) == 1


def test_what_came_before_is_taken_out_whether_active_or_waiting():
    waiting = claims((1, 0, True), (2, 3, False), (5, 1, True), active=[0])
    assert sorted(waiting.pop_before(5)) == [0, 1, 2]
    assert (waiting.active, waiting.queued, waiting.has_room) == ([], 1, True)
    assert waiting.pop_ready(NOON + MINUTE) == 5
