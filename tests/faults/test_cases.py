"""Each fault of `cases.py`: it strikes, the engine comes to rest, everything is audited."""

from __future__ import annotations

import os
import random

import pytest

from tests.faults.cases import CASES, Case
from tests.faults.stage import Stage
from tests.faults.trials import IS_LONG, ROUNDS, SEED, Trial

VENDOR = "postgresql" if os.environ.get("TEST_DATABASE") == "postgres" else "sqlite"
CHOSEN = [case for case in CASES if VENDOR in (case.on if IS_LONG else case.suite)]

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(1800 if IS_LONG else 120),
]


@pytest.mark.parametrize("number", range(max(ROUNDS, 1)))
@pytest.mark.parametrize("case", CHOSEN, ids=str)
def test_a_fault_loses_and_doubles_nothing(process_env, trial: Trial, case: Case, number):
    trial.is_of(case.id, case.name)
    trial.seed = f"{SEED}/{case}/{number}"
    stage = Stage(process_env, random.Random(trial.seed), is_long=IS_LONG)
    try:
        case.procedure(stage)
        stage.calm()
        trial.found = stage.found()
    finally:
        trial.strikes = stage.strikes
    assert trial.found == []
