"""The long form of the kill test: `make campaign MINUTES=60`. Not part of the suite."""

from __future__ import annotations

import os
import random
import time

import pytest

from scheduling.models import Run
from tests.faults.kills import kill_engines

MINUTES = float(os.environ.get("CAMPAIGN_MINUTES", "10"))
SEED = int(os.environ.get("CAMPAIGN_SEED", str(time.time_ns() % 1_000_000)))


@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(MINUTES * 60 + 300)
def test_engines_killed_for_minutes_lose_and_double_nothing(process_env):
    deadline = time.monotonic() + MINUTES * 60
    kills = 0

    def is_enough(number: int) -> bool:
        nonlocal kills
        kills = number
        return time.monotonic() >= deadline

    print(f"seed {SEED}: repeat with CAMPAIGN_SEED={SEED}")
    found = kill_engines(process_env, is_enough, random.Random(SEED))
    rows = Run.objects.count()
    print(f"{kills} kills, {rows} runs in the ledger, {len(found)} faults")
    assert found == []
