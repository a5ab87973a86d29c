"""What comes next in a calendar, as people read it. Pure: `now` comes in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, NamedTuple

from scheduling.planning.calendars import calendar_from_json
from scheduling.planning.instants import instant_of, seconds_of
from scheduling.planning.refusals import BadRule
from scheduling.planning.zones import load_zone
from scheduling.views.words import when

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from scheduling.models import Calendar
    from scheduling.planning.calendars import BlackoutCalendar
    from scheduling.planning.spells import Spell

NEXT_SPELLS = 3
LOOK_AHEAD = (timedelta(days=400), timedelta(days=3660))
DAY = timedelta(days=1)


class ShownSpell(NamedTuple):
    """`span` on the calendar's own clock: "Fri 25 Dec 2026" for a whole day."""

    label: str
    span: str
    away: str


@dataclass(frozen=True, kw_only=True)
class NextSpells:
    """What a calendar leaves out, in words, and its next spells; or its `fault`."""

    sentence: str = ""
    zone: str = ""
    spells: tuple[ShownSpell, ...] = ()
    fault: str = ""


def next_spells(calendar: BlackoutCalendar, now: datetime) -> NextSpells:
    """The spell in which `now` lies, if it lies in one, and those that follow: three in all."""
    zone = load_zone(calendar.zone)
    return NextSpells(
        sentence=calendar.describe(),
        zone=calendar.zone,
        spells=tuple(_shown(each, zone, now) for each in _ahead(calendar, now)[:NEXT_SPELLS]),
    )


def next_spells_of(calendar: Calendar, now: datetime) -> NextSpells:
    """As `next_spells`, for a stored calendar that may no longer be readable."""
    try:
        return next_spells(calendar_from_json(calendar.definition()), now)
    except BadRule as error:
        return NextSpells(zone=calendar.zone, fault=str(error))


def _ahead(calendar: BlackoutCalendar, now: datetime) -> list[Spell]:
    """Far ahead only where the nearer future holds too few."""
    found: list[Spell] = []
    for length in LOOK_AHEAD:
        found = calendar.spells(seconds_of(now), seconds_of(now + length))
        if len(found) >= NEXT_SPELLS:
            break
    return found


def _shown(spell: Spell, zone: ZoneInfo, now: datetime) -> ShownSpell:
    at = instant_of(spell.start)
    start, end = at.astimezone(zone), instant_of(spell.end).astimezone(zone)
    away = "now" if at <= now else when(at, now)
    return ShownSpell(spell.label, _span(start, end), away)


def _span(start: datetime, end: datetime) -> str:
    if start.time() == end.time() == time.min:
        first, last = start, end - DAY
        pattern = "%a %d %b %Y"
    else:
        first, last = start, end
        pattern = "%a %d %b %Y, %H:%M"
    days = [each.strftime(pattern) for each in (first, last)]
    return days[0] if days[0] == days[1] else " to ".join(days)
