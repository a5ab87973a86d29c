from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from scheduling.planning.policy import Policy
from scheduling.planning.refusals import BadRule

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("own", "period", "window"),
    [
        (None, timedelta(minutes=5), HOUR),
        (None, 6 * HOUR, 6 * HOUR),
        (None, timedelta(days=30), timedelta(days=7)),
        (None, None, timedelta(days=7)),
        (timedelta(0), 6 * HOUR, timedelta(0)),
        (timedelta(days=40), 6 * HOUR, timedelta(days=40)),
    ],
)
def test_the_window_is_one_period_within_bounds_unless_it_is_given(
    own: timedelta | None, period: timedelta | None, window: timedelta
) -> None:
    assert Policy(catchup_window=own).window(period) == window


@pytest.mark.parametrize(
    "fields",
    [{"misfire": "later"}, {"overlap": None}, {"max_catchup": 0}, {"max_queued": -1},
     {"max_parallel": 1.5}, {"max_catchup": 10**6}, {"catchup_window": timedelta(-1)},
     {"catchup_window": timedelta.max}, {"late_after": timedelta(-1)}],
)  # fmt: skip
def test_a_wrong_policy_is_refused_with_its_field(fields: dict[str, Any]) -> None:
    with pytest.raises(BadRule) as refusal:
        Policy(**fields)

    assert [refusal.value.field] == list(fields)


def test_text_from_the_database_is_taken() -> None:
    policy = Policy(misfire="run_all", overlap="queue_one")  # type: ignore[arg-type]

    assert policy == Policy(misfire=policy.misfire, overlap=policy.overlap)
    assert policy.misfire.name == "RUN_ALL"
