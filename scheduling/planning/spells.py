"""Stretches of time in which what a rule names is left out: calendars, and dates skipped by hand.

Trading hours are no spells: outside of them a rule names nothing (`windowed_timeline`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scheduling.planning.verdicts import Ground


class Spell(NamedTuple):
    """[start, end) in UTC seconds: occurrences inside do not run, for the ground."""

    start: int
    end: int
    ground: Ground
    label: str

    def cut(self, start: int, end: int) -> list[Spell]:
        """What of it lies within [start, end): itself shortened, or nothing."""
        first, stop = max(self.start, start), min(self.end, end)
        return [Spell(first, stop, self.ground, self.label)] if first < stop else []


class Calendar(Protocol):
    """Whatever lists spells: `calendars.BlackoutCalendar`."""

    def spell_at(self, instant: int) -> Spell | None:
        """The spell that holds the instant."""

    def spells(self, after: int, until: int) -> list[Spell]:
        """Those that hold an instant after the one and up to the other: in order, disjoint."""


@dataclass(frozen=True, slots=True)
class Closures:
    """All that leaves out occurrences of one plan.

    Where spells of calendars meet, the one that began first counts. What a calendar leaves out was
    not skipped by a person: `skip` counts only beside the calendars.
    """

    calendars: tuple[Calendar, ...]
    skip: Spell | None = None

    def at(self, instant: int) -> Spell | None:
        """The spell that leaves out an occurrence at the instant."""
        found = [spell for each in self.calendars if (spell := each.spell_at(instant))]
        if found:
            return min(found)
        skip = self.skip
        return skip if skip is not None and skip.start <= instant < skip.end else None

    def between(self, after: int, until: int) -> list[Spell]:
        """The spells after the one and up to the other instant: in order, disjoint, cut to fit."""
        found = disjoint(spell for each in self.calendars for spell in each.spells(after, until))
        if self.skip is not None:
            found = sorted([*found, *_beside(found, self.skip)])
        return [part for spell in found for part in spell.cut(after + 1, until + 1)]


def disjoint(spells: Iterable[Spell]) -> list[Spell]:
    """The same time covered once, in order: where two meet, the one that began first keeps it."""
    found: list[Spell] = []
    for spell in sorted(spells):
        found += spell.cut(found[-1].end if found else spell.start, spell.end)
    return found


def _beside(spells: list[Spell], other: Spell) -> list[Spell]:
    """What is left of the other spell beside these, which are in order and disjoint."""
    edges = [other.start, *(edge for spell in spells for edge in spell[:2]), other.end]
    gaps = zip(edges[::2], edges[1::2], strict=True)
    return [part for start, end in gaps for part in other.cut(start, end)]
