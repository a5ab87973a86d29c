from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from scheduling.planning.forecast import SimulatedJob
from scheduling.planning.plan import Plan
from scheduling.planning.policy import Policy
from scheduling.planning.predicted_overlaps import PredictedOverlaps, predict_overlaps
from scheduling.planning.rules import CronRule, DailyRule, OnceRule

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
QUARTERS = Plan(rule=CronRule("*/15 * * * *"), zone="UTC")


def predicted(*plans: Plan, minutes: int, overlap: str = "skip") -> PredictedOverlaps:
    job = SimulatedJob(
        key=1,
        plans=dict(enumerate(plans)),
        policy=Policy(overlap=overlap, max_queued=1000),  # type: ignore[arg-type]
        length=minutes * MINUTE,
    )
    return predict_overlaps(job, after=NOW)


@pytest.mark.parametrize(
    ("minutes", "overlap", "met"),
    [
        (12, "skip", 0),
        (15, "skip", 0),
        (20, "skip", 50),  # a run, a skip, a run, a skip
        (40, "skip", 66),  # a run and two skips
        (20, "replace", 99),
        (20, "allow", 99),
        (20, "queue_all", 99),
    ],
)
def test_dates_that_meet_a_run_are_counted_as_the_policy_lets_them(minutes, overlap, met):
    assert predicted(QUARTERS, minutes=minutes, overlap=overlap) == (met, 100)


def test_schedules_of_one_job_meet_each_other():
    nightly = Plan(rule=DailyRule(("02:00",)), zone="UTC")
    assert predicted(nightly, Plan(rule=DailyRule(("02:10",)), zone="UTC"), minutes=12) == (50, 100)


def test_a_rule_that_ends_has_fewer_dates():
    assert predicted(Plan(rule=OnceRule(NOW + MINUTE), zone="UTC"), minutes=99) == (0, 1)
    assert predicted(minutes=99) == (0, 0)


def test_what_is_left_out_meets_nothing():
    skipping = Plan(
        rule=QUARTERS.rule, zone="UTC", skip_from=NOW, skip_until=NOW + timedelta(hours=2)
    )
    assert predicted(skipping, minutes=20) == (50, 100)
