# ruff: noqa: E501 - a table has one case to a line
from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.planning.plan import Plan, occurrences, plan_from_json
from scheduling.planning.refusals import BadRule
from scheduling.planning.rules import PRESETS, CronRule, OnceRule, PresetRule, rule_from_json

START = datetime(2026, 3, 27, 12, tzinfo=UTC)
ACCEPTED: list[tuple[dict[str, Any], bool, str, str]] = [
    # rule, follows the clock, in words, its next instants in Stockholm after 27 March 2026 12:00Z
    ({"type": "cron", "expression": "0 9 * * 1-5"}, False, "at 09:00, Monday through Friday", "30T07:00 31T07:00"),
    ({"type": "cron", "expression": "*/30 * * * *"}, True, "every 30 minutes", "27T12:30 27T13:00"),
    ({"type": "interval", "every_seconds": 21600, "anchor": "2026-03-01T01:00:00Z"}, True, "every 6 hours", "27T13:00 27T19:00 28T01:00"),
    ({"type": "interval", "every_seconds": 86400, "anchor": "2026-04-01T00:30:00Z"}, True, "every day", "01T00:30 02T00:30"),
    ({"type": "interval", "every_seconds": 1, "anchor": "1970-01-01T00:00:00Z"}, True, "every second", "27T12:00:01 27T12:00:02"),
    ({"type": "daily", "times": ["02:30", "14:00"]}, False, "every day at 02:30 and 14:00", "27T13:00 28T01:30 28T13:00 29T01:00"),
    ({"type": "weekly", "weekdays": ["mon", "sun"], "times": ["03:00"]}, False, "Mondays and Sundays at 03:00", "29T01:00 30T01:00"),
    ({"type": "weekly", "weekdays": ["sun"], "times": ["03:00"]}, False, "Sundays at 03:00", "29T01:00 05T01:00"),
    ({"type": "monthly", "days": [1, 31, "last"], "times": ["12:00"]}, False, "on day 1, day 31 and the last day of the month at 12:00", "31T10:00 01T10:00 30T10:00"),
    ({"type": "once", "at": "2026-03-29T02:30:00Z"}, False, "once at 2026-03-29 02:30:00 UTC", "29T02:30"),
    ({"type": "preset", "name": "hourly"}, True, "every hour, on the hour", "27T13:00 27T14:00"),
    ({"type": "preset", "name": "every_6_hours"}, True, "every 6 hours, at 00:00, 06:00, 12:00 and 18:00", "27T17:00 27T23:00"),
    ({"type": "preset", "name": "every_12_hours"}, True, "every 12 hours, at 00:00 and 12:00", "27T23:00 28T11:00"),
    ({"type": "preset", "name": "daily"}, False, "every day at 00:00", "27T23:00 28T23:00 29T22:00"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "follows_clock", "words", "instants"), ACCEPTED)
def test_a_rule_says_what_it_is_and_names_its_instants(
    data: dict[str, Any], follows_clock: bool, words: str, instants: str
) -> None:
    rule = rule_from_json(data)
    wanted = instants.split()

    found = occurrences(Plan(rule=rule, zone="Europe/Stockholm"), START, limit=len(wanted))

    assert rule.to_json() == data
    assert rule_from_json(rule.to_json()) == rule
    assert (rule.follows_clock, rule.describe()) == (follows_clock, words)
    assert [f"{each.planned_at:%dT%H:%M:%S}".removesuffix(":00") for each in found] == wanted


def _interval(**fields: Any) -> dict[str, Any]:
    return {"type": "interval", "every_seconds": 60} | fields


REFUSED: list[tuple[Any, str]] = [
    (None, "rule"),
    ("0 2 * * *", "rule"),
    ([], "rule"),
    ({}, "type"),
    ({"type": "yearly"}, "type"),
    ({"type": None}, "type"),
    ({"type": []}, "type"),
    ({"type": "cron"}, "expression"),
    ({"type": "cron", "expression": None}, "expression"),
    ({"type": "cron", "expression": ["0"]}, "expression"),
    ({"type": "cron", "expression": "0 2 * *"}, "expression"),
    ({"type": "cron", "expression": "0 25 * * *"}, "hour"),
    ({"type": "cron", "expression": "0 2 * * *", "zone": "UTC"}, "zone"),
    ({"type": "interval"}, "every_seconds"),
    (_interval(every_seconds=0), "every_seconds"),
    (_interval(every_seconds=-1), "every_seconds"),
    (_interval(every_seconds=0.5), "every_seconds"),
    (_interval(every_seconds=60.0), "every_seconds"),
    (_interval(every_seconds=1e-9), "every_seconds"),
    (_interval(every_seconds=1e18), "every_seconds"),
    (_interval(every_seconds=10**400), "every_seconds"),
    (_interval(every_seconds=float("nan")), "every_seconds"),
    (_interval(every_seconds="60"), "every_seconds"),
    (_interval(every_seconds="1:30"), "every_seconds"),
    (_interval(every_seconds=True), "every_seconds"),
    (_interval(months=1200), "months"),
    (_interval(anchor="2026-01-01T00:00:00"), "anchor"),
    (_interval(anchor="2026-01-01"), "anchor"),
    (_interval(anchor="yesterday"), "anchor"),
    (_interval(anchor=0), "anchor"),
    (_interval(anchor="0001-01-01T00:00:00+14:00"), "anchor"),
    (_interval(anchor="9999-12-31T23:59:59-14:00"), "anchor"),
    ({"type": "daily"}, "times"),
    ({"type": "daily", "times": []}, "times"),
    ({"type": "daily", "times": "02:00"}, "times"),
    ({"type": "daily", "times": ["2:00"]}, "times"),
    ({"type": "daily", "times": ["24:00"]}, "times"),
    ({"type": "daily", "times": ["02:60"]}, "times"),
    ({"type": "daily", "times": ["02:00:00"]}, "times"),
    ({"type": "daily", "times": ["\u0660\u0662:\u0660\u0660"]}, "times"),
    ({"type": "daily", "times": [200]}, "times"),
    ({"type": "daily", "times": [["02:00"]]}, "times"),
    ({"type": "daily", "times": ["02:00"] * 201}, "times"),
    ({"type": "weekly", "times": ["02:00"]}, "weekdays"),
    ({"type": "weekly", "weekdays": ["monday"], "times": ["02:00"]}, "weekdays"),
    ({"type": "weekly", "weekdays": [1], "times": ["02:00"]}, "weekdays"),
    ({"type": "weekly", "weekdays": [{}], "times": ["02:00"]}, "weekdays"),
    ({"type": "weekly", "weekdays": ["mon"]}, "times"),
    ({"type": "monthly", "times": ["02:00"]}, "days"),
    ({"type": "monthly", "days": [0], "times": ["02:00"]}, "days"),
    ({"type": "monthly", "days": [32], "times": ["02:00"]}, "days"),
    ({"type": "monthly", "days": ["1"], "times": ["02:00"]}, "days"),
    ({"type": "monthly", "days": [None], "times": ["02:00"]}, "days"),
    ({"type": "monthly", "days": [1]}, "times"),
    ({"type": "once"}, "at"),
    ({"type": "once", "at": "2026-03-29T02:30:00"}, "at"),
    ({"type": "preset"}, "name"),
    ({"type": "preset", "name": "weekly"}, "name"),
    ({"type": "preset", "name": []}, "name"),
]


@pytest.mark.parametrize(("data", "field"), REFUSED)
def test_a_wrong_rule_is_refused_with_its_field(data: Any, field: str) -> None:
    with pytest.raises(BadRule) as refusal:
        rule_from_json(data)

    assert refusal.value.field == field
    assert refusal.value.reason.endswith((".", "year."))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
NAMES = ["expression", "every_seconds", "anchor", "times", "weekdays", "days", "at", "name"]
KINDS = ["cron", "interval", "daily", "weekly", "monthly", "once", "preset"]


@given(
    kind=st.sampled_from(KINDS),
    fields=st.dictionaries(st.sampled_from(NAMES), JSON, max_size=3),
    place=st.dictionaries(
        st.sampled_from(
            ["zone", "gap_policy", "repeat_policy", "starts_at", "ends_at", "jitter_seconds", "id"]
        ),
        JSON,
        max_size=3,
    ),
)
def test_no_json_gets_past_the_reader_but_as_a_refusal(
    kind: str, fields: dict[str, Any], place: dict[str, Any]
) -> None:
    with pytest.raises(BadRule):
        plan_from_json({"rule": {"type": kind} | fields | {"?": 1}} | place)
    with pytest.raises(BadRule):
        plan_from_json({"rule": {"type": "preset", "name": "daily"}} | place | {"zone": fields})


def test_repeated_and_unsorted_values_are_put_in_order() -> None:
    rule = rule_from_json(
        {"type": "monthly", "days": ["last", 15, 1, 15], "times": ["14:00", "02:00", "14:00"]}
    )

    assert rule.to_json() == {
        "type": "monthly",
        "days": [1, 15, "last"],
        "times": ["02:00", "14:00"],
    }


def test_an_instant_with_an_offset_is_kept_in_utc_to_the_second() -> None:
    rule = OnceRule.from_json({"at": "2026-03-29T02:30:00.75+02:00"})

    assert rule.to_json()["at"] == "2026-03-29T00:30:00Z"


@pytest.mark.parametrize(("name", "expression"), PRESETS.items())
def test_a_preset_is_the_cron_rule_it_stands_for(name: str, expression: str) -> None:
    by_name, by_cron = (
        occurrences(Plan(rule=rule, zone="America/New_York"), START, limit=50)
        for rule in (PresetRule(name), CronRule(expression))
    )

    assert by_name == by_cron
