"""What is not cron is refused, with the field at fault."""

from __future__ import annotations

from typing import Any

import pytest

from scheduling.planning.cron import LONGEST, read_cron
from scheduling.planning.refusals import BadRule

EXPRESSION, DAY = "expression", "day of month"
REFUSED: list[tuple[Any, str, str]] = [
    ("", EXPRESSION, "empty"),
    ("   ", EXPRESSION, "empty"),
    (None, EXPRESSION, "text"),
    (5, EXPRESSION, "text"),
    (b"* * * * *", EXPRESSION, "text"),
    (["*", "*", "*", "*", "*"], EXPRESSION, "text"),
    ({}, EXPRESSION, "text"),
    (True, EXPRESSION, "text"),
    ("*", EXPRESSION, "1 of five"),
    ("* * * *", EXPRESSION, "4 of five"),
    ("* * * * * *", EXPRESSION, "6 fields"),
    ("0 0 9 * * 1", EXPRESSION, "6 fields"),
    ("0 0 9 * * 1 2026", EXPRESSION, "7 fields"),
    ("0 2 * * * root run", EXPRESSION, "7 fields"),
    ("@reboot", EXPRESSION, "names no time"),
    ("@every 5m", EXPRESSION, "not an alias"),
    ("@Daily", EXPRESSION, "not an alias"),
    ("@", EXPRESSION, "not an alias"),
    ("@daily 0", EXPRESSION, "not an alias"),
    ("0 0 * * *\n", EXPRESSION, "plain letters"),
    ("0 0 *\n* *", EXPRESSION, "plain letters"),
    ("0 0 *\v* *", EXPRESSION, "plain letters"),
    ("0\f0 * * *", EXPRESSION, "plain letters"),
    ("0 0 * * *\x00", EXPRESSION, "plain letters"),
    ("0\u00a00 * * *", EXPRESSION, "plain letters"),
    ("\u0660 0 * * *", EXPRESSION, "plain letters"),
    ("\uff10 0 * * *", EXPRESSION, "plain letters"),
    ("0 0 * * \u2013", EXPRESSION, "plain letters"),
    ("\ud800 * * * *", EXPRESSION, "plain letters"),
    ("0," * 600 + "0 * * * *", EXPRESSION, f"longer than {LONGEST}"),
    ("60 * * * *", "minute", "out of range"),
    ("-1 * * * *", "minute", "cannot be read"),
    ("+1 * * * *", "minute", "cannot be read"),
    ("1.5 * * * *", "minute", "cannot be read"),
    ("1e1 * * * *", "minute", "neither a number nor a name"),
    ("0x5 * * * *", "minute", "neither"),
    ("5! * * * *", "minute", "cannot be read"),
    ("*5 * * * *", "minute", "cannot be read"),
    ("** * * * *", "minute", "cannot be read"),
    ("*-5 * * * *", "minute", "cannot be read"),
    ("5-* * * * *", "minute", "cannot be read"),
    ("1-2-3 * * * *", "minute", "cannot be read"),
    ("1- * * * *", "minute", "cannot be read"),
    ("1/ * * * *", "minute", "cannot be read"),
    ("/5 * * * *", "minute", "cannot be read"),
    ("*/ * * * *", "minute", "cannot be read"),
    ("*/-5 * * * *", "minute", "cannot be read"),
    ("*/0 * * * *", "minute", "step of 0"),
    ("5/0 * * * *", "minute", "step of 0"),
    ("1-5/0 * * * *", "minute", "step of 0"),
    ("*/1/2 * * * *", "minute", "cannot be read"),
    ("*/a * * * *", "minute", "cannot be read"),
    ("1,,2 * * * *", "minute", "empty"),
    (",1 * * * *", "minute", "empty"),
    ("1, * * * *", "minute", "empty"),
    (", * * * *", "minute", "empty"),
    ("30-10 * * * *", "minute", "backwards"),
    ("50-70 * * * *", "minute", "out of range"),
    ("99999999999999999999 * * * *", "minute", "out of range"),
    ("9" * 900 + " * * * *", "minute", "out of range"),
    ("mon * * * *", "minute", "neither"),
    ("l * * * *", "minute", "neither"),
    ("? * * * *", "minute", "'?' is not cron"),
    ("R * * * *", "minute", "'R' draws"),
    ("R(1-5) * * * *", "minute", "'R' draws"),
    ("R/5 * * * *", "minute", "'R' draws"),
    ("H(5-1) * * * *", "minute", "backwards"),
    ("H(0-99) * * * *", "minute", "out of range"),
    ("H/0 * * * *", "minute", "step of 0"),
    ("H-5 * * * *", "minute", "neither"),
    ("HH * * * *", "minute", "neither"),
    ("* 24 * * *", "hour", "out of range"),
    ("* 22-2 * * *", "hour", "backwards"),
    ("* 9am * * *", "hour", "neither"),
    ("* ? * * *", "hour", "'?' is not cron"),
    ("* * 0 * *", DAY, "out of range"),
    ("* * 32 * *", DAY, "out of range"),
    ("* * ? * *", DAY, "'?' is not cron"),
    ("* * L-3 * *", DAY, "neither"),
    ("* * 28-L * *", DAY, "neither"),
    ("* * W * *", DAY, "neither"),
    ("* * 0W * *", DAY, "out of range"),
    ("* * 32W * *", DAY, "out of range"),
    ("* * 1-5W * *", DAY, "neither"),
    ("* * WL * *", DAY, "neither"),
    ("* * 1#1 * *", DAY, "cannot be read"),
    ("* * 20-10 * *", DAY, "backwards"),
    ("* * mon * *", DAY, "neither"),
    ("* * * 0 *", "month", "out of range"),
    ("* * * 13 *", "month", "out of range"),
    ("* * * foo *", "month", "neither"),
    ("* * * january *", "month", "neither"),
    ("* * * dec-jan *", "month", "backwards"),
    ("* * * mon *", "month", "neither"),
    ("* * * L *", "month", "neither"),
    ("* * * * 8", "day of week", "out of range"),
    ("* * * * monday", "day of week", "neither"),
    ("* * * * fri-sun", "day of week", "Sunday begins the week"),
    ("* * * * 5-1", "day of week", "backwards"),
    ("* * * * 6-0", "day of week", "backwards"),
    ("* * * * L", "day of week", "neither"),
    ("* * * * L5", "day of week", "neither"),
    ("* * * * 8L", "day of week", "out of range"),
    ("* * * * 1#0", "day of week", "no weekday number 0"),
    ("* * * * 1#6", "day of week", "no weekday number 6"),
    ("* * * * 1#", "day of week", "cannot be read"),
    ("* * * * #1", "day of week", "cannot be read"),
    ("* * * * 8#1", "day of week", "out of range"),
    ("* * * * 1#1#1", "day of week", "cannot be read"),
    ("* * * * ?", "day of week", "'?' is not cron"),
    ("* * * * 5W", "day of week", "neither"),
    ("0 0 30 2 *", DAY, "never fires"),
    ("0 0 31 2 *", DAY, "never fires"),
    ("0 0 30,31 2 *", DAY, "never fires"),
    ("0 0 31 2,4,6,9,11 *", DAY, "never fires"),
    ("0 0 31 4 *", DAY, "never fires"),
    ("0 0 30W 2 *", DAY, "never fires"),
    ("0 0 30 2 */2", DAY, "never fires"),
    ("* * 31 11 *", DAY, "never fires"),
]


@pytest.mark.parametrize(("expression", "field", "fragment"), REFUSED)
def test_it_is_refused_with_the_field_and_the_reason(
    expression: Any, field: str, fragment: str
) -> None:
    with pytest.raises(BadRule) as refusal:
        read_cron(expression)

    assert refusal.value.field == field
    assert fragment in refusal.value.reason
    assert len(refusal.value.reason) < 200


@pytest.mark.parametrize(
    "expression",
    ["0 0 29 2 *", "0 0 30 2 1", "0 0 31 2,4 sun", "0 0 29 2 */7", "0 0 * 2 1#5", "0 0 29W 2 *",
     "0 0 31 1-2 *", "0 0 30 2 1#5", "0 0 L 2 *"],
)  # fmt: skip
def test_what_fires_seldom_is_not_taken_for_never(expression: str) -> None:
    assert read_cron(expression).readings.next(0) is not None


def test_the_longest_expression_is_read() -> None:
    every_minute = ",".join(str(n) for n in range(60))
    assert len(every_minute) < LONGEST

    assert read_cron(f"{every_minute} * * * *").readings.count(0, 86_400) == 1440
