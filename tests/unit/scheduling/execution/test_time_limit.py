from __future__ import annotations

import pytest

from scheduling.execution.supervisor import UNKNOWN_TIME_LIMIT, _time_limit
from scheduling.models import Run


@pytest.mark.parametrize(
    ("frozen", "seconds"),
    [
        ({"time_limit_seconds": 7.5}, 7.5),
        ({"time_limit_seconds": 7}, 7),
        ({"time_limit_seconds": "7"}, UNKNOWN_TIME_LIMIT),
        ({"time_limit_seconds": None}, UNKNOWN_TIME_LIMIT),
        ({}, UNKNOWN_TIME_LIMIT),
    ],
)
def test_a_limit_that_is_no_number_is_not_known(frozen, seconds):
    assert _time_limit(Run(snapshot={"job": frozen})) == seconds
