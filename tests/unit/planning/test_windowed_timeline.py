"""Rules kept to trading hours. New York: 09:30 to 16:00, half days to 13:00."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from scheduling.planning.clock_timeline import Gap
from scheduling.planning.plan import (
    Plan,
    count,
    dropped,
    last_occurrence,
    next_occurrence,
    occurrences,
)
from scheduling.planning.rules import CronRule, DailyRule, IntervalRule, OnceRule, Rule

QUARTERS = CronRule("*/15 * * * *")
FULL_DAY, HALF_DAY = 26, 14


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _plan(rule: Rule, zone: str = "America/New_York") -> Plan:
    return Plan(rule=rule, zone=zone, market="XNYS")


@pytest.mark.parametrize(
    ("day", "number", "first", "last"),
    [
        ("2026-01-15", FULL_DAY, "14:30", "20:45"),
        ("2026-07-15", FULL_DAY, "13:30", "19:45"),
        ("2026-11-25", FULL_DAY, "14:30", "20:45"),
        ("2026-11-26", 0, "", ""),
        ("2026-11-27", HALF_DAY, "14:30", "17:45"),
        ("2026-11-28", 0, "", ""),
        ("2026-12-24", HALF_DAY, "14:30", "17:45"),
        ("2025-01-09", 0, "", ""),
        # New York sprang forward on 8 March 2026, Stockholm follows on the 29th.
        ("2026-03-06", FULL_DAY, "14:30", "20:45"),
        ("2026-03-09", FULL_DAY, "13:30", "19:45"),
        ("2026-03-30", FULL_DAY, "13:30", "19:45"),
        # Stockholm fell back on 25 October 2026, New York follows on 1 November.
        ("2026-10-26", FULL_DAY, "13:30", "19:45"),
        ("2026-11-02", FULL_DAY, "14:30", "20:45"),
    ],
)
@pytest.mark.parametrize("zone", ["America/New_York", "Europe/Stockholm", "Asia/Kolkata"])
def test_every_quarter_of_an_hour_while_new_york_trades(
    zone: str, day: str, number: int, first: str, last: str
) -> None:
    plan = _plan(QUARTERS, zone)
    after, until = _at(f"{day}T06:00"), _at(f"{day}T23:59")

    found = [f"{each.planned_at:%H:%M}" for each in occurrences(plan, after, until, limit=99)]

    assert len(found) == count(plan, after, until) == number
    assert found[:1] + found[-1:] == ([first, last] if number else [])


def test_an_interval_keeps_its_beat_from_one_session_to_the_next() -> None:
    plan = _plan(IntervalRule(7200, _at("2026-01-01T00:30")))

    found = occurrences(plan, _at("2026-01-15T00:00"), _at("2026-01-17T00:00"), limit=20)

    assert [f"{each.planned_at:%dT%H:%M}" for each in found] == [
        "15T14:30", "15T16:30", "15T18:30", "15T20:30",
        "16T14:30", "16T16:30", "16T18:30", "16T20:30",
    ]  # fmt: skip


def test_the_open_is_within_a_session_and_the_close_is_not() -> None:
    plan = _plan(DailyRule(("09:29", "09:30", "15:59", "16:00")))

    after, until = _at("2026-01-15T00:00"), _at("2026-01-15T23:59")
    found = occurrences(plan, after, until, limit=9)

    assert [f"{each.local:%H:%M}" for each in found] == ["09:30", "15:59"]
    assert last_occurrence(plan, after, until) == found[-1]


def test_the_next_session_may_be_days_away() -> None:
    plan = _plan(QUARTERS)
    friday, monday = _at("2026-07-02T20:00"), _at("2026-07-06T13:30")

    found = next_occurrence(plan, friday)
    newest = last_occurrence(plan, friday - timedelta(days=5), monday - timedelta(seconds=1))

    assert found is not None
    assert found.planned_at == monday
    assert newest is not None
    assert newest.planned_at == friday - timedelta(minutes=15)
    assert last_occurrence(plan, friday, monday - timedelta(seconds=1)) is None


@pytest.mark.parametrize(
    "rule", [DailyRule(("03:00",)), CronRule("* * * * 6"), OnceRule(_at("2026-07-04T15:00"))]
)
def test_a_rule_that_meets_no_session_names_nothing(rule: Rule) -> None:
    plan = _plan(rule)
    start, end = _at("2026-07-01T00:00"), _at("2027-07-01T00:00")

    assert next_occurrence(plan, start) is None
    assert last_occurrence(plan, start, end) is None
    assert count(plan, start, end) == 0


def test_a_rare_rule_is_found_years_ahead() -> None:
    # 29 February 2028 is a Tuesday.
    found = next_occurrence(_plan(CronRule("0 12 29 2 *")), _at("2024-03-01T00:00"))

    assert found is not None
    assert f"{found.planned_at:%Y-%m-%dT%H:%M}" == "2028-02-29T17:00"


def test_a_reading_that_the_clock_jumps_over_outside_of_the_hours_is_not_named() -> None:
    start = _at("2026-03-07T00:00")
    nightly = Plan(rule=DailyRule(("02:30", "12:00")), zone="America/New_York", gap=Gap.SKIP)
    traded = Plan(rule=nightly.rule, zone=nightly.zone, gap=Gap.SKIP, market="XNYS")

    assert len(dropped(nightly, start, start + timedelta(days=3))) == 1
    assert dropped(traded, start, start + timedelta(days=3)) == []


@pytest.mark.parametrize("year", [3, 9990])
def test_both_ends_of_time_have_sessions_and_no_errors(year: int) -> None:
    plan = _plan(QUARTERS)
    start = datetime(year, 1, 1, tzinfo=UTC)

    assert next_occurrence(plan, start) is not None
    assert next_occurrence(plan, datetime(9999, 12, 31, tzinfo=UTC)) is None
    assert last_occurrence(plan, start, start + timedelta(days=30)) is not None
    assert (
        last_occurrence(plan, datetime(1, 1, 1, tzinfo=UTC), datetime(2, 1, 1, tzinfo=UTC)) is None
    )
    assert count(plan, start, start + timedelta(days=7)) == 5 * FULL_DAY
