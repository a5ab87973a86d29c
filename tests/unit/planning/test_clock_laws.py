# ruff: noqa: DTZ001 - hypothesis takes naive bounds
"""Laws of the instants that any expression names, against a walk over every minute."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from scheduling.planning.plan import Plan, count, last_occurrence, next_occurrence, occurrences
from scheduling.planning.refusals import BadRule
from scheduling.planning.rules import CronRule
from tests.unit.planning.minute_walker import Spec, walk
from tests.unit.planning.strategies import GAPS, NIGHTS, QUIET, REPEATS, STARTS, ZONES, specs

ANY_PLAN = {
    "spec": specs(),
    "zone": st.sampled_from(ZONES),
    "gap": st.sampled_from(GAPS),
    "repeat": st.sampled_from(REPEATS),
}


def _plan(spec: Spec, zone: str, gap: str, repeat: str) -> Plan:
    try:
        return Plan(rule=CronRule(spec.expression), zone=zone, gap=gap, repeat=repeat)  # type: ignore[arg-type]
    except BadRule as refusal:
        assume(refusal.field != "day of month")
        raise


@pytest.mark.parametrize(
    ("zone", "night"), [(zone, night) for zone in ZONES for night in NIGHTS[zone]]
)
def test_the_nights_of_the_laws_have_changes_of_the_clock(zone: str, night: str) -> None:
    start = datetime.fromisoformat(night).replace(tzinfo=UTC)
    hours = [start + timedelta(hours=n) for n in range(-26, 30)]

    offsets = {at.astimezone(ZoneInfo(zone)).utcoffset() for at in hours}

    assert len(offsets) == (1 if (zone, night) in QUIET else 2)


@pytest.mark.parametrize("zone", ZONES)
@settings(max_examples=70, deadline=None, derandomize=True)
@given(
    spec=specs(),
    data=st.data(),
    gap=st.sampled_from(GAPS),
    repeat=st.sampled_from(REPEATS),
    offset=st.integers(-26 * 60, 20 * 60),
)
def test_nothing_is_missed_that_a_walk_over_every_minute_finds_nor_added_to_it(
    zone: str, spec: Spec, data: st.DataObject, gap: str, repeat: str, offset: int
) -> None:
    night = data.draw(st.sampled_from(NIGHTS[zone]))
    start = datetime.fromisoformat(night).replace(tzinfo=UTC) + timedelta(minutes=offset)
    stop = start + timedelta(hours=30)
    plan = _plan(spec, zone, gap, repeat)
    expected = walk(spec, ZoneInfo(zone), start, stop, gap=gap, repeat=repeat)

    found = [each.planned_at for each in occurrences(plan, start, stop, limit=3000)]

    assert found == expected
    assert count(plan, start, stop) == len(expected)
    newest = last_occurrence(plan, start, stop)
    assert (newest and newest.planned_at) == (expected[-1] if expected else None)


@settings(max_examples=150, deadline=None)
@given(**ANY_PLAN, start=STARTS)
def test_instants_strictly_increase(
    spec: Spec, zone: str, gap: str, repeat: str, start: datetime
) -> None:
    found = occurrences(_plan(spec, zone, gap, repeat), start, limit=60)

    planned = [start, *(each.planned_at for each in found)]
    assert all(before < after for before, after in itertools.pairwise(planned))


@settings(max_examples=150, deadline=None)
@given(**ANY_PLAN, start=STARTS)
def test_every_instant_matches_the_rule_by_its_reading(
    spec: Spec, zone: str, gap: str, repeat: str, start: datetime
) -> None:
    found = occurrences(_plan(spec, zone, gap, repeat), start, limit=60)

    assert found
    for each in found:
        shown = each.planned_at.astimezone(ZoneInfo(zone))
        assert spec.matches(each.local)
        assert each.shifted == (shown.replace(tzinfo=None, fold=0) != each.local)
        assert each.fold == (0 if each.shifted else shown.fold)


@settings(max_examples=100, deadline=None)
@given(
    **ANY_PLAN,
    start=st.datetimes(datetime(1975, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC)),
    days=st.integers(0, 900),
)
def test_counting_and_looking_back_agree_with_walking_forward(
    spec: Spec, zone: str, gap: str, repeat: str, start: datetime, days: int
) -> None:
    plan = _plan(spec, zone, gap, repeat)
    some = occurrences(plan, start, start + timedelta(days=days), limit=400)
    until = some[-1].planned_at if some else start

    assert count(plan, start, until) == len(some)
    assert last_occurrence(plan, start, until) == (some[-1] if some else None)
    if len(some) > 1:
        before = some[-1].planned_at - timedelta(seconds=1)
        assert last_occurrence(plan, start, before) == some[-2]
        assert next_occurrence(plan, before) == some[-1]


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=40) | st.text("0123456789*/-,#LWHR?@ \tabcsunmonjfe()", max_size=30))
@example("1-99999999999999999999 * * * *")
@example("0 0 30 2 *")
@example("@")
def test_any_text_is_read_or_refused_in_a_sentence(text: str) -> None:
    try:
        rule = CronRule(text)
    except BadRule as refusal:
        sound = bool(refusal.field) and refusal.reason.endswith(".")
    else:
        start = datetime(2026, 1, 1, tzinfo=UTC)
        plan = Plan(rule=rule, zone="Europe/Stockholm")
        sound = bool(rule.describe()) and next_occurrence(plan, start) is not None
    assert sound


@pytest.mark.parametrize("zone", ZONES)
def test_every_minute_of_a_year_has_one_instant(zone: str) -> None:
    plan = Plan(rule=CronRule("* * * * *"), zone=zone)
    start = datetime(2026, 1, 1, tzinfo=UTC)

    assert count(plan, start, start + timedelta(days=365)) == 365 * 24 * 60
