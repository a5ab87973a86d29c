# ruff: noqa: DTZ001 - readings are naive
from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from scheduling.planning.moments import Shown, clock_text, moments_of, read_time
from scheduling.planning.refusals import BadRule

NEW_YORK = "America/New_York"


@pytest.mark.parametrize(
    ("reading", "zone", "expected"),
    [
        (datetime(2026, 6, 1, 9), NEW_YORK, [("2026-06-01T13:00", Shown.ONCE)]),
        (
            datetime(2026, 11, 1, 1, 30),
            NEW_YORK,
            [("2026-11-01T05:30", Shown.FIRST), ("2026-11-01T06:30", Shown.SECOND)],
        ),
        (datetime(2026, 11, 1, 2, 0), NEW_YORK, [("2026-11-01T07:00", Shown.ONCE)]),
        (datetime(2026, 3, 8, 2, 30), NEW_YORK, [("2026-03-08T07:00", Shown.NEVER)]),
        (datetime(2026, 10, 4, 2, 15), "Australia/Lord_Howe", [("2026-10-03T15:30", Shown.NEVER)]),
        (datetime(2011, 12, 30, 12), "Pacific/Apia", [("2011-12-30T10:00", Shown.NEVER)]),
    ],
)
def test_a_reading_is_the_instants_at_which_the_clock_shows_it(reading, zone, expected):
    found = moments_of(reading, zone)
    assert [(f"{each.start:%Y-%m-%dT%H:%M}", each.shown) for each in found] == expected
    assert {each.reading for each in found} == {reading}


@pytest.mark.parametrize(("hour", "shown"), [(5, Shown.FIRST), (6, Shown.SECOND), (7, Shown.ONCE)])
def test_an_instant_is_one_moment_even_where_its_reading_comes_twice(hour, shown):
    (found,) = moments_of(datetime(2026, 11, 1, hour, 30, tzinfo=UTC), NEW_YORK)
    assert (found.start.hour, found.shown) == (hour, shown)


def test_a_skipped_reading_lasts_as_long_as_the_clock_jumps():
    (found,) = moments_of(datetime(2011, 12, 30, 12), "Pacific/Apia")
    assert found.end - found.start == timedelta(days=1)


@pytest.mark.parametrize(
    ("at", "seconds"),
    [(datetime(2026, 3, 2, 12), 60), (datetime(2026, 3, 2, 12, 0, 7), 1)],
)
def test_a_full_minute_means_the_whole_of_it(at, seconds):
    for asked in (at, at.replace(tzinfo=UTC)):
        (found,) = moments_of(asked, "UTC")
        assert found.end - found.start == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("zone", "text"),
    [
        ("UTC", "2026-07-01 23:30 UTC"),
        (NEW_YORK, "2026-07-01 19:30 EDT (23:30 UTC)"),
        ("Asia/Kathmandu", "2026-07-02 05:15 +0545 (2026-07-01 23:30 UTC)"),
    ],
)
def test_a_clock_is_told_with_utc_beside_it(zone, text):
    assert clock_text(datetime(2026, 7, 1, 23, 30, tzinfo=UTC), zone) == text


def test_seconds_are_told_where_there_are_any():
    at = datetime(2026, 7, 1, 23, 30, 5, tzinfo=UTC)
    assert clock_text(at, NEW_YORK) == "2026-07-01 19:30:05 EDT (23:30:05 UTC)"


@pytest.mark.parametrize("text", ["2026-11-01 02:00", "2026-11-01T02:00-05:00", " 2026-11-01 "])
def test_a_time_is_read_as_it_is_typed(text):
    assert read_time(text).date().isoformat() == "2026-11-01"


@pytest.mark.parametrize("text", ["", "noon", "2026-02-30", "0001-01-01", "9999-12-31T23:59Z"])
def test_what_is_no_time_is_refused_with_a_sentence(text):
    with pytest.raises(BadRule) as caught:
        read_time(text)
    assert caught.value.reason.endswith(".")
