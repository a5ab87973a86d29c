from __future__ import annotations

import pytest

from scheduling.planning.spells import Closures, Spell, disjoint
from scheduling.planning.stretches import Line
from scheduling.planning.verdicts import Ground


def _spell(start: int, end: int, label: str, ground: Ground = Ground.BLACKOUT) -> Spell:
    return Spell(start, end, ground, label)


def _skip(start: int, end: int) -> Spell:
    return _spell(start, end, "skip", Ground.CANCELLED_BY_USER)


class _Calendar:
    """Spells as they stand: in order, disjoint."""

    def __init__(self, *spells: tuple[int, int, str]) -> None:
        self._line = Line([_spell(*each) for each in spells])

    def spell_at(self, instant: int) -> Spell | None:
        return next(iter(self._line.between(instant - 1, instant)), None)

    def spells(self, after: int, until: int) -> list[Spell]:
        return self._line.between(after, until)


def _words(spells: list[Spell]) -> str:
    return " ".join(f"{each.start}-{each.end}{each.label}" for each in spells)


@pytest.mark.parametrize(
    ("spells", "expected"),
    [
        ([], ""),
        ([(5, 9, "b"), (1, 3, "a")], "1-3a 5-9b"),
        ([(1, 5, "a"), (5, 9, "b")], "1-5a 5-9b"),
        ([(1, 6, "a"), (4, 9, "b")], "1-6a 6-9b"),
        ([(1, 9, "a"), (4, 6, "b")], "1-9a"),
        ([(1, 9, "a"), (4, 6, "b"), (5, 12, "c")], "1-9a 9-12c"),
        ([(1, 9, "b"), (1, 5, "a")], "1-5a 5-9b"),
        ([(5, 5, "a"), (7, 6, "b")], ""),
    ],
)
def test_the_same_time_is_covered_once(spells: list[tuple[int, int, str]], expected: str) -> None:
    assert _words(disjoint(_spell(*each) for each in spells)) == expected


@pytest.mark.parametrize(
    ("skip", "expected"),
    [
        (None, "10-20a 30-40b"),
        ((0, 50), "0-10skip 10-20a 20-30skip 30-40b 40-50skip"),
        ((12, 18), "10-20a 30-40b"),
        ((15, 25), "10-20a 20-25skip 30-40b"),
        ((22, 35), "10-20a 22-30skip 30-40b"),
        ((20, 30), "10-20a 20-30skip 30-40b"),
        ((60, 70), "10-20a 30-40b 60-70skip"),
    ],
)
def test_a_skip_counts_beside_the_calendars(skip: tuple[int, int] | None, expected: str) -> None:
    closures = Closures((_Calendar((10, 20, "a"), (30, 40, "b")),), _skip(*skip) if skip else None)

    assert _words(closures.between(-1, 99)) == expected
    for instant in range(100):
        inside = [each for each in closures.between(-1, 99) if each.start <= instant < each.end]
        at = closures.at(instant)
        assert [each.label for each in inside] == ([at.label] if at else [])


@pytest.mark.parametrize(
    ("after", "until", "expected"),
    [
        (9, 19, "10-20a"),
        (10, 18, "11-19a"),
        (14, 14, ""),
        (14, 15, "15-16a"),
        (19, 29, "20-30skip"),
        (25, 35, "26-30skip 30-36b"),
    ],
)
def test_spells_are_cut_to_the_instants_asked_for(after: int, until: int, expected: str) -> None:
    closures = Closures((_Calendar((10, 20, "a"), (30, 40, "b")),), _skip(5, 33))

    assert _words(closures.between(after, until)) == expected


def test_of_calendars_that_meet_the_spell_that_began_first_counts() -> None:
    closures = Closures((_Calendar((10, 20, "a")), _Calendar((5, 12, "b"), (15, 30, "c"))))

    assert _words(closures.between(0, 50)) == "5-12b 12-20a 20-30c"
    assert [spell.label for at in (9, 11, 13, 17, 25) if (spell := closures.at(at))] == [
        "b", "b", "a", "a", "c"
    ]  # fmt: skip
