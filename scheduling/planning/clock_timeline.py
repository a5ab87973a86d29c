"""Wall-clock readings turned into instants, by the rule for clock changes (design semantics 5).

The rule is that of Debian's cron. It tells fixed-time rules, which are run once in each place where
a person looks at the clock and expects them, from clock-following ones (`*` in front of the minute
or hour), which keep their beat: these run whenever the clock shows the reading and never else.
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from scheduling.planning.instants import (
    DAY,
    FIRST_INSTANT,
    LAST_INSTANT,
    Occurrence,
    instant_of,
    reading_of,
)

if TYPE_CHECKING:
    from scheduling.planning.readings import Readings
    from scheduling.planning.spans import Span, Spans

LONG_GAP = 3 * 3600
MILLISECOND = timedelta(milliseconds=1)


class Gap(StrEnum):
    """What becomes of a fixed time that the clock jumps over."""

    SHIFT = "shift"
    SHIFT_BY_GAP = "shift_by_gap"
    SKIP = "skip"


class Repeat(StrEnum):
    """Which of the two passes a fixed time runs in when the clock shows it twice."""

    FIRST = "first"
    SECOND = "second"
    BOTH = "both"


class ClockTimeline:
    """The instants of `readings` in a zone. See `timeline.Timeline`."""

    __slots__ = ("_fixed", "_gap", "_readings", "_repeat", "_spans")

    def __init__(
        self, readings: Readings, spans: Spans, *, follows_clock: bool, gap: Gap, repeat: Repeat
    ) -> None:
        self._readings = readings
        self._spans = spans
        self._fixed = not follows_clock
        self._gap = gap
        self._repeat = repeat

    def next(self, after: int) -> Occurrence | None:
        at = max(after + 1, FIRST_INSTANT)
        while at < LAST_INSTANT:
            span = self._spans.at(at)
            reading = self._readings.next(max(at + span.offset, self._first(span)))
            shifted = self._next_shifted(span, at)
            if shifted and (reading is None or shifted[0] < reading - span.offset):
                return _shifted_occurrence(*shifted)
            if reading is None or reading - span.offset >= LAST_INSTANT:
                return None
            if reading < self._stop(span):
                return _occurrence(span, reading)
            # No offset reaches a day, so nothing can lie before the day ahead of the reading,
            # unless the span's end repeats readings that have gone by.
            repeats = span.after < span.offset
            at = span.end if repeats else max(span.end, reading - DAY)
        return None

    def last(self, after: int, until: int) -> Occurrence | None:
        at = min(until, LAST_INSTANT - 1)
        while at > max(after, FIRST_INSTANT - 1):
            span = self._spans.at(at)
            reading = self._readings.previous(min(at + span.offset + 1, self._stop(span)))
            if reading is None:
                return None
            regular = reading - span.offset if reading >= self._first(span) else span.start - 1
            moved = [pair for pair in self._shifted(span, regular) if regular < pair[0] <= at]
            if moved:
                return _shifted_occurrence(*moved[-1]) if moved[-1][0] > after else None
            if regular >= span.start:
                return _occurrence(span, reading) if regular > after else None
            repeats = span.before > span.offset
            at = span.start - 1 if repeats else min(span.start - 1, reading + DAY)
        return None

    def count(self, after: int, until: int) -> int:
        at, stop = max(after + 1, FIRST_INSTANT), min(until + 1, LAST_INSTANT)
        total = 0
        while at < stop:
            span = self._spans.at(at)
            upto = min(span.end, stop)
            first, last = max(at + span.offset, self._first(span)), upto + span.offset
            total += self._readings.count(first, min(last, self._stop(span)))
            total += sum(at <= instant < upto for instant, _ in self._shifted(span, at))
            at = upto
        return total

    def dropped(self, after: int, until: int) -> tuple[Occurrence, ...]:
        if not self._fixed:
            return ()
        found: list[Occurrence] = []
        at, stop = max(after, FIRST_INSTANT), min(until, LAST_INSTANT - 1)
        # A jump shortly after `until` has its readings before it: look as far as the next second.
        while at <= stop + 1:
            span = self._spans.at(at)
            length = span.after - span.offset
            if length > 0 and (length >= LONG_GAP or self._gap is Gap.SKIP):
                found += self._dropped_at(span.end, span.offset, span.after)
            at = span.end
        return tuple(found)

    def _dropped_at(self, jump: int, before: int, after: int) -> list[Occurrence]:
        readings = list(self._readings.between(jump + before, jump + after))
        start = instant_of(jump) - len(readings) * MILLISECOND
        return [
            Occurrence(start + place * MILLISECOND, reading_of(reading))
            for place, reading in enumerate(readings)
        ]

    def _first(self, span: Span) -> int:
        """Readings of the span from here on count; those before were run in the first pass."""
        if self._fixed and self._repeat is Repeat.FIRST:
            return span.start + max(span.offset, span.before)
        return span.start + span.offset

    def _stop(self, span: Span) -> int:
        """Readings of the span up to here count; the others are left to the second pass."""
        if self._fixed and self._repeat is Repeat.SECOND:
            return span.end + min(span.offset, span.after)
        return span.end + span.offset

    def _shifted(self, span: Span, at: int) -> list[tuple[int, int]]:
        """(instant, reading) of what the jump at the span's start moved, if `at` is still near it.

        An instant that the rule names anyway is left out: two readings on one instant are one.
        """
        length = span.offset - span.before
        near = 0 < length < LONG_GAP and at < span.start + length
        if not (near and self._fixed) or self._gap is Gap.SKIP:
            return []
        readings = self._readings.between(span.start + span.before, span.start + span.offset)
        if self._gap is Gap.SHIFT:
            moved = [(span.start, reading) for reading in readings][:1]
        else:
            moved = [(reading - span.before, reading) for reading in readings]
        return [pair for pair in moved if not self._readings.has(pair[0] + span.offset)]

    def _next_shifted(self, span: Span, at: int) -> tuple[int, int] | None:
        return next((pair for pair in self._shifted(span, at) if pair[0] >= at), None)


def _occurrence(span: Span, reading: int) -> Occurrence:
    again = span.before > span.offset and reading < span.start + span.before
    return Occurrence(instant_of(reading - span.offset), reading_of(reading), int(again))


def _shifted_occurrence(instant: int, reading: int) -> Occurrence:
    return Occurrence(instant_of(instant), reading_of(reading), shifted=True)
