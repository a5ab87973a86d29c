"""`H`: each schedule draws its own value, once."""

from __future__ import annotations

import itertools
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from scheduling.planning.plan import Plan, next_occurrence, occurrences
from scheduling.planning.rules import CronRule

START = datetime(2026, 1, 1, tzinfo=UTC)


def _plan(expression: str, schedule_id: str) -> Plan:
    return Plan(rule=CronRule(expression), zone="UTC", schedule_id=schedule_id)


def test_a_schedule_draws_the_same_value_every_time() -> None:
    # Written down once: a change of these would move the schedules of every installation.
    drawn = [occurrences(_plan("H H * * *", str(n)), START, limit=1)[0].local for n in range(1, 4)]

    assert [f"{each:%H:%M}" for each in drawn] == ["15:17", "03:24", "01:37"]


def test_schedules_spread_over_the_day() -> None:
    slots = Counter(
        found.local
        for n in range(500)
        if (found := next_occurrence(_plan("H H * * *", str(n)), START))
    )

    # 500 draws from 1,440 slots leave about 423 distinct ones; croniter's hash gave 137 of 200.
    assert len(slots) > 390


@pytest.mark.parametrize("schedule_id", ["1", "2", "77"])
@pytest.mark.parametrize(
    ("expression", "step", "minutes"),
    [("H/15 * * * *", 15, range(60)), ("H(10-29)/5 * * * *", 5, range(10, 30)),
     ("h(7-7) * * * *", 60, range(7, 8)), ("H/90 * * * *", 60, range(60))],
)  # fmt: skip
def test_a_stepped_draw_keeps_its_step(
    expression: str, step: int, minutes: range, schedule_id: str
) -> None:
    found = occurrences(_plan(expression, schedule_id), START, START + timedelta(hours=1), limit=60)

    drawn = [each.local.minute for each in found]
    assert all(minute in minutes for minute in drawn)
    assert {after - before for before, after in itertools.pairwise(drawn)} <= {step}
    assert len(drawn) == max(len(minutes) // step, 1)


@pytest.mark.parametrize("schedule_id", [str(n) for n in range(40)])
def test_a_drawn_day_is_one_that_every_month_has(schedule_id: str) -> None:
    found = occurrences(_plan("0 0 H * *", schedule_id), START, limit=12)

    assert len({each.local.month for each in found}) == 12


def test_a_rule_that_draws_nothing_is_shared_by_all_schedules() -> None:
    assert _plan("0 2 * * thu", "1").timeline is _plan("0 2 * * thu", "2").timeline
    assert _plan("H 2 * * *", "1").timeline is not _plan("H 2 * * *", "2").timeline
