from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from collectors.disclosures.retries import next_try

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("attempts", "hours"), [(1, 6), (2, 12), (3, 24), (7, 384), (8, None), (20, None)]
)
def test_the_gap_doubles_until_a_filing_is_given_up(attempts, hours):
    expected = None if hours is None else NOON + timedelta(hours=hours)
    assert next_try(attempts, NOON) == expected
