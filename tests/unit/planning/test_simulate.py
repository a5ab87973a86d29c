# ruff: noqa: E501 - a table has one case to a line
from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduling.planning.calendars import calendar_from_json
from scheduling.planning.forecast import Outage, SimulatedJob, SimulatedRow, most_at_once
from scheduling.planning.plan import Plan, count
from scheduling.planning.policy import Misfire, Overlap, Policy
from scheduling.planning.rules import CronRule, DailyRule, IntervalRule
from scheduling.planning.simulate import TICK, Brake, merged, simulate
from tests.factories.closures import closed

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
START = datetime(2026, 5, 4, tzinfo=UTC)
HOURLY = Plan(rule=CronRule("0 * * * *"), zone="UTC")


def a_job(
    *plans: Plan, length: timedelta | None = MINUTE, key: int = 1, **policy: Any
) -> SimulatedJob:
    by_key = {key * 10 + place: plan for place, plan in enumerate(plans or (HOURLY,))}
    return SimulatedJob(key=key, plans=by_key, policy=Policy(**policy), length=length)


def told(row: SimulatedRow) -> str:
    """`00:00 RAN 00:00-00:01`, `03:00 SKIPPED OVERLAP`: planned, fate, reason, start and end."""
    parts = [f"{row.planned_at:%H:%M}", row.fate, *([row.reason] if row.reason else [])]
    if row.started_at is not None:
        parts.append(f"{row.started_at:%H:%M}-" + (f"{row.ended_at:%H:%M}" if row.ended_at else ""))
    return " ".join(parts)


def lived(
    job: SimulatedJob, until: timedelta, *down: tuple[timedelta, timedelta], **more: Any
) -> str:
    outages = [Outage(START + first, START + last) for first, last in down]
    rows = simulate([job], start=START, end=START + until, outages=outages, **more).rows
    return ", ".join(told(row) for row in rows)


def test_every_occurrence_runs_at_its_time_from_the_first_instant_up_to_the_last():
    assert lived(a_job(), 2 * HOUR) == "00:00 RAN 00:00-00:01, 01:00 RAN 01:00-01:01"


def test_what_has_not_ended_at_the_end_is_still_going_on():
    assert lived(a_job(length=90 * MINUTE, overlap="queue_one"), 2 * HOUR) == (
        "00:00 RAN 00:00-01:30, 01:00 RUNNING 01:30-"
    )


OVERLAPS = [
    ("skip", "00:00 RAN 00:00-02:30, 01:00 SKIPPED OVERLAP, 02:00 SKIPPED OVERLAP, 03:00 RUNNING 03:00-"),
    ("queue_one", "00:00 RAN 00:00-02:30, 01:00 RUNNING 02:30-, 02:00 SKIPPED QUEUE_FULL, 03:00 WAITING"),
    ("queue_all", "00:00 RAN 00:00-02:30, 01:00 RUNNING 02:30-, 02:00 WAITING, 03:00 WAITING"),
    ("replace", "00:00 REPLACED REPLACED 00:00-01:00, 01:00 REPLACED REPLACED 01:00-02:00, 02:00 REPLACED REPLACED 02:00-03:00, 03:00 RUNNING 03:00-"),
    ("allow", "00:00 RAN 00:00-02:30, 01:00 RAN 01:00-03:30, 02:00 SKIPPED OVERLAP, 03:00 RUNNING 03:00-"),
]  # fmt: skip


@pytest.mark.parametrize(("overlap", "expected"), OVERLAPS)
def test_runs_that_meet_are_treated_as_the_policy_says(overlap, expected):
    job = a_job(length=150 * MINUTE, overlap=overlap, max_parallel=2)
    assert lived(job, 4 * HOUR) == expected


def test_slower_runs_meet_where_ordinary_ones_did_not():
    assert "OVERLAP" not in lived(a_job(length=40 * MINUTE), 6 * HOUR)
    assert lived(a_job(length=40 * MINUTE), 2 * HOUR, length_factor=2.0) == (
        "00:00 RAN 00:00-01:20, 01:00 SKIPPED OVERLAP"
    )


MISFIRES = [
    ("run_latest", "01:00 MISSED OUT_OF_WINDOW, 02:00 MISSED COALESCED, 03:00 RAN 03:30-03:31"),
    ("run_all", "01:00 RAN 03:30-03:31, 02:00 RAN 03:31-03:32, 03:00 RAN 03:32-03:33"),
    ("skip", "01:00 MISSED OUT_OF_WINDOW, 02:00 MISSED OUT_OF_WINDOW, 03:00 MISSED OUT_OF_WINDOW"),
    ("ask", "01:00 ASKED, 02:00 ASKED, 03:00 ASKED"),
]


@pytest.mark.parametrize(("misfire", "expected"), MISFIRES)
def test_an_outage_is_made_up_for_as_the_policy_says(misfire, expected):
    window = (2 if misfire == "run_latest" else 5) * HOUR
    job = a_job(misfire=misfire, catchup_window=window)
    outage = (30 * MINUTE, 3 * HOUR + 30 * MINUTE)
    assert lived(job, 4 * HOUR, outage) == f"00:00 RAN 00:00-00:01, {expected}"


def test_a_run_that_an_outage_meets_begins_again_when_the_engine_is_back():
    job = a_job(Plan(rule=DailyRule(("01:00",)), zone="UTC"), length=HOUR)
    assert lived(job, DAY, (90 * MINUTE, 3 * HOUR)) == "01:00 RAN 01:00-04:00"
    assert lived(job, DAY, (2 * HOUR, 3 * HOUR)) == "01:00 RAN 01:00-02:00"


def test_outages_that_touch_are_one():
    first, second, third = (Outage(START + n * HOUR, START + (n + 1) * HOUR) for n in (1, 2, 5))
    assert merged([third, second, first]) == [Outage(first.start, second.end), third]


def test_a_job_that_is_paused_names_nothing_before_its_pause_ends():
    job = SimulatedJob(
        key=1, plans={1: HOURLY}, policy=Policy(), length=MINUTE, since=START + 90 * MINUTE
    )
    assert lived(job, 3 * HOUR) == "02:00 RAN 02:00-02:01"


def test_what_a_calendar_leaves_out_is_skipped():
    calendar = calendar_from_json(closed(("2026-05-04T01:00", "2026-05-04T02:00")))
    plan = Plan(rule=HOURLY.rule, zone="UTC", blackouts=(calendar,))
    assert lived(a_job(plan), 3 * HOUR) == (
        "00:00 RAN 00:00-00:01, 01:00 SKIPPED BLACKOUT, 02:00 RAN 02:00-02:01"
    )


def test_the_storm_brake_lets_late_runs_go_one_after_another_among_all_jobs():
    fleet = [a_job(key=key) for key in range(1, 6)]
    down = Outage(START + 30 * MINUTE, START + 90 * MINUTE)
    forecast = simulate(fleet, start=START, end=START + 2 * HOUR, outages=[down], brake=Brake(2, 1))
    late = [row.started_at for row in forecast.rows if row.planned_at == START + HOUR]
    assert late == [down.end + n * MINUTE for n in (0, 0, 1, 2, 3)]


def test_a_run_of_unknown_length_ends_where_it_begins():
    assert lived(a_job(length=None), HOUR) == "00:00 RAN 00:00-00:00"


plans = st.builds(
    lambda rule, jitter, number: Plan(
        rule=rule, zone="Europe/Stockholm", jitter_seconds=jitter, schedule_id=str(number)
    ),
    st.sampled_from([CronRule("*/20 * * * *"), DailyRule(("00:15", "06:00")), IntervalRule(4321)]),
    st.sampled_from([0, 600]),
    st.integers(0, 9),
)
jobs = st.builds(
    lambda plans, length, misfire, overlap, catchup: a_job(
        *plans, length=length, misfire=misfire, overlap=overlap, max_catchup=catchup, max_parallel=2
    ),
    st.lists(plans, min_size=1, max_size=3),
    st.timedeltas(MINUTE, 3 * HOUR),
    st.sampled_from(Misfire),
    st.sampled_from(Overlap),
    st.integers(1, 30),
)
downs = st.lists(
    st.tuples(st.integers(0, 1400), st.integers(1, 600)).map(
        lambda pair: Outage(START + pair[0] * MINUTE, START + sum(pair) * MINUTE)
    ),
    max_size=2,
)


@settings(max_examples=60)
@given(job=jobs, outages=downs)
def test_nothing_is_lost_and_no_limit_is_passed(job: SimulatedJob, outages: list[Outage]) -> None:
    end = START + 2 * DAY  # every outage is over by then
    rows = simulate([job], start=START, end=end, outages=outages).rows

    settled = end - timedelta(seconds=700)  # what is planned later may wait for its jitter
    for key, plan in job.plans.items():
        mine = [row for row in rows if row.schedule == key and row.planned_at <= settled]
        assert sum(row.count for row in mine) == count(plan, START - TICK, settled)
        assert len({row.planned_at for row in mine}) == len(mine)
    at_work = [(row.started_at, row.ended_at or end) for row in rows if row.started_at]
    assert most_at_once(at_work) <= (2 if job.policy.overlap is Overlap.ALLOW else 1)
