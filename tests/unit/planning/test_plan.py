# ruff: noqa: DTZ001 - readings are naive
from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import floor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.planning.calendars import calendar_from_json
from scheduling.planning.clock_timeline import Gap, Repeat
from scheduling.planning.left_out import named
from scheduling.planning.plan import (
    Plan,
    count,
    dropped,
    due_at,
    fingerprint,
    iterate,
    last_occurrence,
    next_named,
    next_occurrence,
    occurrences,
    plan_from_json,
)
from scheduling.planning.refusals import BadRule
from scheduling.planning.rules import CronRule, DailyRule, IntervalRule, OnceRule, Rule
from tests.factories.closures import closed

DAY = timedelta(days=1)
EVERY_MINUTE = CronRule("* * * * *")
NIGHTLY = DailyRule(("02:30",))
SWEDEN = {
    "name": "Sweden",
    "zone": "Europe/Stockholm",
    "rule": {"type": "holidays", "country": "SE"},
}


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _stamps(plan: Plan, after: str, until: str) -> list[str]:
    found = occurrences(plan, _at(after), _at(until), limit=100)
    return [f"{each.planned_at:%dT%H:%M}" for each in found]


@pytest.mark.parametrize(
    ("gap", "expected"),
    [("shift", ["28T01:30", "29T01:00", "30T00:30"]),
     ("shift_by_gap", ["28T01:30", "29T01:30", "30T00:30"]),
     ("skip", ["28T01:30", "30T00:30"])],
)  # fmt: skip
def test_a_fixed_time_inside_the_gap_follows_the_policy(gap: Gap, expected: list[str]) -> None:
    plan = Plan(rule=NIGHTLY, zone="Europe/Stockholm", gap=gap)

    assert _stamps(plan, "2026-03-28T00:00", "2026-03-30T12:00") == expected


@pytest.mark.parametrize(
    ("repeat", "expected"),
    [("first", ["25T00:30", "26T01:30"]), ("second", ["25T01:30", "26T01:30"]),
     ("both", ["25T00:30", "25T01:30", "26T01:30"])],
)  # fmt: skip
def test_a_fixed_time_in_the_repeated_hour_follows_the_policy(
    repeat: Repeat, expected: list[str]
) -> None:
    plan = Plan(rule=NIGHTLY, zone="Europe/Stockholm", repeat=repeat)

    assert _stamps(plan, "2026-10-24T12:00", "2026-10-26T12:00") == expected


def test_a_shifted_occurrence_keeps_the_reading_that_was_meant() -> None:
    plan = Plan(rule=NIGHTLY, zone="Europe/Stockholm")

    found = next_occurrence(plan, _at("2026-03-29T00:00"))

    assert found is not None
    assert (found.local, found.fold, found.shifted) == (datetime(2026, 3, 29, 2, 30), 0, True)


def test_the_second_pass_has_fold_one() -> None:
    plan = Plan(rule=CronRule("0 * * * *"), zone="Europe/Stockholm")

    found = occurrences(plan, _at("2026-10-24T23:30"), limit=4)

    assert [(each.local.hour, each.fold) for each in found] == [(2, 0), (2, 1), (3, 0), (4, 0)]


def test_an_interval_is_untouched_by_the_clock() -> None:
    plan = Plan(rule=IntervalRule(1800, _at("2026-01-01T00:00")), zone="Europe/Stockholm")

    found = occurrences(plan, _at("2026-10-24T23:45"), limit=5)

    steps = [after.planned_at - before.planned_at for before, after in itertools.pairwise(found)]
    assert steps == [timedelta(minutes=30)] * 4
    assert [(f"{each.local:%H:%M}", each.fold) for each in found][:3] == [
        ("02:00", 0), ("02:30", 0), ("02:00", 1)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "zone", "gap", "left_out"),
    [
        (NIGHTLY, "Europe/Stockholm", "skip", ["29T02:30"]),
        (DailyRule(("02:00", "03:00")), "Europe/Stockholm", "skip", ["29T02:00"]),
        (NIGHTLY, "Europe/Stockholm", "shift", []),
        (CronRule("*/15 2 * * *"), "Europe/Stockholm", "skip", []),
        (IntervalRule(60), "Europe/Stockholm", "skip", []),
        (NIGHTLY, "UTC", "skip", []),
    ],
)  # fmt: skip
def test_readings_left_out_are_listed(rule: Rule, zone: str, gap: Gap, left_out: list[str]) -> None:
    found = dropped(
        Plan(rule=rule, zone=zone, gap=gap), _at("2026-01-01T00:00"), _at("2026-06-01T00:00")
    )

    assert [f"{each.local:%dT%H:%M}" for each in found] == left_out


@pytest.mark.parametrize("gap", Gap)
def test_a_skipped_day_is_listed_and_not_caught_up(gap: Gap) -> None:
    plan = Plan(rule=DailyRule(("00:00", "09:00")), zone="Pacific/Apia", gap=gap)
    start, stop = _at("2011-12-29T12:00"), _at("2011-12-31T12:00")

    found = dropped(plan, start, stop)

    assert [each.local for each in found] == [datetime(2011, 12, 30), datetime(2011, 12, 30, 9)]
    kept = [each.planned_at for each in occurrences(plan, start, stop, limit=20)]
    assert [f"{each:%dT%H}" for each in kept] == ["29T19", "30T10", "30T19", "31T10"]
    # Made-up instants: in order, of their own, just before the jump at 10:00Z.
    assert not {each.planned_at for each in found} & set(kept)
    assert _at("2011-12-30T09:59") < found[0].planned_at < found[1].planned_at < kept[1]


def test_readings_left_out_keep_to_the_window_and_the_plans_bounds() -> None:
    jump = _at("2026-03-29T01:00")
    plan = Plan(rule=NIGHTLY, zone="Europe/Stockholm", gap=Gap.SKIP)
    (only,) = dropped(plan, jump - DAY, jump)

    assert dropped(plan, only.planned_at, jump) == []
    assert dropped(plan, jump - DAY, only.planned_at) == [only]
    assert dropped(plan, jump - DAY, only.planned_at - timedelta(microseconds=1)) == []
    late = Plan(rule=NIGHTLY, zone="Europe/Stockholm", gap=Gap.SKIP, starts_at=jump)
    over = Plan(rule=NIGHTLY, zone="Europe/Stockholm", gap=Gap.SKIP, ends_at=jump - DAY)
    assert dropped(late, jump - DAY, jump + DAY) == dropped(over, jump - DAY, jump + DAY) == []


def test_start_and_end_are_within_the_plan() -> None:
    bounds = _at("2026-01-01T00:02"), _at("2026-01-01T00:04")
    plan = Plan(rule=EVERY_MINUTE, zone="UTC", starts_at=bounds[0], ends_at=bounds[1])
    before, after = bounds[0] - DAY, bounds[1] + DAY

    found = [each.planned_at for each in iterate(plan, before)]

    assert found == [bounds[0], bounds[0] + timedelta(minutes=1), bounds[1]]
    assert count(plan, before, after) == 3
    newest = last_occurrence(plan, before, after)
    assert newest is not None
    assert newest.planned_at == bounds[1]
    assert next_occurrence(plan, bounds[1]) is None
    assert count(plan, after, after + DAY) == 0


@pytest.mark.parametrize("year", [2038, 2100, 9997])
@pytest.mark.parametrize(
    "rule", [EVERY_MINUTE, NIGHTLY, IntervalRule(3600), CronRule("0 0 29 2 *")]
)
def test_the_far_future_holds_instants_or_never_again(rule: Rule, year: int) -> None:
    plan = Plan(rule=rule, zone="America/New_York")
    start = datetime(year, 2, 28, tzinfo=UTC)

    found = occurrences(plan, start, limit=5)

    assert all(each.planned_at > start for each in found)
    assert bool(found) == (year < 9997 or rule != CronRule("0 0 29 2 *"))


@pytest.mark.parametrize(
    "rule", [EVERY_MINUTE, NIGHTLY, IntervalRule(3600), CronRule("0 0 29 2 *")]
)
@pytest.mark.parametrize("zone", ["America/New_York", "UTC", "Asia/Tokyo"])
def test_the_end_of_time_is_never_again_and_not_an_error(rule: Rule, zone: str) -> None:
    plan = Plan(rule=rule, zone=zone)
    end = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)

    assert next_occurrence(plan, end) is None
    assert count(plan, end - DAY, end) == 0
    assert last_occurrence(plan, end - DAY, end) is None
    assert dropped(plan, end - DAY, end) == []
    newest = last_occurrence(plan, end - timedelta(days=4000), end)
    assert newest is not None
    assert next_occurrence(plan, newest.planned_at) is None


def test_the_beginning_of_time_is_no_error() -> None:
    plan = Plan(rule=NIGHTLY, zone="Europe/Stockholm")
    start = datetime(1, 1, 1, tzinfo=UTC)

    found = next_occurrence(plan, start)

    assert found is not None
    assert found.planned_at > start
    assert last_occurrence(plan, start, start + DAY) is None


def test_a_single_instant_is_named_once() -> None:
    at = _at("2026-03-29T00:30")
    plan = Plan(rule=OnceRule(at), zone="Europe/Stockholm")

    assert [each.planned_at for each in iterate(plan, at - DAY)] == [at]
    assert next_occurrence(plan, at) is None
    assert count(plan, at - DAY, at) == 1
    assert count(plan, at, at + DAY) == 0
    assert last_occurrence(plan, at - DAY, at + DAY) == next_occurrence(plan, at - DAY)
    assert last_occurrence(plan, at, at + DAY) is None


@given(
    every=st.integers(1, 10**6),
    anchor=st.datetimes(datetime(1990, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
    after=st.datetimes(datetime(1980, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),
    seconds=st.integers(0, 10**7),
)
def test_an_interval_is_the_anchor_plus_a_multiple(
    every: int, anchor: datetime, after: datetime, seconds: int
) -> None:
    plan = Plan(rule=IntervalRule(every, anchor), zone="UTC")
    first, until = anchor.replace(microsecond=0), after + timedelta(seconds=seconds)

    found = next_occurrence(plan, after)

    assert found is not None
    distance = found.planned_at - first
    assert distance % timedelta(seconds=every) == timedelta(0)
    assert timedelta(0) <= distance
    assert found.planned_at == first or found.planned_at - after <= timedelta(seconds=every)
    start, since, upto = (floor(at.timestamp()) for at in (first, after, until))
    expected = len(range(start, upto + 1, every)) - len(range(start, since + 1, every))
    assert count(plan, after, until) == expected


@given(jitter=st.integers(0, 600), schedule_id=st.text(max_size=5))
def test_jitter_is_the_same_every_time_and_ends_before_the_next_occurrence(
    jitter: int, schedule_id: str
) -> None:
    plan = Plan(
        rule=CronRule("*/5 * * * *"), zone="UTC", jitter_seconds=jitter, schedule_id=schedule_id
    )
    found = occurrences(plan, _at("2026-01-01T00:00"), limit=20)

    due = [due_at(plan, each) for each in found]

    assert due == [due_at(plan, each) for each in found]
    for each, at in zip(found, due, strict=True):
        assert timedelta(0) <= at - each.planned_at <= timedelta(seconds=min(jitter, 299))


def test_jitter_spreads_schedules() -> None:
    plans = [
        Plan(rule=NIGHTLY, zone="UTC", jitter_seconds=600, schedule_id=str(n)) for n in range(200)
    ]
    occurrence = occurrences(plans[0], _at("2026-01-01T00:00"), limit=1)[0]

    assert len({due_at(plan, occurrence) for plan in plans}) > 150


def test_a_fingerprint_changes_with_the_future_alone() -> None:
    start = _at("2026-01-01T00:00")
    same: list[tuple[Rule, str]] = [
        (NIGHTLY, "Europe/Stockholm"),
        (CronRule("30 2 * * *"), "Europe/Berlin"),
    ]
    prints = {fingerprint(Plan(rule=rule, zone=zone), start) for rule, zone in same}
    assert len(prints) == 1
    others: list[tuple[Rule, str, Gap]] = [
        (NIGHTLY, "Europe/Stockholm", Gap.SKIP),
        (NIGHTLY, "Europe/London", Gap.SHIFT),
        (DailyRule(("02:31",)), "Europe/Stockholm", Gap.SHIFT),
        (OnceRule(start + DAY), "UTC", Gap.SHIFT),
    ]
    for rule, zone, gap in others:
        prints.add(fingerprint(Plan(rule=rule, zone=zone, gap=gap), start))
    assert len(prints) == 5


def test_a_fingerprint_changes_with_what_is_left_out() -> None:
    start = _at("2026-01-01T12:00")
    plan = Plan(rule=NIGHTLY, zone="Europe/Stockholm")
    skipped = replace(plan, skip_from=start, skip_until=start + DAY)
    holidays = replace(plan, blackouts=(calendar_from_json(SWEDEN),))
    # The dates that run are those of `skipped`; the first is not left out but not named.
    later = replace(plan, starts_at=start + DAY)
    # As many run as of `skipped`, in each month.
    other = replace(plan, skip_from=start + DAY, skip_until=start + 2 * DAY)

    assert len({fingerprint(each, start) for each in (plan, skipped, holidays, later, other)}) == 5


def test_a_fingerprint_of_a_frequent_rule_reaches_beyond_its_next_dates() -> None:
    start = _at("2026-01-02T00:00")
    plan = Plan(rule=EVERY_MINUTE, zone="Europe/Stockholm")

    holidays = replace(plan, blackouts=(calendar_from_json(SWEDEN),))

    # Epiphany is four days away, the 200th minute three hours.
    assert fingerprint(plan, start) != fingerprint(holidays, start)


def test_the_dates_of_holidays_are_left_out() -> None:
    plan = Plan(rule=NIGHTLY, zone="Europe/Stockholm", blackouts=(calendar_from_json(SWEDEN),))
    start, stop = _at("2026-12-23T12:00"), _at("2026-12-27T12:00")

    assert _stamps(plan, "2026-12-23T12:00", "2026-12-27T12:00") == ["24T01:30", "27T01:30"]
    everything = named(plan, start, stop, limit=3)
    assert [(f"{each.local:%d}", ground, label) for each, ground, label in everything] == [
        ("24", None, ""),
        ("25", "BLACKOUT", "Christmas Day"),
        ("26", "BLACKOUT", "Second Day of Christmas"),
    ]


def test_what_is_skipped_begins_after_its_start_and_ends_with_its_end() -> None:
    hours = CronRule("0 * * * *")
    skip = _at("2026-01-01T01:00"), _at("2026-01-01T03:00")
    plan = Plan(rule=hours, zone="UTC", skip_from=skip[0], skip_until=skip[1])

    assert _stamps(plan, "2026-01-01T00:00", "2026-01-01T05:00") == [
        "01T01:00", "01T04:00", "01T05:00"
    ]  # fmt: skip


def test_what_is_left_out_for_more_than_ten_years_is_not_looked_for() -> None:
    years = [(f"{year}-01-01T00:00", f"{year + 9}-01-01T00:00") for year in (2026, 2035)]
    calendar = calendar_from_json(closed(*years))
    plan = Plan(rule=EVERY_MINUTE, zone="UTC", blackouts=(calendar,))

    assert next_occurrence(plan, _at("2026-01-01T00:00")) is None
    assert next_named(plan, _at("2026-01-01T00:00")) is not None
    assert last_occurrence(plan, _at("2020-01-01T00:00"), _at("2043-01-01T00:00")) is None
    found = next_occurrence(plan, _at("2036-01-01T00:00"))
    assert found is not None
    assert found.planned_at == _at("2044-01-01T00:00")


def test_jitter_ends_before_the_next_date_even_if_that_is_left_out() -> None:
    plan = Plan(rule=EVERY_MINUTE, zone="UTC", jitter_seconds=3600, schedule_id="7")
    first, second = occurrences(plan, _at("2026-01-01T00:00"), limit=2)
    skipped = replace(plan, skip_from=first.planned_at, skip_until=second.planned_at)

    assert due_at(skipped, first) == due_at(plan, first) < second.planned_at


def test_a_schedules_definition_is_read() -> None:
    plan = plan_from_json(
        {
            "id": 7,
            "rule": {"type": "daily", "times": ["02:30"]},
            "zone": "Europe/Stockholm",
            "gap_policy": "skip",
            "repeat_policy": "both",
            "starts_at": "2026-01-01T00:00:00+01:00",
            "ends_at": None,
            "jitter_seconds": 30,
            "market": "XNYS",
            "blackouts": [SWEDEN],
            "skip_from": "2026-02-01T00:00:00Z",
            "skip_until": "2026-02-03T00:00:00Z",
        }
    )

    assert plan == Plan(
        rule=NIGHTLY,
        zone="Europe/Stockholm",
        gap=Gap.SKIP,
        repeat=Repeat.BOTH,
        starts_at=_at("2025-12-31T23:00"),
        jitter_seconds=30,
        schedule_id="7",
        market="XNYS",
        blackouts=(calendar_from_json(SWEDEN),),
        skip_from=_at("2026-02-01T00:00"),
        skip_until=_at("2026-02-03T00:00"),
    )


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"zone": "Mars/Base"}, "zone"),
        ({"zone": []}, "zone"),
        ({"zone": None}, "zone"),
        ({"gap_policy": "later"}, "gap"),
        ({"gap_policy": []}, "gap"),
        ({"repeat_policy": None}, "repeat"),
        ({"jitter_seconds": -1}, "jitter_seconds"),
        ({"jitter_seconds": 86_401}, "jitter_seconds"),
        ({"jitter_seconds": 1.5}, "jitter_seconds"),
        ({"starts_at": "2026-01-01T00:00"}, "starts_at"),
        ({"starts_at": datetime(2026, 1, 1)}, "starts_at"),
        ({"starts_at": "0001-01-01T00:00:00Z"}, "starts_at"),
        ({"ends_at": "9999-12-31T23:59:59Z"}, "ends_at"),
        ({"starts_at": "2026-02-01T00:00Z", "ends_at": "2026-01-01T00:00Z"}, "ends_at"),
        ({"rule": None}, "rule"),
        ({"market": "XXXX"}, "market"),
        ({"market": []}, "market"),
        ({"blackouts": None}, "blackouts"),
        ({"blackouts": {}}, "blackouts"),
        ({"blackouts": [SWEDEN] * 21}, "blackouts"),
        ({"blackouts": [SWEDEN | {"zone": "x"}]}, "zone"),
        ({"skip_from": "2026-02-01T00:00Z"}, "skip_until"),
        ({"skip_until": "2026-02-01T00:00Z"}, "skip_until"),
        ({"skip_from": "2026-02-01T00:00Z", "skip_until": "2026-01-01T00:00Z"}, "skip_until"),
    ],
)
def test_a_wrong_definition_is_refused_with_its_field(fields: dict[str, Any], field: str) -> None:
    good = {"rule": {"type": "daily", "times": ["02:30"]}, "zone": "UTC"}

    with pytest.raises(BadRule) as refusal:
        plan_from_json(good | fields)

    assert refusal.value.field == field
