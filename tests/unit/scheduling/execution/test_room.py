"""Who starts, who waits, who is left out: table and law."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.execution.room import Fate, PoolRoom, Room, SourceRoom, Wish

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SOON, BEFORE = NOON + timedelta(minutes=5), NOON - timedelta(minutes=5)
CLOSED, OPEN, HALF_OPEN = None, SOON, NOON


def a_wish(run: int = 9, **fields: Any) -> Wish:
    plain = Wish(
        run=run,
        lane=(1, None),
        parallel_limit=1,
        is_patient=False,
        is_retry=False,
        is_asked_for=False,
        pool="default",
        weight=1,
        sources=(),
    )
    return replace(plain, **fields)


def sources(**circuits: datetime | None) -> dict[str, SourceRoom]:
    return {slug: SourceRoom(None, until) for slug, until in circuits.items()}


@pytest.mark.parametrize(
    ("active", "fields", "fate", "in_the_way"),
    [
        ([], {}, Fate.START, None),
        ([3, 5], {}, Fate.OVERLAP, 3),
        ([3], {"is_patient": True}, Fate.WAIT, 3),
        ([3], {"is_retry": True}, Fate.WAIT, 3),
        ([9], {"is_retry": True}, Fate.START, None),
        ([3], {"parallel_limit": 2}, Fate.START, None),
        ([3], {"lane": (1, 7)}, Fate.START, None),
        ([3], {"lane": (2, None)}, Fate.START, None),
    ],
)
def test_a_run_meets_the_active_ones_of_its_lane(active, fields, fate, in_the_way):
    ruling = Room(NOON, lanes={(1, None): active}).rule(a_wish(**fields))
    assert (ruling.fate, ruling.in_the_way) == (fate, in_the_way)


def test_of_two_runs_of_a_lane_the_second_meets_the_first():
    room = Room(NOON)
    assert room.rule(a_wish(1)).fate is Fate.START
    assert room.rule(a_wish(2)).in_the_way == 1


@pytest.mark.parametrize(
    ("slots", "used", "weight", "fate"),
    [
        (2, 1, 1, Fate.START),
        (2, 2, 1, Fate.WAIT),
        (2, 1, 2, Fate.WAIT),
        (2, 0, 5, Fate.START),
        (2, 1, 5, Fate.WAIT),
    ],
)
def test_the_runs_of_a_pool_share_its_slots(slots, used, weight, fate):
    ruling = Room(NOON, pools={"slow": PoolRoom(slots, used)}).rule(
        a_wish(pool="slow", weight=weight)
    )
    assert ruling.fate is fate
    assert ruling.full_pools == ({"slow"} if fate is Fate.WAIT else frozenset())


def test_light_runs_do_not_pass_a_heavy_one_of_their_pool():
    room = Room(NOON, pools={"slow": PoolRoom(3, 1)})
    heavy = room.rule(a_wish(1, lane=(1, None), pool="slow", weight=3))
    light = room.rule(a_wish(2, lane=(2, None), pool="slow"))
    elsewhere = room.rule(a_wish(3, lane=(3, None)))
    assert [heavy.fate, light.fate, elsewhere.fate] == [Fate.WAIT, Fate.WAIT, Fate.START]


def test_a_source_is_used_by_as_many_runs_as_it_takes():
    room = Room(NOON, sources={"a": SourceRoom(2, CLOSED, running=1)})
    first = room.rule(a_wish(1, lane=(1, None), sources=("a",)))
    second = room.rule(a_wish(2, lane=(2, None), sources=("a",)))
    assert (first.fate, second.fate) == (Fate.START, Fate.WAIT)
    assert second.full_sources == {"a"}


@pytest.mark.parametrize(
    ("circuits", "fields", "fate", "asked"),
    [
        ({"a": CLOSED, "b": CLOSED}, {}, Fate.START, ("a", "b")),
        ({"a": OPEN, "b": CLOSED}, {}, Fate.START, ("b",)),
        ({"a": OPEN, "b": OPEN}, {}, Fate.NO_SOURCE, ()),
        ({"a": OPEN, "b": OPEN}, {"is_retry": True}, Fate.LATER, ()),
        ({"a": OPEN, "b": OPEN}, {"lane": (1, 7)}, Fate.LATER, ()),
        ({"a": OPEN, "b": OPEN}, {"is_asked_for": True}, Fate.START, ("a", "b")),
        ({"a": OPEN, "b": CLOSED}, {"is_asked_for": True}, Fate.START, ("b",)),
        ({"a": HALF_OPEN, "b": OPEN}, {}, Fate.START, ("a",)),
        ({"a": OPEN}, {}, Fate.NO_SOURCE, ()),
        ({"b": CLOSED}, {}, Fate.START, ("b",)),
        ({}, {}, Fate.START, ()),
    ],
)
def test_a_source_whose_circuit_is_open_is_left_alone(circuits, fields, fate, asked):
    ruling = Room(NOON, sources=sources(**circuits)).rule(a_wish(sources=("a", "b"), **fields))
    assert (ruling.fate, ruling.sources) == (fate, asked)
    if fate is Fate.START:
        assert {*ruling.sources, *ruling.left_out} == {"a", "b"}
    assert ruling.until == (SOON if fate is Fate.LATER else None)


@pytest.mark.parametrize("until", [HALF_OPEN, BEFORE])
def test_one_run_at_a_time_tries_a_source_that_had_failed(until):
    room = Room(NOON, sources=sources(a=until))
    rulings = [room.rule(a_wish(run, lane=(run, None), sources=("a",))) for run in (1, 2)]
    assert [ruling.fate for ruling in rulings] == [Fate.START, Fate.WAIT]


wishes = st.builds(
    a_wish,
    lane=st.tuples(st.integers(1, 3), st.sampled_from([None, 1])),
    parallel_limit=st.integers(1, 2),
    is_patient=st.booleans(),
    is_retry=st.booleans(),
    is_asked_for=st.booleans(),
    pool=st.sampled_from(["slow", "default"]),
    weight=st.integers(1, 4),
    sources=st.sampled_from([(), ("a",), ("a", "b"), ("gone",)]),
)


@given(st.lists(wishes, max_size=12), st.sampled_from([CLOSED, OPEN, HALF_OPEN]))
def test_whatever_is_wished_for_no_limit_is_passed(some, circuit):
    some = [replace(wish, run=number) for number, wish in enumerate(some)]
    room = Room(
        NOON,
        pools={"slow": PoolRoom(3, 0)},
        sources={"a": SourceRoom(2, circuit), "b": SourceRoom(None, CLOSED)},
    )
    started = [(wish, room.rule(wish)) for wish in some]
    started = [(wish, ruling) for wish, ruling in started if ruling.fate is Fate.START]
    of_pool = [wish.weight for wish, _ in started if wish.pool == "slow"]
    assert sum(of_pool) <= 3 or len(of_pool) == 1
    assert sum("a" in ruling.sources for _, ruling in started) <= (2 if circuit is None else 1)
    for number, (wish, _) in enumerate(started):
        before = [each for each, _ in started[:number] if each.lane == wish.lane]
        assert len(before) < wish.parallel_limit
