"""What of a rule may run: its occurrences but for those that calendars and people leave out."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from scheduling.planning.instants import DAY, Occurrence, seconds_of

if TYPE_CHECKING:
    from scheduling.planning.spells import Closures
    from scheduling.planning.timeline import Timeline

LONGEST_SEARCH = 3660 * DAY


class OpenTimeline:
    """The occurrences of another timeline outside of all spells. See `timeline.Timeline`.

    One that is left out for more than ten years on end is not looked for further.
    """

    __slots__ = ("_closures", "_inner")

    def __init__(self, inner: Timeline, closures: Closures) -> None:
        self._inner = inner
        self._closures = closures

    def next(self, after: int) -> Occurrence | None:
        found, stop = self._inner.next(after), None
        while found is not None:
            at = seconds_of(found.planned_at)
            stop = at + LONGEST_SEARCH if stop is None else stop
            spell = self._closures.at(at)
            if spell is None:
                return found
            found = self._inner.next(spell.end - 1) if spell.end <= stop else None
        return None

    def last(self, after: int, until: int) -> Occurrence | None:
        found, stop = self._inner.last(after, until), None
        while found is not None:
            at = seconds_of(found.planned_at)
            stop = at - LONGEST_SEARCH if stop is None else stop
            spell = self._closures.at(at)
            if spell is None:
                return found
            found = self._inner.last(after, spell.start - 1) if spell.start >= stop else None
        return None

    def count(self, after: int, until: int) -> int:
        return self._inner.count(after, until) - sum(
            self._inner.count(spell.start - 1, spell.end - 1)
            for spell in self._closures.between(after, until)
        )

    def dropped(self, after: int, until: int) -> tuple[Occurrence, ...]:
        return self._inner.dropped(after, until)


@lru_cache(maxsize=4096)
def outside_closures(timeline: Timeline, closures: Closures) -> Timeline:
    """The timeline kept out of the spells, one object for all schedules with the same."""
    return OpenTimeline(timeline, closures)
