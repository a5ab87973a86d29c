from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.planning.clock_changes import ClockChange, changes_touching, is_changing_day
from scheduling.planning.clock_timeline import Gap, Repeat
from scheduling.planning.plan import Plan, occurrences, plan_from_json
from scheduling.planning.zones import load_zone

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def touching(zone: str = "Europe/Stockholm", now: datetime = NOW, **plan: Any) -> list[ClockChange]:
    rule = plan.pop("rule", {"type": "daily", "times": ["02:30"]})
    return changes_touching(plan_from_json({"rule": rule, "zone": zone, **plan}), now)


def told(change: ClockChange) -> dict[str, list[str]]:
    """Policy -> instants in UTC."""
    return {each.policy: [f"{at:%H:%M}" for at in each.runs] for each in change.outcomes}


def test_a_skipped_and_a_repeated_time_are_found_with_what_each_policy_does() -> None:
    gap, repetition = touching()
    assert (gap.at, gap.is_gap, f"{gap.readings[0]:%m-%d %H:%M}") == (
        datetime(2026, 3, 29, 1, tzinfo=UTC), True, "03-29 02:30"
    )  # fmt: skip
    assert told(gap) == {"shift": ["01:00"], "shift_by_gap": ["01:30"], "skip": []}
    assert (repetition.at, repetition.is_gap) == (datetime(2026, 10, 25, 1, tzinfo=UTC), False)
    assert told(repetition) == {"first": ["00:30"], "second": ["01:30"], "both": ["00:30", "01:30"]}


def test_a_clock_that_moves_by_half_an_hour_is_read_as_it_moves() -> None:
    twice_daily = {"type": "daily", "times": ["01:45", "02:15"]}
    repetition, gap = touching("Australia/Lord_Howe", rule=twice_daily)
    assert told(repetition) == {"first": ["14:45"], "second": ["15:15"], "both": ["14:45", "15:15"]}
    assert told(gap) == {"shift": ["15:30"], "shift_by_gap": ["15:45"], "skip": []}


@pytest.mark.parametrize(
    "plan",
    [
        {"rule": {"type": "daily", "times": ["05:00"]}},
        {"zone": "Asia/Tokyo"},
        {"zone": "UTC"},
        {"rule": {"type": "interval", "every_seconds": 60}},
        {"rule": {"type": "once", "at": "2026-03-29T01:00Z"}},
        {"rule": {"type": "weekly", "weekdays": ["mon"], "times": ["02:30"]}},
        {"ends_at": "2026-03-15T00:00Z"},
        {"starts_at": "2029-01-01T00:00Z"},
        {"market": "XNYS", "rule": {"type": "cron", "expression": "*/15 * * * *"}},
        {"rule": {"type": "cron", "expression": "0 */6 * * *"}},
    ],
)
def test_what_no_change_touches_is_left_alone(plan: dict[str, Any]) -> None:
    assert touching(**plan) == []


def test_a_change_on_a_day_that_a_calendar_leaves_out_is_passed_over() -> None:
    """28 March 2027 is Easter Sunday."""
    sweden = {"type": "holidays", "country": "SE", "subdivision": ""}
    easter = {"name": "Sweden", "zone": "Europe/Stockholm", "rule": sweden}
    after = datetime(2026, 12, 1, tzinfo=UTC)
    plain, around = touching(now=after), touching(now=after, blackouts=[easter])
    days = [next(each.at for each in found if each.is_gap).date() for found in (plain, around)]
    assert days == [date(2027, 3, 28), date(2028, 3, 26)]


def test_a_rule_that_follows_the_clock_has_no_choice() -> None:
    changes = touching(rule={"type": "cron", "expression": "*/30 * * * *"})
    assert [(change.is_gap, len(change.readings), change.outcomes) for change in changes] == [
        (True, 2, ()),
        (False, 2, ()),
    ]


def test_a_policy_that_is_chosen_changes_nothing_of_what_is_shown() -> None:
    assert touching(gap_policy="skip", repeat_policy="both") == touching()


@given(
    time=st.times().map(lambda time: f"{time:%H:%M}"),
    zone=st.sampled_from(["Europe/Stockholm", "America/New_York", "Australia/Lord_Howe"]),
    gap=st.sampled_from(list(Gap)),
    repeat=st.sampled_from(list(Repeat)),
)
def test_what_is_shown_is_what_the_plan_does(
    time: str, zone: str, gap: Gap, repeat: Repeat
) -> None:
    daily = {"type": "daily", "times": [time]}
    plan = plan_from_json({"rule": daily, "zone": zone, "gap_policy": gap, "repeat_policy": repeat})
    for change in changes_touching(plan, NOW):
        shown = next(each.runs for each in change.outcomes if each.policy in (gap, repeat))
        assert instants_of_day(plan, change.readings[0]) == list(shown)


def instants_of_day(plan: Plan, reading: datetime) -> list[datetime]:
    """What the plan names for readings of that day."""
    day_before = datetime(reading.year, reading.month, reading.day, tzinfo=UTC) - timedelta(days=1)
    found = occurrences(plan, day_before, limit=5)
    return [each.planned_at for each in found if each.local.date() == reading.date()]


@pytest.mark.parametrize(
    ("day", "zone", "changes"),
    [
        ("2026-03-29", "Europe/Stockholm", True),
        ("2026-03-28", "Europe/Stockholm", False),
        ("2026-10-25", "Europe/Stockholm", True),
        ("2026-03-29", "Asia/Tokyo", False),
    ],
)
def test_a_day_on_which_the_clock_changes_is_known(day: str, zone: str, changes: bool) -> None:
    for hour in ("00:00", "12:00", "23:59"):
        at = datetime.fromisoformat(f"{day}T{hour}").replace(tzinfo=load_zone(zone))
        assert is_changing_day(at.astimezone(UTC), load_zone(zone)) is changes
