"""Laws of `decide`: nothing is left out, nothing is named twice, whenever it is asked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from scheduling.planning.clock_timeline import Gap, Repeat
from scheduling.planning.decide import decide
from scheduling.planning.plan import Plan, count, dropped, iterate
from scheduling.planning.policy import Misfire, Overlap, Policy
from scheduling.planning.rules import CronRule, DailyRule, IntervalRule
from scheduling.planning.verdicts import Decision, RangeVerdict, Row

RULES = [
    CronRule("*/7 * * * *"),
    CronRule("0 */2 * * *"),
    CronRule("30 1,2 * * *"),
    DailyRule(("00:30", "02:15", "02:30", "03:30")),
    IntervalRule(5400),
    IntervalRule(47),
    CronRule("0 9 1 * 1"),
]
PLACES = [
    ("Europe/Stockholm", datetime(2026, 3, 29, tzinfo=UTC)),
    ("America/New_York", datetime(2024, 11, 3, tzinfo=UTC)),
    ("Pacific/Apia", datetime(2011, 12, 30, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2025, 4, 5, tzinfo=UTC)),
    ("UTC", datetime(2026, 6, 1, tzinfo=UTC)),
]
plans = st.builds(
    lambda place, rule, gap, repeat, jitter, number: (
        Plan(
            rule=rule,
            zone=place[0],
            gap=gap,
            repeat=repeat,
            jitter_seconds=jitter,
            schedule_id=str(number),
        ),
        place[1],
    ),
    st.sampled_from(PLACES),
    st.sampled_from(RULES),
    st.sampled_from(Gap),
    st.sampled_from(Repeat),
    st.sampled_from([0, 0, 900]),
    st.integers(0, 50),
)
policies = st.builds(
    Policy,
    misfire=st.sampled_from(Misfire),
    overlap=st.sampled_from(Overlap),
    max_catchup=st.integers(1, 30),
    catchup_window=st.none() | st.timedeltas(timedelta(0), timedelta(days=3)),
    late_after=st.timedeltas(timedelta(0), timedelta(hours=1)),
)
steps = st.lists(st.timedeltas(timedelta(hours=-2), timedelta(hours=30)), min_size=1, max_size=4)
runs = st.integers(0, 5)


def _named(plan: Plan, rows: tuple[Row, ...]) -> list[datetime]:
    """Every instant that the rows stand for."""
    named: list[datetime] = []
    for row in rows:
        if not isinstance(row, RangeVerdict):
            named.append(row.planned_at)
            continue
        tick = timedelta(microseconds=1)
        inside = _planned(plan, row.first_planned_at - tick, row.last_planned_at)
        assert len(inside) == row.count
        named += inside
    return named


def _planned(plan: Plan, after: datetime, until: datetime) -> list[datetime]:
    found = [each.planned_at for each in dropped(plan, after, until)]
    for each in iterate(plan, after):
        if each.planned_at > until:
            break
        found.append(each.planned_at)
    return sorted(found)


def _live(plan: Plan, rows: tuple[Row, ...]) -> list[datetime]:
    return [
        row.planned_at
        for row in rows
        if not isinstance(row, RangeVerdict) and row.disposition == "RUN"
    ]


def _tick(
    plan: Plan, policy: Policy, start: datetime, ticks: list[timedelta], active: int
) -> list[Decision]:
    decisions, accounted, now = [], start, start
    for step in ticks:
        now += step
        decisions.append(decide(plan, policy, accounted_until=accounted, now=now, active=active))
        accounted = decisions[-1].accounted_until
    return decisions


@settings(max_examples=300, deadline=None)
@given(place=plans, policy=policies, ticks=steps, active=runs, lead=st.integers(-20, 20))
def test_the_rows_are_exactly_what_the_rule_names(
    place: tuple[Plan, datetime], policy: Policy, ticks: list[timedelta], active: int, lead: int
) -> None:
    plan, start = place[0], place[1] + timedelta(hours=lead)

    decisions = _tick(plan, policy, start, ticks, active)

    rows = tuple(row for decision in decisions for row in decision.rows)
    named = _named(plan, rows)
    assert named == _planned(plan, start, decisions[-1].accounted_until)
    assert len(set(named)) == len(named)


@settings(max_examples=200, deadline=None)
@given(place=plans, policy=policies, length=st.timedeltas(timedelta(0), timedelta(hours=40)),
       active=runs)  # fmt: skip
def test_a_decision_is_sound(
    place: tuple[Plan, datetime], policy: Policy, length: timedelta, active: int
) -> None:
    plan, start = place
    now = start + length

    decision = decide(plan, policy, accounted_until=start, now=now, active=active)

    assert decision == decide(plan, policy, accounted_until=start, now=now, active=active)
    assert start <= decision.accounted_until <= max(now, start)
    live = _live(plan, decision.rows)
    assert len(live) <= (1 if policy.misfire is Misfire.RUN_LATEST else policy.max_catchup)
    assert len(decision.rows) <= 4 * 25 + policy.max_catchup
    for row in decision.rows:
        if not isinstance(row, RangeVerdict):
            assert row.due_at <= now
        if row.coalesced_into is not None and policy.overlap is Overlap.ALLOW and active < 4:
            assert row.coalesced_into in live
    assert decision.next_due_at is not None
    assert decision.next_due_at > now
    assert decision.next_planned_at is not None
    assert count(plan, decision.accounted_until, decision.next_planned_at) == 1


@settings(max_examples=150, deadline=None)
@given(place=plans, policy=policies, length=st.timedeltas(timedelta(0), timedelta(hours=30)))
def test_waking_when_told_leaves_nothing_late(
    place: tuple[Plan, datetime], policy: Policy, length: timedelta
) -> None:
    plan, start = place
    accounted = decide(plan, policy, accounted_until=start, now=start + length).accounted_until
    now = start + length
    for _ in range(6):
        ahead = decide(plan, policy, accounted_until=accounted, now=now)
        assert ahead.next_due_at is not None
        now = ahead.next_due_at

        at_wake = decide(plan, policy, accounted_until=ahead.accounted_until, now=now)

        assert at_wake.rows
        assert {row.disposition for row in at_wake.rows} <= {"RUN", "SKIPPED"}
        accounted = at_wake.accounted_until
