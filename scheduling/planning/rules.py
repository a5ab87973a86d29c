"""The rules that people give a schedule.

Each checks itself when made: a rule that exists can be planned. The JSON of a rule has its `type`
and its fields: `{"type": "daily", "times": ["02:00"]}`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, Self

from scheduling.planning import json_values as read
from scheduling.planning import words
from scheduling.planning.clock_timeline import ClockTimeline, Gap, Repeat
from scheduling.planning.cron import draws, read_cron, split_fields
from scheduling.planning.cron_fields import WEEKDAY_NAMES
from scheduling.planning.days import EVERY_DAY, EVERY_MONTH, DayRule, MonthDays, Weekdays
from scheduling.planning.elapsed_timeline import IntervalTimeline, OnceTimeline
from scheduling.planning.instants import EPOCH, seconds_of
from scheduling.planning.readings import Readings
from scheduling.planning.refusals import BadRule
from scheduling.planning.spans import spans_of

if TYPE_CHECKING:
    from scheduling.planning.timeline import Timeline

LONGEST_INTERVAL = 3660 * 86_400
LAST = "last"
PRESETS = {
    "hourly": "0 * * * *",
    "every_6_hours": "0 */6 * * *",
    "every_12_hours": "0 */12 * * *",
    "daily": "0 0 * * *",
}
Json = dict[str, Any]


@dataclass(frozen=True)
class ClockPlace:
    """Where and how a rule's readings become instants."""

    zone: str
    gap: Gap = Gap.SHIFT
    repeat: Repeat = Repeat.FIRST
    hash_key: str = ""

    def timeline(self, readings: Readings, *, follows_clock: bool) -> Timeline:
        spans = spans_of(self.zone)
        return ClockTimeline(
            readings, spans, follows_clock=follows_clock, gap=self.gap, repeat=self.repeat
        )


@dataclass(frozen=True)
class CronRule:
    """A cron expression. `H` in it is drawn from the schedule's id."""

    type: ClassVar = "cron"
    expression: str

    def __post_init__(self) -> None:
        read_cron(self.expression)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        read.only(data, "expression")
        return cls(data.get("expression", ""))

    def to_json(self) -> Json:
        return {"type": self.type, "expression": self.expression}

    @property
    def follows_clock(self) -> bool:
        return read_cron(self.expression).follows_clock

    @property
    def draws(self) -> bool:
        """True if `H` is in it, so that each schedule reads it in its own way."""
        return draws(split_fields(self.expression))

    def describe(self) -> str:
        return words.of_cron(self.expression)

    def timeline(self, place: ClockPlace) -> Timeline:
        cron = read_cron(self.expression, hash_key=place.hash_key)
        return place.timeline(cron.readings, follows_clock=cron.follows_clock)


@dataclass(frozen=True)
class IntervalRule:
    """Each `every_seconds` of elapsed time from `anchor` on, which is itself the first instant.

    Without an anchor the beat is counted from 1970-01-01T00:00:00Z.
    """

    type: ClassVar = "interval"
    draws: ClassVar = False
    follows_clock: ClassVar = True
    every_seconds: int
    anchor: datetime = EPOCH

    def __post_init__(self) -> None:
        read.whole_number("every_seconds", self.every_seconds, low=1, high=LONGEST_INTERVAL)
        object.__setattr__(self, "anchor", read.instant("anchor", self.anchor))

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        read.only(data, "every_seconds", "anchor")
        anchor = read.optional_instant("anchor", data.get("anchor"))
        return cls(data.get("every_seconds", 0), anchor or EPOCH)

    def to_json(self) -> Json:
        anchor = read.iso(self.anchor)
        return {"type": self.type, "every_seconds": self.every_seconds, "anchor": anchor}

    def describe(self) -> str:
        return words.of_interval(self.every_seconds)

    def timeline(self, place: ClockPlace) -> Timeline:
        return IntervalTimeline(seconds_of(self.anchor), self.every_seconds, spans_of(place.zone))


@dataclass(frozen=True)
class DailyRule:
    """Every day at times of day, `HH:MM`."""

    type: ClassVar = "daily"
    draws: ClassVar = False
    follows_clock: ClassVar = False
    times: tuple[str, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "times", read.times_of_day(self.times))

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        read.only(data, "times")
        return cls(data.get("times", ()))

    def to_json(self) -> Json:
        return {"type": self.type, "times": list(self.times)}

    def describe(self) -> str:
        return f"every day at {words.joined(self.times)}"

    def timeline(self, place: ClockPlace) -> Timeline:
        return place.timeline(_readings(EVERY_DAY, self.times), follows_clock=False)


@dataclass(frozen=True)
class WeeklyRule:
    """On weekdays (`mon` ... `sun`) at times of day."""

    type: ClassVar = "weekly"
    draws: ClassVar = False
    follows_clock: ClassVar = False
    weekdays: tuple[str, ...]
    times: tuple[str, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "weekdays", _weekdays(self.weekdays))
        object.__setattr__(self, "times", read.times_of_day(self.times))

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        read.only(data, "weekdays", "times")
        return cls(data.get("weekdays", ()), data.get("times", ()))

    def to_json(self) -> Json:
        return {"type": self.type, "weekdays": list(self.weekdays), "times": list(self.times)}

    def describe(self) -> str:
        days = words.joined([words.WEEKDAYS[day] for day in self.weekdays])
        return f"{days} at {words.joined(self.times)}"

    def timeline(self, place: ClockPlace) -> Timeline:
        numbers = sum(1 << WEEKDAY_NAMES.index(day) for day in self.weekdays)
        days = DayRule(MonthDays(), Weekdays(numbers), both=False)
        return place.timeline(_readings(days, self.times), follows_clock=False)


@dataclass(frozen=True)
class MonthlyRule:
    """On days of the month (1-31, `last`) at times of day. A month without the day is left out."""

    type: ClassVar = "monthly"
    draws: ClassVar = False
    follows_clock: ClassVar = False
    days: tuple[int | str, ...]
    times: tuple[str, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "days", _month_days(self.days))
        object.__setattr__(self, "times", read.times_of_day(self.times))

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        read.only(data, "days", "times")
        return cls(data.get("days", ()), data.get("times", ()))

    def to_json(self) -> Json:
        return {"type": self.type, "days": list(self.days), "times": list(self.times)}

    def describe(self) -> str:
        days = words.joined([words.day_of_month(day) for day in self.days])
        return f"on {days} of the month at {words.joined(self.times)}"

    def timeline(self, place: ClockPlace) -> Timeline:
        numbers = sum(1 << day for day in self.days if isinstance(day, int))
        days = DayRule(MonthDays(numbers, last=LAST in self.days), Weekdays(), both=False)
        return place.timeline(_readings(days, self.times), follows_clock=False)


@dataclass(frozen=True)
class OnceRule:
    """One instant."""

    type: ClassVar = "once"
    draws: ClassVar = False
    follows_clock: ClassVar = False
    at: datetime

    def __post_init__(self) -> None:
        object.__setattr__(self, "at", read.instant("at", self.at))

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        read.only(data, "at")
        return cls(read.instant("at", data.get("at")))

    def to_json(self) -> Json:
        return {"type": self.type, "at": read.iso(self.at)}

    def describe(self) -> str:
        return f"once at {self.at:%Y-%m-%d %H:%M:%S} UTC"

    def timeline(self, place: ClockPlace) -> Timeline:
        return OnceTimeline(seconds_of(self.at), spans_of(place.zone))


@dataclass(frozen=True)
class PresetRule:
    """A rule by its name: hourly, every_6_hours, every_12_hours, daily (at midnight)."""

    type: ClassVar = "preset"
    draws: ClassVar = False
    name: str

    def __post_init__(self) -> None:
        if self.name not in list(PRESETS):
            raise BadRule("name", f"There is no such preset. Known are {', '.join(PRESETS)}.")

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        read.only(data, "name")
        return cls(data.get("name", ""))

    def to_json(self) -> Json:
        return {"type": self.type, "name": self.name}

    @property
    def follows_clock(self) -> bool:
        return read_cron(PRESETS[self.name]).follows_clock

    def describe(self) -> str:
        return words.PRESETS[self.name]

    def timeline(self, place: ClockPlace) -> Timeline:
        return CronRule(PRESETS[self.name]).timeline(place)


Rule = CronRule | IntervalRule | DailyRule | WeeklyRule | MonthlyRule | OnceRule | PresetRule
RULES: dict[str, type[Rule]] = {
    rule.type: rule
    for rule in (
        CronRule, IntervalRule, DailyRule, WeeklyRule, MonthlyRule, OnceRule, PresetRule
    )
}  # fmt: skip


def rule_from_json(data: object) -> Rule:
    """The rule of a JSON object, or BadRule that names the field at fault."""
    if not isinstance(data, Mapping):
        raise BadRule("rule", "A rule is an object with a type.")
    name = data.get("type")
    if not isinstance(name, str) or name not in RULES:
        raise BadRule("type", f"There is no such rule. Known are {', '.join(RULES)}.")
    return RULES[name].from_json(data)


@lru_cache(maxsize=16_384)
def timeline_of(rule: Rule, place: ClockPlace) -> Timeline:
    """A rule's line of instants, one object for all schedules with the same rule and place."""
    return rule.timeline(place)


def _readings(days: DayRule, times: tuple[str, ...]) -> Readings:
    return Readings(months=EVERY_MONTH, days=days, times=read.seconds_of_day(times))


def _weekdays(value: object) -> tuple[str, ...]:
    days = read.listed("weekdays", value)
    for day in days:
        if day not in WEEKDAY_NAMES:
            raise BadRule("weekdays", f"{day!r} is not one of {', '.join(WEEKDAY_NAMES)}.")
    # Monday first, as people read a week.
    return tuple(sorted(set(days), key=lambda day: (WEEKDAY_NAMES.index(day) - 1) % 7))


def _month_days(value: object) -> tuple[int | str, ...]:
    days = read.listed("days", value)
    numbers = {read.whole_number("days", day, low=1, high=31) for day in days if day != LAST}
    return (*sorted(numbers), *([LAST] if LAST in days else []))
