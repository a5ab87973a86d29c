"""Calendars of times at which schedules do not run, shared by any number of them.

The JSON of a calendar is `{"name": ..., "zone": ..., "rule": {"type": ...}}`; its rule has the
fields of one of the classes here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Self

from scheduling.planning import json_values as read
from scheduling.planning.holiday_data import country_titles, public_holidays, subdivisions
from scheduling.planning.instants import (
    DAY,
    EPOCH_ORDINAL,
    EPOCH_READING,
    FIRST_INSTANT,
    LAST_INSTANT,
)
from scheduling.planning.markets import Market, market_of
from scheduling.planning.refusals import BadRule
from scheduling.planning.spans import instant_of_reading
from scheduling.planning.spells import Spell, disjoint
from scheduling.planning.stretches import Line, YearlyLine
from scheduling.planning.verdicts import Ground
from scheduling.planning.words import counted
from scheduling.planning.zones import load_zone

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST_RANGE = timedelta(days=3660)


@dataclass(frozen=True)
class Holidays:
    """The public holidays of a country, or of a part of it."""

    type: ClassVar = "holidays"
    country: str
    subdivision: str = ""

    def __post_init__(self) -> None:
        parts = subdivisions().get(self.country)
        if parts is None:
            raise BadRule("country", "Name a country by its two letters, such as SE.")
        if self.subdivision not in ("", *parts):
            known = ", ".join(parts) or "none"
            raise BadRule("subdivision", f"The country has no such part. Known are: {known}.")

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        read.only(data, "country", "subdivision")
        return cls(
            read.text("country", data.get("country", "")),
            read.text("subdivision", data.get("subdivision", "")),
        )

    def describe(self) -> str:
        part = f" ({self.subdivision})" if self.subdivision else ""
        return f"public holidays of {country_titles()[self.country]}{part}"

    def line(self, zone: str) -> YearlyLine[Spell]:
        return YearlyLine(lambda year: self._spells(zone, year))

    def _spells(self, zone: str, year: int) -> list[Spell]:
        found = public_holidays(self.country, self.subdivision, year)
        return disjoint(
            _whole_day(zone, day.toordinal() - EPOCH_ORDINAL, label) for day, label in found.items()
        )


@dataclass(frozen=True)
class MarketDays:
    """Days on which a market does not trade, and its early closes until midnight.

    The days are those of the market's own zone.
    """

    type: ClassVar = "market"
    market: str

    def __post_init__(self) -> None:
        market_of(self.market)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        read.only(data, "market")
        return cls(data.get("market", ""))

    def describe(self) -> str:
        return f"days on which the {market_of(self.market).title} does not trade"

    def line(self, zone: str) -> YearlyLine[Spell]:
        market = market_of(self.market)
        return YearlyLine(lambda year: list(_without_trade(market, year)))


class Range(NamedTuple):
    """Readings of the calendar's clock in seconds; `until` is exclusive."""

    start: int
    until: int
    label: str


@dataclass(frozen=True)
class Ranges:
    """Ranges of one's own: from a reading of the clock up to another, each with a label.

    A reading that the clock jumps over counts as the first instant after the jump, one that it
    shows twice as the first of the two.
    """

    type: ClassVar = "ranges"
    ranges: tuple[Range, ...]

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        read.only(data, "ranges")
        return cls(tuple(_range(each) for each in read.listed("ranges", data.get("ranges"))))

    def describe(self) -> str:
        return counted(len(self.ranges), "range")

    def line(self, zone: str) -> Line[Spell]:
        return Line(disjoint(_spell(zone, *each) for each in self.ranges))


CalendarRule = Holidays | MarketDays | Ranges
CALENDAR_RULES: dict[str, type[CalendarRule]] = {
    rule.type: rule for rule in (Holidays, MarketDays, Ranges)
}


@dataclass(frozen=True)
class BlackoutCalendar:
    """Spells at which nothing runs. BadRule names the field at fault.

    Outside of the years that the package `holidays` knows (most of its countries end in 2100) there
    are no holidays.
    """

    name: str
    zone: str
    rule: CalendarRule
    _line: Line[Spell] | YearlyLine[Spell] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        load_zone(self.zone)
        object.__setattr__(self, "_line", self.rule.line(self.zone))

    def describe(self) -> str:
        return self.rule.describe()

    def spell_at(self, instant: int) -> Spell | None:
        """The spell that holds the instant."""
        return next(iter(self.spells(instant - 1, instant)), None)

    def spells(self, after: int, until: int) -> list[Spell]:
        """Those that hold an instant after the one and up to the other: in order, disjoint."""
        return self._line.between(after, until)


def calendar_from_json(definition: object) -> BlackoutCalendar:
    """The calendar of a definition with name, zone and rule, or BadRule.

    Equal definitions share one object: a tick reads the same calendar for many schedules.
    """
    return _read(json.dumps(definition, sort_keys=True))


@lru_cache(maxsize=1024)
def _read(text: str) -> BlackoutCalendar:
    definition = json.loads(text)
    if not isinstance(definition, Mapping):
        raise BadRule("calendar", "A calendar is an object with a name, a zone and a rule.")
    rule = definition.get("rule")
    if not isinstance(rule, Mapping):
        raise BadRule("rule", "The rule of a calendar is an object with a type.")
    name = rule.get("type")
    if not isinstance(name, str) or name not in CALENDAR_RULES:
        raise BadRule("type", f"There is no such calendar. Known are {', '.join(CALENDAR_RULES)}.")
    return BlackoutCalendar(
        read.text("name", definition.get("name", "")),
        definition.get("zone", ""),
        CALENDAR_RULES[name].from_json(rule),
    )


def _whole_day(zone: str, day: int, label: str) -> Spell:
    return _spell(zone, day * DAY, (day + 1) * DAY, label)


def _spell(zone: str, start: int, until: int, label: str) -> Spell:
    first, end = (instant_of_reading(zone, reading) for reading in (start, until))
    return Spell(first, end, Ground.BLACKOUT, label)


def _without_trade(market: Market, year: int) -> Iterator[Spell]:
    for day, session, label in market.days(year):
        whole = _whole_day(market.zone, day, label)
        if session is None:
            yield whole
        elif label:
            yield from whole.cut(session.end, whole.end)


def _range(value: object) -> Range:
    if not isinstance(value, Mapping):
        raise BadRule("ranges", "A range is an object with from, until and label.")
    read.only(value, "from", "until", "label")
    start, until = _reading(value.get("from")), _reading(value.get("until"))
    if not start < until:
        raise BadRule("ranges", f"A range must end after it begins: {start} to {until}.")
    if until - start > LONGEST_RANGE:
        raise BadRule("ranges", f"A range may last {LONGEST_RANGE.days} days at most.")
    return Range(_seconds(start), _seconds(until), read.text("label", value.get("label", "")))


def _reading(value: object) -> datetime:
    """A naive datetime out of its ISO text, such as `2026-12-24T12:00`."""
    try:
        reading = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        reading = None
    if reading is None or reading.tzinfo is not None:
        raise BadRule("ranges", "Write readings of the clock such as 2026-12-24T12:00, no offset.")
    if not FIRST_INSTANT <= _seconds(reading) < LAST_INSTANT:
        raise BadRule("ranges", "A range must lie within the years 3 to 9997.")
    return reading


def _seconds(reading: datetime) -> int:
    length = reading - EPOCH_READING
    return length.days * DAY + length.seconds
