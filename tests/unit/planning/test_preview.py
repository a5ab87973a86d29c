# ruff: noqa: DTZ001 - a naive start is to be refused
from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from scheduling.planning.preview import preview_cron
from scheduling.planning.refusals import BadRule

START = datetime(2026, 3, 28, tzinfo=UTC)


def test_a_start_may_be_a_text_and_lies_outside_of_the_answer() -> None:
    found = preview_cron("0 9 * * 1-5", "Europe/Stockholm", "2026-03-30T07:00:00Z", 2)

    assert found == [datetime(2026, 3, 31, 7, tzinfo=UTC), datetime(2026, 4, 1, 7, tzinfo=UTC)]


def test_no_instants_are_named_if_none_are_asked_for() -> None:
    assert preview_cron("* * * * *", "UTC", START, 0) == []


def test_fewer_instants_are_named_where_time_ends() -> None:
    assert len(preview_cron("0 0 29 2 *", "UTC", "9990-01-01T00:00:00Z", 10)) == 2


@pytest.mark.parametrize(
    ("expression", "zone", "start", "n", "field"),
    [
        ("0 9 * *", "UTC", START, 5, "expression"),
        (None, "UTC", START, 5, "expression"),
        ("0 9 * * *", "utc", START, 5, "zone"),
        ("0 9 * * *", None, START, 5, "zone"),
        ("0 9 * * *", "UTC", "soon", 5, "start"),
        ("0 9 * * *", "UTC", datetime(2026, 3, 28), 5, "start"),
        ("0 9 * * *", "UTC", None, 5, "start"),
        ("0 9 * * *", "UTC", START, -1, "n"),
        ("0 9 * * *", "UTC", START, 10**9, "n"),
        ("0 9 * * *", "UTC", START, "5", "n"),
        ("0 9 * * *", "UTC", START, None, "n"),
    ],
)
def test_a_wrong_question_is_refused(
    expression: Any, zone: Any, start: Any, n: Any, field: str
) -> None:
    with pytest.raises(BadRule) as refusal:
        preview_cron(expression, zone, start, n)

    assert refusal.value.field == field
