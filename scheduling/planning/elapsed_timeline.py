"""Rules that name instants themselves: the clock on the wall has no say in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scheduling.planning.instants import (
    FIRST_INSTANT,
    LAST_INSTANT,
    Occurrence,
    instant_of,
    reading_of,
)

if TYPE_CHECKING:
    from scheduling.planning.spans import Spans


class IntervalTimeline:
    """`anchor + n * every`, from the anchor on. See `timeline.Timeline`."""

    __slots__ = ("_anchor", "_every", "_spans")

    def __init__(self, anchor: int, every: int, spans: Spans) -> None:
        self._anchor = max(anchor, FIRST_INSTANT)
        self._every = every
        self._spans = spans

    def next(self, after: int) -> Occurrence | None:
        return self._at(self._steps(after))

    def last(self, after: int, until: int) -> Occurrence | None:
        newest = self._at(self._steps(min(until, LAST_INSTANT - 1)) - 1)
        return newest if self.count(after, until) else None

    def count(self, after: int, until: int) -> int:
        newest = self._steps(min(until, LAST_INSTANT - 1))
        return max(newest - self._steps(after), 0)

    def dropped(self, after: int, until: int) -> tuple[Occurrence, ...]:
        return ()

    def _steps(self, upto: int) -> int:
        """How many instants there are up to and including that one."""
        return max((upto - self._anchor) // self._every + 1, 0)

    def _at(self, step: int) -> Occurrence | None:
        instant = self._anchor + step * self._every
        return elapsed_occurrence(instant, self._spans) if instant < LAST_INSTANT else None


class OnceTimeline:
    """One instant. See `timeline.Timeline`."""

    __slots__ = ("_at", "_spans")

    def __init__(self, at: int, spans: Spans) -> None:
        self._at = at
        self._spans = spans

    def next(self, after: int) -> Occurrence | None:
        return elapsed_occurrence(self._at, self._spans) if self._at > after else None

    def last(self, after: int, until: int) -> Occurrence | None:
        return self.next(after) if self._at <= until else None

    def count(self, after: int, until: int) -> int:
        return int(after < self._at <= until)

    def dropped(self, after: int, until: int) -> tuple[Occurrence, ...]:
        return ()


def elapsed_occurrence(instant: int, spans: Spans) -> Occurrence:
    """The occurrence at an instant, with what the zone's clock shows then."""
    span = spans.at(instant)
    again = span.before > span.offset and instant + span.offset < span.start + span.before
    return Occurrence(instant_of(instant), reading_of(instant + span.offset), int(again))
