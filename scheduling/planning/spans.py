"""The stretches of time over which a zone's offset from UTC stays the same.

`zoneinfo` does not list a zone's transitions, so they are found by probing: every three days, and
then by halving. Two transitions of one zone lie at least 6.9 days apart since 1942 (America/Noronha
in 2000, Asia/Gaza in years to come); a test keeps watch over that when the data changes.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from scheduling.planning.instants import (
    DAY,
    FIRST_INSTANT,
    LAST_INSTANT,
    reading_of,
    seconds_of,
)
from scheduling.planning.zones import load_zone

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

PROBE_EVERY = 3 * DAY
WINDOW = 600 * DAY
MARGIN = 60 * DAY  # probed on both sides of a window
CLEAR = 2 * DAY  # a span that ends where probing ended keeps this far from what is not known
BEYOND = 300 * DAY  # probed past both ends of planning, so that no instant lies at an edge


class Span(NamedTuple):
    """[start, end) in UTC seconds; `offset` seconds inside, `before` and `after` on its sides."""

    start: int
    end: int
    offset: int
    before: int
    after: int


class _Window(NamedTuple):
    """The spans that touch a stretch of time, and the instants at which one follows another."""

    edges: list[int]
    spans: list[Span]


class Spans:
    """A zone's spans, found when they are first asked for: one window of time after another."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._windows: dict[int, _Window] = {}

    def at(self, instant: int) -> Span:
        """The span that holds `instant`.

        Where the zone does not change for long, an edge may lie at no change: `before`, `offset`
        and `after` are then equal there. Changes close to such an edge belong to the next span.
        """
        number = instant // WINDOW
        window = self._windows.get(number)
        if window is None:
            window = self._windows[number] = self._probe(number)
        return window.spans[bisect_right(window.edges, instant)]

    def _probe(self, number: int) -> _Window:
        low = max(number * WINDOW - MARGIN, FIRST_INSTANT - BEYOND)
        high = min((number + 1) * WINDOW + MARGIN, LAST_INSTANT + BEYOND)
        edges, offsets = self._transitions(low, high)
        starts = [low + CLEAR, *edges]
        ends = [*edges, high - CLEAR]
        before = [offsets[0], *offsets]
        after = [*offsets[1:], offsets[-1]]
        return _Window(edges, list(map(Span, starts, ends, offsets, before, after)))

    def _transitions(self, low: int, high: int) -> tuple[list[int], list[int]]:
        """Instants of change within the range, and the offsets before, between and after them."""
        edges: list[int] = []
        offsets = [self._offset(low)]
        for probe in range(low + PROBE_EVERY, high, PROBE_EVERY):
            offset = self._offset(probe)
            if offset != offsets[-1]:
                edges.append(self._halve(probe - PROBE_EVERY, probe))
                offsets.append(offset)
        return edges, offsets

    def _halve(self, low: int, high: int) -> int:
        before = self._offset(low)
        while high - low > 1:
            middle = (low + high) // 2
            if self._offset(middle) == before:
                low = middle
            else:
                high = middle
        return high

    def _offset(self, instant: int) -> int:
        offset = datetime.fromtimestamp(instant, self._zone).utcoffset()
        if offset is None:
            raise ValueError(f"{self._zone} gives no offset.")
        return offset.days * DAY + offset.seconds


@lru_cache(maxsize=1024)
def spans_of(zone_name: str) -> Spans:
    """The spans of a zone, shared by every rule in it. BadRule if there is no such zone."""
    return Spans(load_zone(zone_name))


def instant_of_reading(zone_name: str, reading: int) -> int:
    """When the zone's clock shows the reading for the first time.

    If it jumps over the reading: the first instant after the jump.
    """
    instant = seconds_of(reading_of(reading).replace(tzinfo=load_zone(zone_name)))
    span = spans_of(zone_name).at(instant)
    return instant if instant + span.offset == reading else span.start
