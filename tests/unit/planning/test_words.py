from __future__ import annotations

import pytest

from scheduling.planning import words

SENTENCES = {
    "0 2 * * *": "at 02:00",
    "@daily": "at 00:00",
    "*/15 * * * *": "every 15 minutes",
    "0 9 * * 1": "at 09:00, only on Monday",
    "0 9 * * 7": "at 09:00, only on Sunday",
    "5-5 3-3 * * *": "at 03:05",
    "0 9 1 * 1": "at 09:00, on day 1 of the month, or on Monday",
    "0 9 1 * 1-5": "at 09:00, on day 1 of the month, or Monday through Friday",
    "0 9 1 1 1#1": "at 09:00, on day 1 of the month, or on the first Monday of the month, "
    "only in January",
    "0 0 L * *": "at 00:00, on the last day of the month",
    "0 0 LW * *": "at 00:00, on the last weekday of the month",
    "0 0 15W * *": "at 00:00, on the weekday nearest day 15 of the month",
    "0 9 * * 1#1": "at 09:00, on the first Monday of the month",
    "0 9 * * 5L": "at 09:00, on the last Friday of the month",
    # cron-descriptor would say "or" here, or drop half of the list: our own sentence.
    "0 0 */2 * 1": "minute 0, hour 0, day of month */2 that is also weekday 1",
    "0 0 1 * */2": "minute 0, hour 0, day of month 1 that is also weekday */2",
    "0 0 1W,15W * *": "minute 0, hour 0, day of month 1W,15W",
    "0 0 1,L 3 1#1,5L": "minute 0, hour 0, day of month 1,L or weekday 1#1,5L, month 3",
    "0 0 * * 5/2": "minute 0, hour 0, weekday 5/2",
    "H H * * *": "minute H, hour H (H is drawn once for the schedule)",
    "H/15 * * * *": "minute H/15, every hour (H is drawn once for the schedule)",
}


@pytest.mark.parametrize("expression", SENTENCES)
def test_an_expression_in_words(expression: str) -> None:
    assert words.of_cron(expression) == SENTENCES[expression]


@pytest.mark.parametrize(
    ("seconds", "sentence"),
    [(1, "every second"), (90, "every 90 seconds"), (60, "every minute"), (300, "every 5 minutes"),
     (3600, "every hour"), (5400, "every 90 minutes"), (86_400, "every day"),
     (129_600, "every 36 hours"), (604_800, "every week"), (1_209_600, "every 2 weeks")],
)  # fmt: skip
def test_an_interval_in_words(seconds: int, sentence: str) -> None:
    assert words.of_interval(seconds) == sentence
