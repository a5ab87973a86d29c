"""From what was chosen and typed to a rule's JSON, and back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from scheduling.planning.instants import EPOCH
from scheduling.planning.refusals import BadRule
from scheduling.planning.rules import (
    LONGEST_INTERVAL,
    PRESETS,
    CronRule,
    DailyRule,
    IntervalRule,
    MonthlyRule,
    OnceRule,
    PresetRule,
    Rule,
    WeeklyRule,
    rule_from_json,
)
from scheduling.views.numbers import number_in

Typed = dict[str, Any]
Reading = Callable[[datetime | None], str]

READY_MADE: dict[str, Typed] = {
    "daily_at_2": {"type": "daily", "times": ["02:00"]},
    "sunday_at_3": {"type": "weekly", "weekdays": ["sun"], "times": ["03:00"]},
    **{name: {"type": "preset", "name": name} for name in PRESETS},
}


def rule_of(typed: Typed) -> dict[str, Any]:
    """The rule's JSON. What is missing or strange in it is the planner's to refuse."""
    shape = typed["shape"]
    if shape in READY_MADE:
        return READY_MADE[shape]
    return _BUILDERS[shape](typed)


def _interval(typed: Typed) -> dict[str, Any]:
    length: timedelta | None = typed["every"]
    seconds = min(int(length.total_seconds()), LONGEST_INTERVAL + 1) if length else 0
    rule = {"type": "interval", "every_seconds": seconds}
    return rule if typed["anchor"] is None else {**rule, "anchor": typed["anchor"].isoformat()}


def _daily(typed: Typed) -> dict[str, Any]:
    return {"type": "daily", "times": _words(typed["times"])}


def _weekly(typed: Typed) -> dict[str, Any]:
    return {"type": "weekly", "weekdays": typed["weekdays"], "times": _words(typed["times"])}


def _monthly(typed: Typed) -> dict[str, Any]:
    days = [_number_or_word(word) for word in _words(typed["days"])]
    return {"type": "monthly", "days": days, "times": _words(typed["times"])}


def _once(typed: Typed) -> dict[str, Any]:
    return {"type": "once", "at": typed["at"] and typed["at"].isoformat()}


def _cron(typed: Typed) -> dict[str, Any]:
    return {"type": "cron", "expression": typed["expression"]}


_BUILDERS = {
    "interval": _interval,
    "daily_times": _daily,
    "weekly": _weekly,
    "monthly": _monthly,
    "once": _once,
    "cron": _cron,
}


def _words(text: str) -> list[str]:
    return text.replace(",", " ").lower().split()


def _number_or_word(text: str) -> int | str:
    number = number_in(text)
    return text if number is None else number


def typed_for_rule(rule: dict[str, Any], reading: Reading) -> Typed:
    """What would have to be typed for a stored rule; `reading` turns an instant into clock time.

    A rule that can no longer be read is offered as a cron expression, to be written anew.
    """
    try:
        return _typed(rule_from_json(rule), reading)
    except BadRule:
        return {"shape": "cron", "expression": str(rule.get("expression", ""))}


def _typed(rule: Rule, reading: Reading) -> Typed:
    match rule:
        case PresetRule(name=name):
            return {"shape": name}
        case IntervalRule(every_seconds=seconds, anchor=anchor):
            every = timedelta(seconds=seconds)
            counted_from = "" if anchor == EPOCH else reading(anchor)
            return {"shape": "interval", "every": every, "anchor": counted_from}
        case DailyRule(times=times):
            return {"shape": "daily_times", "times": ", ".join(times)}
        case WeeklyRule(weekdays=days, times=times):
            return {"shape": "weekly", "weekdays": list(days), "times": ", ".join(times)}
        case MonthlyRule(days=days, times=times):
            shown = ", ".join(map(str, days))
            return {"shape": "monthly", "days": shown, "times": ", ".join(times)}
        case OnceRule(at=at):
            return {"shape": "once", "at": reading(at)}
        case CronRule(expression=expression):
            return {"shape": "cron", "expression": expression}
