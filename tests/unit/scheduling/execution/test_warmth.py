from __future__ import annotations

import pytest

from scheduling.execution.warmth import MOST_GROWTH_KB, Traces, left_behind

BEFORE = Traces({"locale": "C", "threads": 2}, memory_kb=50_000)


@pytest.mark.parametrize(
    ("after", "names"),
    [
        (Traces({"locale": "C", "threads": 2}, 50_000), []),
        (Traces({"locale": "C", "threads": 3}, 50_000), ["threads"]),
        (Traces({"locale": "de", "threads": 1}, 50_000), ["locale", "threads"]),
        (Traces({"locale": "C", "threads": 2}, 50_000 + MOST_GROWTH_KB), []),
        (Traces({"locale": "C", "threads": 2}, 50_001 + MOST_GROWTH_KB), ["memory"]),
        (Traces({"locale": "C", "threads": 2}, 10), []),
    ],
)
def test_what_is_no_longer_as_it_was_is_named(after, names):
    assert left_behind(BEFORE, after) == names
