# ruff: noqa: DTZ001 - hypothesis takes naive bounds
"""Our instants against croniter's, where croniter is known to be right.

Left out, as sources/cron.md found by measuring: ranges of one value, stepped day fields beside a
restricted one, `n/step` weekdays that reach Sunday, zones that change their clocks.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from apscheduler.triggers.cron import CronTrigger
from croniter import croniter
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from scheduling.planning.cron import read_cron
from scheduling.planning.cron_fields import WEEKDAY_NAMES
from scheduling.planning.plan import plan_from_json
from scheduling.planning.preview import preview_cron
from scheduling.planning.refusals import BadRule
from scheduling.planning.second_reading import (
    days_joined_otherwise,
    other_reading,
    weekdays_from_monday,
)
from tests.unit.planning.minute_walker import Spec
from tests.unit.planning.strategies import specs

AFTER = datetime(2026, 3, 1, tzinfo=UTC)


def _croniter_misreads(spec: Spec) -> bool:
    fields = (spec.minute, spec.hour, spec.day, spec.month, spec.weekday)
    items = [item.partition("/")[0] for text, _ in fields for item in text.split(",")]
    one_value = any(
        low == high for low, dash, high in (item.partition("-") for item in items) if dash
    )
    star_in_list = any("," in text and "*" in text for text, _ in fields)
    stepped_day = "/" in spec.day[0] or "/" in spec.weekday[0]
    return one_value or star_in_list or stepped_day


@settings(max_examples=150, deadline=None)
@given(
    spec=specs(),
    zone=st.sampled_from(["UTC", "Asia/Kathmandu", "Asia/Tokyo"]),
    after=st.datetimes(datetime(1995, 1, 1), datetime(2050, 1, 1), timezones=st.just(UTC)),
)
def test_croniter_names_the_same_instants_where_no_clock_changes(
    spec: Spec, zone: str, after: datetime
) -> None:
    assume(not _croniter_misreads(spec))
    try:
        read_cron(spec.expression)
    except BadRule:
        assume(False)
    walk = croniter(spec.expression, after.replace(microsecond=0).astimezone(ZoneInfo(zone)))

    theirs = [walk.get_next(datetime).astimezone(UTC) for _ in range(8)]

    assert preview_cron(spec.expression, zone, after, 8) == theirs


@pytest.mark.parametrize("expression", ["5-5 * * * *", "0 0 */2 * 1", "0 9 1 * 1#1", "0 */2 * * *"])
def test_dates_that_croniter_reads_otherwise_are_shown(expression: str) -> None:
    after = datetime(2026, 3, 29, tzinfo=UTC)

    theirs = other_reading(expression, "Europe/Stockholm", after, limit=5)

    assert len(theirs) == 5
    assert theirs != preview_cron(expression, "Europe/Stockholm", after, 5)


@pytest.mark.parametrize("expression", ["0 9 * * 1", "@daily", "0 0 L * *", "H H * * *"])
def test_nothing_is_shown_where_croniter_agrees_or_draws(expression: str) -> None:
    assert other_reading(expression, "Europe/Stockholm", AFTER, limit=5) == []


def test_nothing_is_shown_where_croniter_cannot_read() -> None:
    assert other_reading("0 0 1-5,L,LW * *", "UTC", AFTER, limit=5) == []


@pytest.mark.parametrize(
    "text", ["0", "1-5", "6", "*/2", "1,3", "0-6/3", "5/1", "2-4,sun", "7", "5#2", "fri", "*", "h"]
)
def test_the_weekdays_of_apscheduler_are_those_it_really_runs_on(text: str) -> None:
    said = weekdays_from_monday(text)
    try:
        trigger = CronTrigger.from_crontab(f"0 9 * * {text}", timezone=UTC)
    except ValueError:
        assert said == []
        return
    theirs, at = set(), AFTER
    for _ in range(7):
        at = trigger.get_next_fire_time(at, at + timedelta(seconds=1))
        theirs.add(WEEKDAY_NAMES[at.isoweekday() % 7])
    ours = preview_cron(f"0 9 * * {text}", "UTC", AFTER, 7)
    is_misread = theirs != {WEEKDAY_NAMES[at.isoweekday() % 7] for at in ours}
    assert set(said) == (theirs if is_misread else set())


@pytest.mark.parametrize("day", ["13", "1-7", "31", "L", "*/10"])
@pytest.mark.parametrize("weekday", ["fri", "1-2", "*/3", "5#1"])
def test_days_joined_otherwise_are_found_by_looking_at_each_day(day: str, weekday: str) -> None:
    plan = plan_from_json(
        {"rule": {"type": "cron", "expression": f"0 9 {day} * {weekday}"}, "zone": "UTC"}
    )
    by_day, by_weekday = (
        {at.date() for at in preview_cron(expression, "UTC", AFTER, 400)}
        for expression in (f"0 9 {day} * *", f"0 9 * * {weekday}")
    )
    we_say_and = day.startswith("*") or weekday.startswith("*")
    joined = by_day | by_weekday if we_say_and else by_day & by_weekday

    fields = ["0", "9", day, "*", weekday]
    found = days_joined_otherwise(plan, fields, AFTER, limit=5)

    assert [at.date() for at in found] == sorted(joined)[:5]
