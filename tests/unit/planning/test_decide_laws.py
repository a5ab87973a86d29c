"""Laws of `decide`: nothing is left out, nothing is named twice, whenever it is asked."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from scheduling.planning.decide import decide
from scheduling.planning.left_out import named
from scheduling.planning.plan import Plan, count
from scheduling.planning.policy import Misfire, Overlap, Policy
from scheduling.planning.verdicts import Decision, Disposition, Ground, RangeVerdict, Row
from tests.unit.planning.drawn_plans import plans

CLOSURES = {Ground.BLACKOUT, Ground.CANCELLED_BY_USER, Ground.DST_GAP}
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


Lot = tuple[datetime, Ground | None]


def _stood_for(plan: Plan, rows: tuple[Row, ...]) -> list[Lot]:
    """Every instant that the rows stand for, with the ground if it is left out."""
    found: list[Lot] = []
    for row in rows:
        ground = row.reason if row.reason in CLOSURES else None
        if not isinstance(row, RangeVerdict):
            found.append((row.planned_at, ground))
            continue
        tick = timedelta(microseconds=1)
        inside = _planned(plan, row.planned_at - tick, row.last_planned_at)
        alike = [lot for lot in inside if lot[1] is ground]
        assert len(alike) == row.count
        found += alike
    return sorted(found)


def _planned(plan: Plan, after: datetime, until: datetime) -> list[Lot]:
    found = named(plan, after, until, limit=10**6)
    return [(occurrence.planned_at, ground) for occurrence, ground, _ in found]


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
@given(place=plans(), policy=policies, ticks=steps, active=runs, lead=st.integers(-20, 20))
def test_the_rows_are_exactly_what_the_rule_names(
    place: tuple[Plan, datetime], policy: Policy, ticks: list[timedelta], active: int, lead: int
) -> None:
    plan, start = place[0], place[1] + timedelta(hours=lead)

    decisions = _tick(plan, policy, start, ticks, active)

    rows = tuple(row for decision in decisions for row in decision.rows)
    found = _stood_for(plan, rows)
    assert found == _planned(plan, start, decisions[-1].accounted_until)
    assert len({planned_at for planned_at, _ in found}) == len(found)


@settings(max_examples=200, deadline=None)
@given(place=plans(), policy=policies, length=st.timedeltas(timedelta(0), timedelta(hours=40)),
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
    assert len(decision.rows) <= 6 * 25 + policy.max_catchup
    for row in decision.rows:
        assert (row.reason in CLOSURES) <= (row.disposition is Disposition.SKIPPED)
        if not isinstance(row, RangeVerdict):
            assert row.due_at <= now
        if row.coalesced_into is not None and policy.overlap is Overlap.ALLOW and active < 4:
            assert row.coalesced_into in live
    assert decision.next_due_at is not None
    assert decision.next_due_at > now
    assert decision.next_planned_at is not None
    assert count(plan, decision.accounted_until, decision.next_planned_at) == 1


@settings(max_examples=150, deadline=None)
@given(place=plans(), policy=policies, length=st.timedeltas(timedelta(0), timedelta(hours=30)))
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
