from __future__ import annotations

from datetime import UTC, datetime, timedelta

from scheduling.planning.forecast import (
    Fate,
    Forecast,
    Outage,
    SimulatedJob,
    busiest,
    figures,
    figures_by_job,
    most_at_once,
)
from scheduling.planning.plan import Plan
from scheduling.planning.policy import Policy
from scheduling.planning.rules import CronRule
from scheduling.planning.simulate import simulate
from scheduling.planning.verdicts import Ground

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
START = datetime(2026, 5, 4, tzinfo=UTC)


def at(minutes: int) -> datetime:
    return START + minutes * MINUTE


def lived(expression: str, *, jobs: int = 1, minutes: int = 50, **policy: object) -> Forecast:
    plan = Plan(rule=CronRule(expression), zone="UTC")
    fleet = [
        SimulatedJob(
            key=key,
            plans={key: plan},
            policy=Policy(**policy),  # type: ignore[arg-type]
            length=minutes * MINUTE,
        )
        for key in range(jobs)
    ]
    down = Outage(at(150), at(280))
    return simulate(fleet, start=START, end=START + 6 * HOUR, outages=[down])


def test_figures_count_occurrences_by_fate_and_reason():
    found = figures(lived("*/20 * * * *").rows, end=START + 6 * HOUR)
    assert found.named == 18
    assert found.fates == {Fate.RAN: 3, Fate.RUNNING: 1, Fate.SKIPPED: 8, Fate.MISSED: 6}
    assert found.reasons == {Ground.OVERLAP: 8, Ground.COALESCED: 3, Ground.OUT_OF_WINDOW: 3}
    assert found.started == 4


def test_a_range_row_counts_with_all_its_occurrences():
    found = figures(lived("* * * * *", minutes=0).rows, end=START + 6 * HOUR)
    assert found.named == 360


def test_the_longest_wait_and_the_longest_queue_are_told():
    forecast = lived("0 * * * *", minutes=100, overlap="queue_all")
    found = figures(forecast.rows, end=forecast.end)
    # The run of 01:00 begins at 01:40 and again at 04:40: those of 02, 04 and 05 o'clock wait.
    assert found.longest_wait == 4 * HOUR
    assert found.longest_queue == 3


def test_jobs_have_figures_of_their_own():
    assert {
        job: found.named for job, found in figures_by_job(lived("0 * * * *", jobs=2)).items()
    } == {
        0: 6,
        1: 6,
    }


def test_the_busiest_minute_is_the_first_of_those_in_which_most_runs_begin():
    found = busiest(lived("0 * * * *", jobs=3))
    assert found is not None
    assert (found.minute, found.started, found.side_by_side) == (START, 3, 3)
    assert busiest(Forecast(START + HOUR, [])) is None


def test_a_span_is_over_at_its_end_and_an_empty_one_counts_where_it_is():
    assert most_at_once([(at(0), at(10)), (at(10), at(20))]) == 1
    assert most_at_once([(at(0), at(10)), (at(9), at(20)), (at(5), at(6))]) == 2
    assert most_at_once([(at(1), at(1)), (at(1), at(1))]) == 2
    assert most_at_once([(at(0), at(9)), (at(5), at(5)), (at(9), at(9))]) == 2
    assert most_at_once([]) == 0
