"""A time that somebody asks about: the instants that it means by the clock of a zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from scheduling.planning.instants import instant_of, seconds_of
from scheduling.planning.refusals import BadRule
from scheduling.planning.spans import spans_of
from scheduling.planning.zones import load_zone

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

FIRST_YEAR, LAST_YEAR = 1970, 2999
NOT_A_TIME = (
    "{!r} is not a time: write it like 2026-11-01 02:00, or with an offset like "
    "2026-11-01T02:00:00-05:00."
)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


class Shown(StrEnum):
    """How the clock shows a reading on its day."""

    ONCE = "once"
    FIRST = "for the first time of two"
    SECOND = "for the second time of two"
    NEVER = "never"


class Moment(NamedTuple):
    """[start, end) in UTC, the reading of the clock at the start (naive), and how it is shown.

    Of a reading that the clock skips, `start` is the instant of the jump and `end` as much later
    as the clock jumps: there fixed times are made up for.
    """

    start: datetime
    end: datetime
    reading: datetime
    shown: Shown
    zone: str

    @property
    def stop(self) -> datetime:
        """The reading at which the asked time ends."""
        return self.reading + _length(self.reading)


def read_time(text: str) -> datetime:
    """An ISO 8601 time: naive as typed, or with its offset. BadRule if it is none."""
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise BadRule("at", NOT_A_TIME.format(text[:40])) from error
    if not FIRST_YEAR <= at.year <= LAST_YEAR:
        raise BadRule("at", f"The year must lie between {FIRST_YEAR} and {LAST_YEAR}.")
    return at


def moments_of(at: datetime, zone_name: str) -> list[Moment]:
    """What is meant by an instant, or by a naive reading of the zone's clock.

    A full minute means the whole of it, anything else its second. A reading that the clock shows
    twice is two moments. BadRule if there is no such zone.
    """
    zone = load_zone(zone_name)
    if at.tzinfo is not None:
        return [_moment(at.astimezone(UTC), zone_name, zone)]
    placed = [at.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)]
    shown = [each for each in placed if each.astimezone(zone).replace(tzinfo=None) == at]
    if not shown:
        return [_skipped(at, placed[0], zone_name)]
    return [_moment(each, zone_name, zone) for each in sorted(set(shown))]


def clock_text(at: datetime, zone_name: str) -> str:
    """ "2026-11-01 01:30 EDT (05:30 UTC)": the zone's own clock, and UTC beside it."""
    local = at.astimezone(load_zone(zone_name))
    form = "%H:%M" if local.second == 0 else "%H:%M:%S"
    text = f"{local:%Y-%m-%d} {local:{form}} {local:%Z}"
    utc = at.astimezone(UTC)
    if local.utcoffset() == timedelta(0):
        return text
    day = "" if utc.date() == local.date() else f"{utc:%Y-%m-%d} "
    return f"{text} ({day}{utc:{form}} UTC)"


def reading_text(reading: datetime) -> str:
    return f"{reading:%Y-%m-%d %H:%M}" if reading.second == 0 else f"{reading:%Y-%m-%d %H:%M:%S}"


def _length(at: datetime) -> timedelta:
    return MINUTE if at.second == at.microsecond == 0 else SECOND


def _moment(at: datetime, zone_name: str, zone: ZoneInfo) -> Moment:
    at = at.replace(microsecond=0)
    reading = at.astimezone(zone).replace(tzinfo=None)
    return Moment(at, at + _length(at), reading, _shown(reading, at, zone), zone_name)


def _shown(reading: datetime, at: datetime, zone: ZoneInfo) -> Shown:
    first, second = (reading.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first == second:
        return Shown.ONCE
    return Shown.FIRST if at == first else Shown.SECOND


def _skipped(reading: datetime, shifted: datetime, zone_name: str) -> Moment:
    span = spans_of(zone_name).at(seconds_of(shifted))
    end = span.start + span.offset - span.before
    return Moment(instant_of(span.start), instant_of(end), reading, Shown.NEVER, zone_name)
