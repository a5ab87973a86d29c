from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from scheduling.planning.lint import lint
from scheduling.planning.plan import plan_from_json
from scheduling.planning.refusals import BadRule

NOW = datetime(2026, 3, 1, tzinfo=UTC)

HINTS = {
    "0 9 * * mon-fri": [],
    "0 9 * * 7": [],
    "H H * * *": [],
    "H/7 3 * * *": ["VERY_OFTEN"],
    "*/15 * * * *": [],
    "0 9 * * 5L": [],
    "0 9 * * 1-5": ["MONDAY_IS_0"],
    "0 9 * * 0": ["MONDAY_IS_0"],
    "0 0 9 * *": ["SECONDS_FIRST"],
    "0 0 31 * *": [],
    "0 9 13 * fri": ["BOTH_DAY_FIELDS"],
    "0 9 */2 * mon": ["BOTH_DAY_FIELDS"],
    "*/7 9,17 * * *": ["VERY_OFTEN"],
    "*/7 */2 * * *": ["VERY_OFTEN"],
    "*/7 9-9 * * *": ["ONE_VALUE_RANGE", "VERY_OFTEN"],
    "*/7 9-17 * * *": ["UNEVEN_STEP", "VERY_OFTEN"],
    "0 */5 1,15 * *": [],
    "5-5 * * * *": ["ONE_VALUE_RANGE"],
    "0 9 * * mon-mon": ["ONE_VALUE_RANGE"],
    "*/7 * * * *": ["UNEVEN_STEP", "VERY_OFTEN"],
    "*/7 9 * * *": ["VERY_OFTEN"],
    "0 */5 * * *": ["UNEVEN_STEP"],
    "0 */5 * * mon": [],
    "0 0 */2 * *": ["UNEVEN_STEP"],
    "0 0 */2 2 *": [],
    "0 0 1 */5 *": ["UNEVEN_STEP"],
    "*/60 * * * *": ["STEP_TOO_LONG"],
    "59/10 * * * *": ["STEP_TOO_LONG"],
    "10-20/30 * * * *": ["STEP_TOO_LONG"],
    "10-40/15 * * * *": [],
    "* * * * *": ["VERY_OFTEN"],
}


def hints_of(expression: str, length: timedelta | None = None) -> dict[str, str]:
    rule = {"type": "cron", "expression": expression}
    plan = plan_from_json({"rule": rule, "zone": "Europe/Stockholm", "id": 7})
    return dict(lint(plan, typical_length=length, now=NOW))


@pytest.mark.parametrize("expression", HINTS)
def test_an_expression_gets_its_hints(expression: str) -> None:
    assert list(hints_of(expression)) == HINTS[expression]


@pytest.mark.parametrize(
    ("expression", "code", "said"),
    [
        ("0 9 * * 1-5", "MONDAY_IS_0",
         "there 1-5 means Tuesdays, Wednesdays, Thursdays, Fridays and Saturdays"),
        ("0 0 9 * *", "SECONDS_FIRST", "write 0 9 * * *"),
        ("0 9 13 * fri", "BOTH_DAY_FIELDS",
         "next at: 2026-03-13 08:00 UTC, 2026-11-13 08:00 UTC, 2027-08-13 07:00 UTC."),
        ("0 9 13 * fri", "BOTH_DAY_FIELDS", "either will do. Tools for which both must match"),
        ("0 9 */2 * mon", "BOTH_DAY_FIELDS",
         "both must match, for one of them begins with a star. Tools for which either will do"),
        ("0 9 */2 * mon", "BOTH_DAY_FIELDS", "next at: 2026-03-01 08:00 UTC, 2026-03-02 08:00"),
        ("0 0 30 2 mon", "BOTH_DAY_FIELDS", "would run this next at: never."),
        ("5-5 * * * *", "ONE_VALUE_RANGE", "5-5 is the one value 5."),
        ("*/7 * * * *", "UNEVEN_STEP", "from minute 56 to 0 it is 4 minutes, not 7."),
        ("0 */5 * * *", "UNEVEN_STEP", "from hour 20 to 0 it is 4 hours, not 5."),
        ("0 0 */2 * *", "UNEVEN_STEP",
         "from day of month 31 to 1 it is 1 day in a month of 31 days, not 2."),
        ("0 9 * * */2", "UNEVEN_STEP", "from day of week 6 to 0 it is 1 day, not 2."),
        ("59/10 * * * *", "STEP_TOO_LONG", "59/10 names only minute 59:"),
        ("*/7 9 * * *", "VERY_OFTEN", "It runs as often as every 7 minutes."),
    ],
)  # fmt: skip
def test_a_hint_says_what_it_is_about(expression: str, code: str, said: str) -> None:
    assert said in hints_of(expression)[code]


@pytest.mark.parametrize(
    ("expression", "five"),
    [
        ("0 0 9 * * 1", "0 9 * * 1"),
        ("0 0 12 ? * MON-FRI", "0 12 * * mon-fri"),
        ("0 9 * * 1 2026", "0 9 * * 1"),
        ("0 0 9 * * 1 2026-2030", "0 9 * * 1"),
        ("0 0 9 * * ? *", "0 9 * * *"),
    ],
)
def test_the_refusal_of_too_many_fields_shows_the_five_that_were_meant(
    expression: str, five: str
) -> None:
    with pytest.raises(BadRule, match=re.escape(f"not read, it is {five} (0 is Sunday)")):
        hints_of(expression)


@pytest.mark.parametrize("expression", ["0 0 99 * * 1", "a b c d e f", "1 2 3 4 5 6 7 8"])
def test_nothing_is_guessed_where_no_five_fields_make_sense(expression: str) -> None:
    with pytest.raises(BadRule, match=r"are not read\.$"):
        hints_of(expression)


def test_a_rule_that_outruns_its_runs_is_told_so() -> None:
    half_hour, an_hour = timedelta(minutes=30), timedelta(hours=1)
    assert "FASTER_THAN_ITS_RUNS" not in hints_of("*/30 * * * *", half_hour)
    hint = hints_of("0,30 9 * * *", an_hour)["FASTER_THAN_ITS_RUNS"]
    assert "as often as every 30 minutes, and its runs last 60 minutes (median)" in hint


@pytest.mark.parametrize(
    ("rule", "codes"),
    [
        ({"type": "interval", "every_seconds": 60}, ["VERY_OFTEN"]),
        ({"type": "interval", "every_seconds": 900}, []),
        ({"type": "daily", "times": ["09:00", "09:10"]}, ["VERY_OFTEN"]),
        ({"type": "once", "at": "2026-06-01T00:00Z"}, []),
        ({"type": "once", "at": "2020-06-01T00:00Z"}, []),
    ],
)
def test_other_rules_are_judged_by_their_pace(rule: dict[str, object], codes: list[str]) -> None:
    plan = plan_from_json({"rule": rule, "zone": "UTC"})
    assert [hint.code for hint in lint(plan, typical_length=None, now=NOW)] == codes
