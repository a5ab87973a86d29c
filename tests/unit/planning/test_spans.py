# ruff: noqa: E501 - a table has one case to a line
from __future__ import annotations

import struct
from datetime import UTC, datetime
from importlib import resources
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from scheduling.planning.instants import FIRST_INSTANT, LAST_INSTANT, seconds_of
from scheduling.planning.spans import PROBE_EVERY, Spans
from scheduling.planning.zones import zone_names

YEAR_1970 = 0
HEADER = struct.Struct(">20x6l")


def _at(text: str) -> int:
    return seconds_of(datetime.fromisoformat(text).replace(tzinfo=UTC))


@pytest.mark.parametrize(
    ("zone", "inside", "start", "end", "hours"),
    [
        ("Europe/Stockholm", "2026-07-01", "2026-03-29T01:00", "2026-10-25T01:00", (1, 2, 1)),
        ("Australia/Lord_Howe", "2025-01-01", "2024-10-05T15:30", "2025-04-05T15:00", (10.5, 11, 10.5)),
        ("Antarctica/Troll", "2026-07-01", "2026-03-29T01:00", "2026-10-25T01:00", (0, 2, 0)),
        ("Africa/Casablanca", "2025-03-01", "2025-02-23T02:00", "2025-04-06T02:00", (1, 0, 1)),
        ("America/Noronha", "2000-10-10", "2000-10-08T02:00", "2000-10-15T01:00", (-2, -1, -2)),
    ],
)  # fmt: skip
def test_a_span_ends_where_the_clock_changes(
    zone: str, inside: str, start: str, end: str, hours: tuple[float, float, float]
) -> None:
    span = Spans(ZoneInfo(zone)).at(_at(inside))

    assert (span.start, span.end) == (_at(start), _at(end))
    assert (span.before, span.offset, span.after) == tuple(3600 * hour for hour in hours)


def test_walking_back_meets_the_same_changes_as_walking_forward() -> None:
    first, last = _at("1972-01-01"), _at("2030-01-01")
    forward, backward = Spans(ZoneInfo("Europe/London")), Spans(ZoneInfo("Europe/London"))
    ends, starts = [], []
    at = first
    while (span := forward.at(at)).end < last:
        at = span.end
        if span.after != span.offset:
            ends.append(at)
    at = last
    while (span := backward.at(at)).start > first:
        at = span.start - 1
        if span.before != span.offset:
            starts.append(span.start)

    assert starts == ends[::-1]
    assert len(ends) == 2 * (2030 - 1972)


def test_the_order_of_questions_does_not_change_the_answer() -> None:
    asked = [_at(f"{year}-06-15") for year in (2090, 1985, 2026, 2400, 1918, 2025)]
    one, other = Spans(ZoneInfo("America/New_York")), Spans(ZoneInfo("America/New_York"))

    assert [one.at(at) for at in asked] == [other.at(at) for at in reversed(asked)][::-1]


@pytest.mark.parametrize("zone", ["UTC", "Europe/Stockholm", "Pacific/Apia"])
def test_both_ends_of_planning_have_a_span(zone: str) -> None:
    spans = Spans(ZoneInfo(zone))

    for instant in (FIRST_INSTANT, LAST_INSTANT):
        span = spans.at(instant)
        assert span.start <= instant < span.end


def test_no_zone_changes_its_clock_twice_between_two_probes() -> None:
    # Probing would miss a pair of changes that lie closer together.
    shortest = min(
        after - before
        for zone in zone_names()
        for before, after in pairwise(at for at in _changes(zone) if at >= YEAR_1970)
    )

    assert shortest > 2 * PROBE_EVERY


def _changes(zone: str) -> list[int]:
    """Instants at which the offset changes, out of the zone's file itself (RFC 8536)."""
    body = resources.files("tzdata.zoneinfo").joinpath(*zone.split("/")).read_bytes()
    isut, isstd, leaps, times, types, chars = HEADER.unpack_from(body)
    second = 44 + times * 5 + types * 6 + chars + leaps * 8 + isstd + isut
    _, _, _, times, types, _ = HEADER.unpack_from(body, second)
    start = second + 44
    instants = struct.unpack_from(f">{times}q", body, start)
    kinds = body[start + 8 * times : start + 9 * times]
    offsets = [
        struct.unpack_from(">l", body, start + 9 * times + 6 * kind)[0] for kind in range(types)
    ]
    current, changes = offsets[0], []
    for instant, kind in zip(instants, kinds, strict=True):
        if offsets[kind] != current:
            changes.append(instant)
            current = offsets[kind]
    return changes
