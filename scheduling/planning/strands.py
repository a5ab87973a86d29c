"""What a plan names, apart by what becomes of it: to run, or left out for one ground each."""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_right
from datetime import timedelta
from typing import TYPE_CHECKING

from scheduling.planning.instants import LAST_INSTANT, seconds_of
from scheduling.planning.plan import (
    count,
    dropped,
    last_occurrence,
    next_occurrence,
    spells_by_ground,
)
from scheduling.planning.stretches import Line
from scheduling.planning.verdicts import Ground

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from scheduling.planning.plan import Plan
    from scheduling.planning.spells import Spell

TICK = timedelta(microseconds=1)


class Strand(ABC):
    """Instants in order, asked without walking them."""

    is_empty = False  # True if it names nothing for certain

    @abstractmethod
    def next(self, after: datetime) -> datetime | None: ...

    @abstractmethod
    def last(self, after: datetime, until: datetime) -> datetime | None: ...

    @abstractmethod
    def count(self, after: datetime, until: datetime) -> int: ...

    def has(self, at: datetime) -> bool:
        return self.next(at - TICK) == at


def strands_of(plan: Plan, after: datetime, until: datetime) -> dict[Ground | None, Strand]:
    """The strands by ground, None for what is to run, after the one and up to the other instant."""
    return {
        None: _ToRun(plan),
        Ground.DST_GAP: _Listed(each.planned_at for each in dropped(plan, after, until)),
        **{
            ground: _InSpells(plan, spells)
            for ground, spells in spells_by_ground(plan, after, until).items()
        },
    }


class _ToRun(Strand):
    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    def next(self, after: datetime) -> datetime | None:
        found = next_occurrence(self._plan, after)
        return None if found is None else found.planned_at

    def last(self, after: datetime, until: datetime) -> datetime | None:
        found = last_occurrence(self._plan, after, until)
        return None if found is None else found.planned_at

    def count(self, after: datetime, until: datetime) -> int:
        return count(self._plan, after, until)


class _Listed(Strand):
    def __init__(self, instants: Iterable[datetime]) -> None:
        self._instants = list(instants)
        self.is_empty = not self._instants

    def next(self, after: datetime) -> datetime | None:
        place = bisect_right(self._instants, after)
        return self._instants[place] if place < len(self._instants) else None

    def last(self, after: datetime, until: datetime) -> datetime | None:
        number = bisect_right(self._instants, until)
        return self._instants[number - 1] if self.count(after, until) else None

    def count(self, after: datetime, until: datetime) -> int:
        return max(0, bisect_right(self._instants, until) - bisect_right(self._instants, after))


class _InSpells(Strand):
    """What the rule itself names inside of spells, which are in order and disjoint."""

    def __init__(self, plan: Plan, spells: Sequence[Spell]) -> None:
        self._timeline = plan.timeline
        self._spells = Line(spells)
        self.is_empty = not spells

    def next(self, after: datetime) -> datetime | None:
        for since, until in self._between(after, None):
            found = self._timeline.next(since)
            if found is not None and seconds_of(found.planned_at) <= until:
                return found.planned_at
        return None

    def last(self, after: datetime, until: datetime) -> datetime | None:
        for pair in reversed(self._between(after, until)):
            found = self._timeline.last(*pair)
            if found is not None:
                return found.planned_at
        return None

    def count(self, after: datetime, until: datetime) -> int:
        return sum(self._timeline.count(*pair) for pair in self._between(after, until))

    def _between(self, after: datetime, until: datetime | None) -> list[tuple[int, int]]:
        """The spells, cut to what lies after the one and up to the other instant."""
        low = seconds_of(after)
        high = LAST_INSTANT if until is None else seconds_of(until)
        found = self._spells.between(low, high)
        return [(max(each.start - 1, low), min(each.end - 1, high)) for each in found]
