"""Laws of the rules that are not cron, against a walk over every minute and plain arithmetic."""

from __future__ import annotations

import calendar
import itertools
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduling.planning.cron_fields import WEEKDAY_NAMES
from scheduling.planning.plan import Plan, count, last_occurrence, occurrences
from scheduling.planning.rules import (
    PRESETS,
    DailyRule,
    IntervalRule,
    MonthlyRule,
    OnceRule,
    PresetRule,
    Rule,
    WeeklyRule,
)
from tests.unit.planning.minute_walker import Spec, walk
from tests.unit.planning.strategies import GAPS, NIGHTS, REPEATS, STARTS, ZONES

# Mostly hours at which clocks change.
TIMES = st.lists(
    st.tuples(st.sampled_from([0, 1, 2, 3, 23, 12]), st.integers(0, 59)), min_size=1, max_size=3
)


def _texts(times: list[tuple[int, int]]) -> tuple[str, ...]:
    return tuple(f"{hour:02}:{minute:02}" for hour, minute in times)


def _window(zone: str, data: st.DataObject) -> tuple[datetime, datetime]:
    night = datetime.fromisoformat(data.draw(st.sampled_from(NIGHTS[zone]))).replace(tzinfo=UTC)
    start = night + timedelta(minutes=data.draw(st.integers(-26 * 60, 20 * 60)))
    return start, start + timedelta(hours=30)


def _check(rule: Rule, specs: list[str], zone: str, data: st.DataObject) -> None:
    """The rule names what the walk finds for the cron lines that say the same, taken together."""
    gap, repeat = data.draw(st.sampled_from(GAPS)), data.draw(st.sampled_from(REPEATS))
    start, stop = _window(zone, data)
    walks = [
        walk(spec, ZoneInfo(zone), start, stop, gap=gap, repeat=repeat)
        for text in specs
        if (spec := Spec.of(text)) is not None
    ]
    expected = sorted(set(itertools.chain(*walks)))
    plan = Plan(rule=rule, zone=zone, gap=gap, repeat=repeat)  # type: ignore[arg-type]

    found = [each.planned_at for each in occurrences(plan, start, stop, limit=100)]

    assert len(walks) == len(specs)
    assert found == expected
    assert count(plan, start, stop) == len(expected)
    newest = last_occurrence(plan, start, stop)
    assert (newest and newest.planned_at) == (expected[-1] if expected else None)


@pytest.mark.parametrize("zone", ZONES)
@settings(max_examples=6, deadline=None)
@given(times=TIMES, data=st.data())
def test_a_daily_rule_is_all_its_times_on_every_day(
    zone: str, times: list[tuple[int, int]], data: st.DataObject
) -> None:
    lines = [f"{minute} {hour} * * *" for hour, minute in times]
    _check(DailyRule(_texts(times)), lines, zone, data)


@pytest.mark.parametrize("zone", ZONES)
@settings(max_examples=6, deadline=None)
@given(weekdays=st.lists(st.integers(0, 6), min_size=1, max_size=5), times=TIMES, data=st.data())
def test_a_weekly_rule_is_all_its_times_on_its_weekdays(
    zone: str, weekdays: list[int], times: list[tuple[int, int]], data: st.DataObject
) -> None:
    days = ",".join(map(str, weekdays))
    lines = [f"{minute} {hour} * * {days}" for hour, minute in times]
    names = tuple(WEEKDAY_NAMES[day] for day in weekdays)
    _check(WeeklyRule(names, _texts(times)), lines, zone, data)


@pytest.mark.parametrize("zone", ZONES)
@settings(max_examples=6, deadline=None)
@given(days=st.lists(st.integers(1, 31), min_size=1, max_size=20), times=TIMES, data=st.data())
def test_a_monthly_rule_is_all_its_times_on_its_days(
    zone: str, days: list[int], times: list[tuple[int, int]], data: st.DataObject
) -> None:
    numbers = ",".join(map(str, days))
    lines = [f"{minute} {hour} {numbers} * *" for hour, minute in times]
    _check(MonthlyRule(tuple(days), _texts(times)), lines, zone, data)


@given(zone=st.sampled_from(ZONES), start=STARTS)
def test_the_last_day_is_the_last_of_every_month(zone: str, start: datetime) -> None:
    rule = MonthlyRule(("last",), ("12:00",))

    found = occurrences(Plan(rule=rule, zone=zone), start, limit=30)

    days = [each.local for each in found]
    assert all(day.day == calendar.monthrange(day.year, day.month)[1] for day in days)
    months = [12 * day.year + day.month for day in days]
    assert months == list(range(months[0], months[0] + 30))


@given(
    zone=st.sampled_from(ZONES),
    every=st.integers(1, 40 * 86_400),
    anchor=STARTS,
    after=STARTS,
)
def test_an_interval_keeps_its_length_in_every_zone(
    zone: str, every: int, anchor: datetime, after: datetime
) -> None:
    rule = IntervalRule(every, anchor)

    found = [each.planned_at for each in occurrences(Plan(rule=rule, zone=zone), after, limit=20)]

    steps = {later - earlier for earlier, later in itertools.pairwise(found)}
    assert steps == {timedelta(seconds=every)}
    assert found[0] > after
    assert (found[0] - rule.anchor) % timedelta(seconds=every) == timedelta(0)
    elsewhere = occurrences(Plan(rule=rule, zone="UTC"), after, limit=20)
    assert found == [each.planned_at for each in elsewhere]


@given(zone=st.sampled_from(ZONES), at=STARTS, after=STARTS)
def test_once_is_one_instant_or_past(zone: str, at: datetime, after: datetime) -> None:
    rule = OnceRule(at)

    found = [each.planned_at for each in occurrences(Plan(rule=rule, zone=zone), after, limit=2)]

    assert found == ([rule.at] if rule.at > after else [])


@pytest.mark.parametrize("zone", ZONES)
@settings(max_examples=5, deadline=None)
@given(name=st.sampled_from(list(PRESETS)), data=st.data())
def test_a_preset_is_read_as_its_cron_line(zone: str, name: str, data: st.DataObject) -> None:
    _check(PresetRule(name), [PRESETS[name]], zone, data)
