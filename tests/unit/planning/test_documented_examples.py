# ruff: noqa: E501 - a table has one case to a line
"""Every schedule that the requirement documents 000 to 004 give as an example does what they say.

Each case names the document, the line and what stands there. Weekdays and times are those of the
clock in the schedule's zone, over four weeks without a change of the clock.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from scheduling.planning.plan import Plan, occurrences
from scheduling.planning.rules import rule_from_json

MONDAY = datetime(2026, 5, 4, tzinfo=UTC)
WEEKS = 4
EVERY_DAY = "Mon Tue Wed Thu Fri Sat Sun"
STOCKHOLM = "Europe/Stockholm"  # the default of document 003, line 13


def cron(expression: str) -> dict[str, Any]:
    return {"type": "cron", "expression": expression}


def daily(*times: str) -> dict[str, Any]:
    return {"type": "daily", "times": list(times)}


def preset(name: str) -> dict[str, Any]:
    return {"type": "preset", "name": name}


def each(minutes: int) -> str:
    """The times of a day that lie so far apart."""
    return " ".join(f"{at // 60:02}:{at % 60:02}" for at in range(0, 24 * 60, minutes))


CLOCK_TIMES = [
    # document and line, what it says, the rule, weekdays, times of day
    ("000:81", "Run at specific times (e.g., daily at 2 AM)", daily("02:00"), EVERY_DAY, "02:00"),
    ("000:84", "Hour: 2, Minute: 0, Day of week: Every day", cron("0 2 * * *"), EVERY_DAY, "02:00"),
    ("000:91", "Hour: 3, Minute: 0, Day of week: Sunday", {"type": "weekly", "weekdays": ["sun"], "times": ["03:00"]}, "Sun", "03:00"),
    ("000:98", "Schedule type: Interval, Hours: 6", preset("every_6_hours"), EVERY_DAY, each(360)),
    ("000:248", "cron daily", preset("daily"), EVERY_DAY, "00:00"),
    ("000:347", "hour=2, minute=0: Runs daily at 2 AM", cron("0 2 * * *"), EVERY_DAY, "02:00"),
    ("000:379", "daily, not hourly", preset("daily"), EVERY_DAY, "00:00"),
    ("000:451", "Can I schedule jobs to run every minute? Yes", cron("* * * * *"), EVERY_DAY, each(1)),
    ("000:452", "Minimum recommended interval is 15 minutes", cron("*/15 * * * *"), EVERY_DAY, each(15)),
    ("001:22", "`hourly` - Every 1 hour", preset("hourly"), EVERY_DAY, each(60)),
    ("001:23", "`every_6_hours` - Every 6 hours", preset("every_6_hours"), EVERY_DAY, each(360)),
    ("001:24", "`every_12_hours` - Every 12 hours", preset("every_12_hours"), EVERY_DAY, each(720)),
    ("001:25", "`daily` - Every 24 hours", preset("daily"), EVERY_DAY, "00:00"),
    ("001:164", "Temporarily change frequency to 1 minute", cron("*/1 * * * *"), EVERY_DAY, each(1)),
    ("002:53", "`0 9 * * 1` for Monday 9:00 AM", cron("0 9 * * 1"), "Mon", "09:00"),
    ("002:60", "Every Monday at 9:00 AM", {"type": "weekly", "weekdays": ["mon"], "times": ["09:00"]}, "Mon", "09:00"),
    ("002:65", "Every day at 2:00 AM", daily("02:00"), EVERY_DAY, "02:00"),
    ("002:72", "`0 9 * * 1` = Monday 9:00 AM", cron("0 9 * * 1"), "Mon", "09:00"),
    ("002:73", "`0 2 * * *` = Every day at 2:00 AM", cron("0 2 * * *"), EVERY_DAY, "02:00"),
    ("002:74", "`0 12 * * 1,3,5` = Monday, Wednesday, Friday at 12:00 PM", cron("0 12 * * 1,3,5"), "Mon Wed Fri", "12:00"),
    ("003:65", "0 */6 * * *: Every 6 hours", cron("0 */6 * * *"), EVERY_DAY, each(360)),
    ("003:89", "0 9 * * 1-5: Every day at 9 AM, Monday to Friday", cron("0 9 * * 1-5"), "Mon Tue Wed Thu Fri", "09:00"),
    ("003:90", "*/30 * * * *: Every 30 minutes", cron("*/30 * * * *"), EVERY_DAY, each(30)),
    ("003:91", "0 2 * * 0: Every Sunday at 2 AM", cron("0 2 * * 0"), "Sun", "02:00"),
    ("003:192", "schedule: 0 */6 * * *", cron("0 */6 * * *"), EVERY_DAY, each(360)),
    ("003:239", "Daily batch processing", daily("02:00"), EVERY_DAY, "02:00"),
    ("003:240", "High-frequency monitoring", cron("*/5 * * * *"), EVERY_DAY, each(5)),
    ("004:170", "0 9 * * *: Daily at 9 AM", cron("0 9 * * *"), EVERY_DAY, "09:00"),
]  # fmt: skip


@pytest.mark.parametrize("zone", [STOCKHOLM, "America/New_York", "UTC"])
@pytest.mark.parametrize(("place", "says", "rule", "weekdays", "times"), CLOCK_TIMES)
def test_an_example_runs_on_the_days_and_at_the_times_it_says(
    place: str, says: str, rule: dict[str, Any], weekdays: str, times: str, zone: str
) -> None:
    start = MONDAY.replace(tzinfo=ZoneInfo(zone)) - timedelta(seconds=1)
    until = start + timedelta(weeks=WEEKS)

    found = occurrences(Plan(rule=rule_from_json(rule), zone=zone), start, until, limit=50_000)

    readings = [each_.planned_at.astimezone(ZoneInfo(zone)) for each_ in found]
    days = weekdays.split()
    expected = [(day, time) for day in days for time in times.split()] * WEEKS
    assert [f"{at:%a %H:%M}" for at in readings] == [f"{day} {time}" for day, time in expected]


INTERVALS = [
    # document and line, what it says, seconds
    ("000:80", "Run every X hours/minutes (90 minutes)", 5400),
    ("000:98", "Hours: 6, Minutes: 0", 6 * 3600),
    ("000:452", "Minimum recommended interval is 15 minutes", 15 * 60),
    ("001:164", 'interval_map "hourly": {"minutes": 1}', 60),
    ("003:99", "interval: seconds: 30, minutes: 15, hours: 2", 2 * 3600 + 15 * 60 + 30),
    ("003:100", "interval: seconds: 30", 30),
    ("003:101", "interval: minutes: 15", 15 * 60),
    ("003:102", "interval: hours: 2", 2 * 3600),
    ("003:249", "6-hour intervals working correctly", 6 * 3600),
]


@pytest.mark.parametrize(("place", "says", "seconds"), INTERVALS)
def test_an_interval_of_the_examples_keeps_its_length(place: str, says: str, seconds: int) -> None:
    rule = {"type": "interval", "every_seconds": seconds, "anchor": "2026-05-04T00:00:00Z"}

    found = occurrences(Plan(rule=rule_from_json(rule), zone=STOCKHOLM), MONDAY, limit=100)

    instants = [MONDAY, *(each_.planned_at for each_ in found)]
    steps = {later - earlier for earlier, later in pairwise(instants)}
    assert steps == {timedelta(seconds=seconds)}


def test_market_hours_scheduling_for_financial_data() -> None:
    """003:238: every quarter of an hour while New York trades, also on a short day."""
    plan = Plan(rule=rule_from_json(cron("*/15 * * * *")), zone="America/New_York", market="XNYS")
    start = datetime(2026, 11, 25, 12, tzinfo=UTC)

    found = occurrences(plan, start, start + timedelta(days=5), limit=1000)

    by_day: dict[str, list[str]] = {}
    for each_ in found:
        by_day.setdefault(f"{each_.local:%a %d}", []).append(f"{each_.local:%H:%M}")
    # Thanksgiving is on Thursday the 26th; on the 27th the exchange closes at 13:00.
    assert list(by_day) == ["Wed 25", "Fri 27"]
    assert (by_day["Wed 25"][0], by_day["Wed 25"][-1]) == ("09:30", "15:45")
    assert (by_day["Fri 27"][0], by_day["Fri 27"][-1]) == ("09:30", "12:45")
    assert [len(times) for times in by_day.values()] == [26, 14]


def test_mixed_scheduling_strategies() -> None:
    """003:241: several schedules of one job name their instants side by side."""
    rules = [
        daily("02:00"),
        cron("*/30 9-16 * * 1-5"),
        {"type": "interval", "every_seconds": 43_200},
    ]
    until = MONDAY + timedelta(days=1)

    named = [
        occurrences(Plan(rule=rule_from_json(rule), zone="UTC"), MONDAY, until, limit=100)
        for rule in rules
    ]

    assert [len(found) for found in named] == [1, 16, 2]
