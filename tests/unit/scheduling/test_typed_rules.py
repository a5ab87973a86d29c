"""What is typed into the schedule builder, and the rule it stands for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from scheduling.planning.rules import rule_from_json
from scheduling.views.forms.rules import READY_MADE, rule_of, typed_for_rule
from scheduling.views.forms.schedule import ScheduleForm

AT = datetime(2026, 3, 29, 2, 30, tzinfo=UTC)
NOTHING: dict[str, Any] = {
    "every": None,
    "anchor": None,
    "weekdays": [],
    "days": "",
    "times": "",
    "at": None,
    "expression": "",
}


@pytest.mark.parametrize(
    ("typed", "rule"),
    [
        ({"shape": "daily_at_2"}, {"type": "daily", "times": ["02:00"]}),
        (
            {"shape": "sunday_at_3"},
            {"type": "weekly", "weekdays": ["sun"], "times": ["03:00"]},
        ),
        ({"shape": "hourly"}, {"type": "preset", "name": "hourly"}),
        (
            {"shape": "interval", "every": timedelta(minutes=90)},
            {"type": "interval", "every_seconds": 5400},
        ),
        (
            {"shape": "interval", "every": timedelta(hours=1), "anchor": AT},
            {"type": "interval", "every_seconds": 3600, "anchor": AT.isoformat()},
        ),
        (
            {"shape": "daily_times", "times": "02:00, 14:30 15:00"},
            {"type": "daily", "times": ["02:00", "14:30", "15:00"]},
        ),
        (
            {"shape": "weekly", "weekdays": ["mon"], "times": "02:00"},
            {"type": "weekly", "weekdays": ["mon"], "times": ["02:00"]},
        ),
        (
            {"shape": "monthly", "days": "1, 15 LAST", "times": "02:00"},
            {"type": "monthly", "days": [1, 15, "last"], "times": ["02:00"]},
        ),
        ({"shape": "once", "at": AT}, {"type": "once", "at": AT.isoformat()}),
        (
            {"shape": "cron", "expression": "@daily"},
            {"type": "cron", "expression": "@daily"},
        ),
    ],
)
def test_what_is_typed_becomes_a_rule(typed: dict[str, Any], rule: dict[str, Any]) -> None:
    assert rule_of({**NOTHING, **typed}) == rule


@pytest.mark.parametrize(
    "rule",
    [
        *READY_MADE.values(),
        {"type": "interval", "every_seconds": 5400},
        {"type": "interval", "every_seconds": 61, "anchor": "2026-03-29T02:30:10Z"},
        {"type": "daily", "times": ["02:00", "14:30"]},
        {"type": "weekly", "weekdays": ["mon", "sun"], "times": ["02:00"]},
        {"type": "monthly", "days": [1, "last"], "times": ["02:00"]},
        {"type": "once", "at": "2026-03-29T02:30:00Z"},
        {"type": "cron", "expression": "30 7 * * 1-5"},
    ],
)
def test_a_stored_rule_survives_the_form(rule: dict[str, Any]) -> None:
    typed = typed_for_rule(rule, lambda at: "" if at is None else at.isoformat())
    for name in ("anchor", "at"):
        if typed.get(name):
            typed[name] = datetime.fromisoformat(typed[name])
        else:
            typed[name] = None
    assert rule_from_json(rule_of({**NOTHING, **typed})) == rule_from_json(rule)


def test_a_rule_that_cannot_be_read_is_offered_as_an_expression() -> None:
    broken = {"type": "cron", "expression": "61 * * * *"}
    assert typed_for_rule(broken, str) == {"shape": "cron", "expression": "61 * * * *"}


def sent(**typed: Any) -> ScheduleForm:
    return ScheduleForm(
        {
            "shape": "daily_at_2",
            "zone": "Europe/Stockholm",
            "gap_policy": "shift",
            "repeat_policy": "first",
            **typed,
        }
    )


@pytest.mark.parametrize(
    ("typed", "field", "said"),
    [
        ({"zone": "europe/stockholm"}, "zone", "Europe/Stockholm"),
        ({"zone": ""}, "zone", "required"),
        ({"shape": "daily_times", "times": ""}, "times", "at least one"),
        ({"shape": "daily_times", "times": "25:00"}, "times", "25:00"),
        ({"shape": "weekly", "times": "02:00"}, "weekdays", "at least one"),
        ({"shape": "monthly", "days": "32", "times": "02:00"}, "days", "between 1 and 31"),
        ({"shape": "monthly", "days": "1st", "times": "02:00"}, "days", "whole number"),
        ({"shape": "interval"}, "every", "between"),
        ({"shape": "once"}, "at", "instant"),
        ({"shape": "once", "at": "tomorrow"}, "at", "2026-03-29T02:30"),
        ({"shape": "once", "at": "2026-03-29T02:30"}, "at", "never shows"),
        ({"shape": "cron", "expression": ""}, "expression", "five"),
        ({"shape": "cron", "expression": "0 25 * * *"}, "expression", "hour"),
        ({"shape": "cron", "expression": "0 0 30 2 *"}, "expression", "never"),
        (
            {"starts_at": "2026-03-30T00:00", "ends_at": "2026-03-29T00:00"},
            "ends_at",
            "before the start",
        ),
        ({"jitter_seconds": "86401"}, "jitter_seconds", "86400"),
    ],
)
def test_a_refusal_stands_at_the_field_where_it_was_typed(
    typed: dict[str, Any], field: str, said: str
) -> None:
    form = sent(**typed)
    assert list(form.errors) == [field]
    assert said.lower() in str(form.errors[field][0]).lower()
    assert form.plan is None


def test_times_are_read_on_the_clock_of_the_zone() -> None:
    form = sent(shape="once", at="2026-07-01T12:00")
    assert form.is_valid()
    assert form.draft().rule == {"type": "once", "at": "2026-07-01T10:00:00Z"}
