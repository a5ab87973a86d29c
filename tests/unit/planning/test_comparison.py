from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from scheduling.planning.calendars import calendar_from_json
from scheduling.planning.comparison import MOST_COMPARED, MOST_SHOWN, Comparison, compare
from scheduling.planning.plan import Plan
from scheduling.planning.rules import CronRule, DailyRule, OnceRule
from tests.factories.closures import closed

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def daily(*times: str, **fields: Any) -> Plan:
    return Plan(rule=DailyRule(times), zone="UTC", **fields)


def cron(expression: str, **fields: Any) -> Plan:
    return Plan(rule=CronRule(expression), zone="UTC", **fields)


def told(found: Comparison) -> tuple[list[str], list[str]]:
    lost, gained = ([f"{at:%dT%H:%M}" for at in dates] for dates in (found.lost, found.gained))
    return lost, gained


def test_a_time_that_moves_is_lost_and_gained():
    found = compare({1: daily("02:00")}, {1: daily("03:00")}, now=NOW, horizon=2 * DAY)
    assert told(found) == (["03T02:00", "04T02:00"], ["03T03:00", "04T03:00"])
    assert (found.lost_count, found.gained_count, found.is_same) == (2, 2, False)
    assert found.until == NOW + 2 * DAY


def test_dates_that_stay_are_neither_lost_nor_gained():
    found = compare({1: cron("0 */6 * * *")}, {1: cron("0 */8 * * *")}, now=NOW, horizon=DAY)
    # 18, 00, 06, 12 against 16, 00, 08
    assert told(found) == (["02T18:00", "03T06:00", "03T12:00"], ["02T16:00", "03T08:00"])


def test_the_same_rule_written_in_another_way_changes_nothing():
    found = compare({1: daily("02:00")}, {1: cron("0 2 * * *")}, now=NOW)
    assert found.is_same
    assert found.before == found.after
    assert [f"{at:%dT%H:%M}" for at in found.after] == [f"{day:02}T02:00" for day in range(3, 8)]


def test_a_schedule_replaced_by_its_like_changes_nothing():
    assert compare({1: daily("02:00")}, {-1: daily("02:00")}, now=NOW).is_same


def test_a_second_schedule_on_the_same_instants_is_gained():
    both = {1: daily("02:00"), 2: daily("02:00", schedule_id="2")}
    found = compare({1: daily("02:00")}, both, now=NOW, horizon=DAY)
    assert told(found) == ([], ["03T02:00"])


def test_a_schedule_that_goes_takes_its_dates_with_it():
    found = compare({1: daily("02:00")}, {}, now=NOW, horizon=DAY)
    assert told(found) == (["03T02:00"], [])
    assert found.after == ()


def test_what_a_calendar_leaves_out_is_no_date():
    calendar = calendar_from_json(closed(("2026-11-03T00:00", "2026-11-04T00:00")))
    around = daily("02:00", blackouts=(calendar,))
    found = compare({1: daily("02:00")}, {1: around}, now=NOW, horizon=3 * DAY)
    assert told(found) == (["03T02:00"], [])
    assert found.after[0] == NOW.replace(day=4, hour=2)


@pytest.mark.parametrize(
    ("old", "new", "days"),
    [
        (daily("02:00"), daily("03:00"), 14),
        (cron("0 0 * * 1"), cron("0 0 * * 2"), 21),
        (daily("02:00"), cron("0 0 1 1 *"), 3 * 365),
        (Plan(rule=OnceRule(NOW + DAY), zone="UTC"), daily("03:00"), 14),
    ],
)
def test_the_horizon_is_14_days_or_three_periods_of_the_rarest_rule(old, new, days):
    assert compare({1: old}, {1: new}, now=NOW).until == NOW + days * DAY


def test_many_dates_are_counted_and_the_first_200_named():
    found = compare({1: cron("0 * * * *")}, {}, now=NOW)
    assert (len(found.lost), found.lost_count) == (MOST_SHOWN, 14 * 24)


def test_a_comparison_of_frequent_rules_ends_early_and_says_where():
    found = compare({1: cron("* * * * *")}, {1: cron("30 * * * *")}, now=NOW)
    assert found.until == NOW + timedelta(minutes=MOST_COMPARED)
    assert found.lost_count + found.gained_count == MOST_COMPARED - MOST_COMPARED // 60 - 1


def test_plans_that_stay_as_they_are_are_not_walked():
    """A rule that fires each minute does not shorten the look at the one that changes."""
    busy = cron("* * * * *")
    found = compare({1: busy, 2: daily("02:00")}, {1: busy, 2: daily("03:00")}, now=NOW)
    assert (found.until, found.lost_count) == (NOW + 14 * DAY, 14)


def test_a_single_date_that_moves_is_lost_and_gained_however_far_off_it_is():
    old, new = (
        Plan(rule=OnceRule(datetime(2028, 1, day, tzinfo=UTC)), zone="UTC") for day in (1, 20)
    )
    assert told(compare({1: old}, {1: new}, now=NOW)) == (["01T00:00"], ["20T00:00"])


def test_the_dates_beyond_a_new_end_are_lost():
    end = NOW + 60 * DAY
    lost, gained = told(compare({1: daily("02:00")}, {1: daily("02:00", ends_at=end)}, now=NOW))
    assert (lost, gained) == (["02T02:00"], [])
