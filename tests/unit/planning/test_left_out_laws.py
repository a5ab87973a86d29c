"""Laws of what is left out: with what may run, it is all that the rule names."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from scheduling.planning.instants import seconds_of
from scheduling.planning.left_out import CLOCK_JUMPED, Named, named
from scheduling.planning.plan import (
    Plan,
    count,
    dropped,
    last_occurrence,
    next_named,
    occurrences,
)
from scheduling.planning.plan import window as window_of
from scheduling.planning.verdicts import Ground
from tests.unit.planning.drawn_plans import plans

ALL = 10**6
Place = tuple[Plan, datetime]
windows = st.tuples(st.integers(-72, 48), st.integers(0, 72)).map(
    lambda drawn: (timedelta(hours=drawn[0]), timedelta(hours=drawn[1]))
)


def left_out(plan: Plan, after: datetime, until: datetime) -> Iterator[Named]:
    """By the spells instead of along the occurrences."""
    spells = plan.closures.between(*window_of(plan, after, until)) if plan.closures else []
    for spell in spells:
        found = plan.timeline.next(spell.start - 1)
        while found is not None and seconds_of(found.planned_at) < spell.end:
            yield Named(found, spell.ground, spell.label)
            found = plan.timeline.next(seconds_of(found.planned_at))
    for each in dropped(plan, after, until):
        yield Named(each, Ground.DST_GAP, CLOCK_JUMPED)


@settings(max_examples=200, deadline=None)
@given(place=plans(), window=windows)
def test_what_may_run_and_what_is_left_out_are_all_that_is_named(
    place: Place, window: tuple[timedelta, timedelta]
) -> None:
    plan, after = place[0], place[1] + window[0]
    until = after + window[1]

    everything = named(plan, after, until, limit=ALL)

    may_run = [Named(each) for each in occurrences(plan, after, until, limit=ALL)]
    both = [*may_run, *left_out(plan, after, until)]
    assert everything == sorted(both, key=lambda each: each.planned_at)
    instants = [each.planned_at for each in everything]
    assert instants == sorted(set(instants))
    assert all(after < instant <= until for instant in instants)


@settings(max_examples=200, deadline=None)
@given(place=plans(), window=windows)
def test_what_may_run_is_counted_and_found_from_both_ends(
    place: Place, window: tuple[timedelta, timedelta]
) -> None:
    plan, after = place[0], place[1] + window[0]
    until = after + window[1]

    walked = occurrences(plan, after, until, limit=ALL)

    assert count(plan, after, until) == len(walked)
    assert last_occurrence(plan, after, until) == (walked[-1] if walked else None)
    backwards = last_occurrence(plan, after, until)
    for expected in walked[:-10:-1]:
        assert backwards == expected
        backwards = last_occurrence(plan, after, expected.planned_at - timedelta(seconds=1))


@settings(max_examples=200, deadline=None)
@given(place=plans(), hours=st.integers(-72, 72))
def test_an_instant_and_a_window_are_told_of_the_same_spell(place: Place, hours: int) -> None:
    plan = place[0]
    if plan.closures is None:
        return
    start = seconds_of(place[1]) + hours * 3600
    spells = plan.closures.between(start, start + 86_400)

    for instant in range(start + 1, start + 86_401, 293):
        inside = [spell for spell in spells if spell.start <= instant < spell.end]
        spell = plan.closures.at(instant)
        assert [each[2:] for each in inside] == ([spell[2:]] if spell else [])


@settings(max_examples=100, deadline=None)
@given(place=plans(), hours=st.integers(-72, 48))
def test_the_first_that_is_named_is_the_first_of_the_list(place: Place, hours: int) -> None:
    plan, after = place[0], place[1] + timedelta(hours=hours)

    found = next_named(plan, after)

    assert found is not None
    ahead = named(plan, after, found.planned_at, limit=ALL)
    assert [each for each, ground, _ in ahead if ground is not Ground.DST_GAP] == [found]
    assert len(ahead) == 1 + len(dropped(plan, after, found.planned_at))
