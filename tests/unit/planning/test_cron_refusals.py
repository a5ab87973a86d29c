"""What is not cron is refused, with the field at fault."""

from __future__ import annotations

from typing import Any

import pytest

from scheduling.planning.cron import LONGEST, read_cron
from scheduling.planning.refusals import BadRule
from tests.unit.planning.refused import REFUSED


@pytest.mark.parametrize(("expression", "field", "fragment"), REFUSED)
def test_it_is_refused_with_the_field_and_the_reason(
    expression: Any, field: str, fragment: str
) -> None:
    with pytest.raises(BadRule) as refusal:
        read_cron(expression)

    assert refusal.value.field == field
    assert fragment in refusal.value.reason
    assert len(refusal.value.reason) < 200


def test_there_are_more_than_two_hundred_of_them() -> None:
    assert len({repr(expression) for expression, _, _ in REFUSED}) == len(REFUSED) >= 200


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
