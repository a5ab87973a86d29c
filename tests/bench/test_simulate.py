"""What a forecast of the whole fleet costs: 10,000 schedules for a day, calm and with an outage."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from scheduling.planning.forecast import Outage, SimulatedJob, busiest, figures_by_job
from scheduling.planning.plan import Plan
from scheduling.planning.policy import Policy
from scheduling.planning.rules import CronRule
from scheduling.planning.simulate import Brake, simulate

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]

START = datetime(2026, 11, 2, tzinfo=UTC)
DAY = timedelta(days=1)
# Of ten schedules six are daily, three hourly, one runs each quarter of an hour.
MIX = ["0 2 * * *"] * 6 + ["0 * * * *"] * 3 + ["*/15 * * * *"]
OUTAGE = Outage(START + timedelta(hours=2), START + timedelta(hours=5))


def a_fleet(number: int) -> list[SimulatedJob]:
    return [
        SimulatedJob(
            key=key,
            plans={key: Plan(rule=CronRule(MIX[key % 10]), zone="Europe/Stockholm")},
            policy=Policy(),
            length=timedelta(minutes=3 + key % 20),
        )
        for key in range(number)
    ]


@pytest.mark.parametrize("number", [1_000, 10_000])
@pytest.mark.parametrize("outages", [[], [OUTAGE]], ids=["calm", "outage"])
def test_a_day_of_the_fleet(benchmark, number, outages):
    fleet = a_fleet(number)

    def foresee() -> int:
        forecast = simulate(
            fleet, start=START, end=START + DAY, outages=outages, brake=Brake(50, 60)
        )
        busiest(forecast)
        return sum(found.named for found in figures_by_job(forecast).values())

    named = benchmark.pedantic(foresee, rounds=3, warmup_rounds=1)
    assert named == number // 10 * (6 + 3 * 24 + 96)


@pytest.mark.parametrize("days", [1, 10])
def test_a_job_that_catches_up_a_thousand_runs_after_each_outage(benchmark, days):
    """Ten times as long a time costs ten times as much, however long the queue is."""
    plan = Plan(rule=CronRule("* * * * *"), zone="UTC")
    policy = Policy(misfire="run_all", max_catchup=1000, catchup_window=DAY)  # type: ignore[arg-type]
    job = SimulatedJob(key=1, plans={1: plan}, policy=policy, length=timedelta(seconds=20))
    downs = [Outage(START + n * DAY, START + n * DAY + timedelta(hours=16)) for n in range(days)]
    forecast = benchmark.pedantic(
        lambda: simulate([job], start=START, end=START + days * DAY, outages=downs), rounds=3
    )
    assert sum(row.count for row in forecast.rows) == days * 1440
