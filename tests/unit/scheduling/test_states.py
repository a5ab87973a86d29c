from __future__ import annotations

import pytest

from scheduling.kinds import Cause
from scheduling.models import GapPolicy, Misfire, Overlap, RepeatPolicy
from scheduling.planning import policy
from scheduling.planning.clock_timeline import Gap, Repeat
from scheduling.planning.verdicts import Ground
from scheduling.states import FINAL, TRANSITIONS, Reason, RunState, can_move

ALLOWED = {
    ("PENDING", "RUNNING"),
    ("PENDING", "CANCELLED"),
    ("PENDING", "SKIPPED"),
    ("PENDING", "MISSED"),
    ("RUNNING", "PENDING"),
    ("RUNNING", "SUCCEEDED"),
    ("RUNNING", "FAILED"),
    ("RUNNING", "CANCELLED"),
}


@pytest.mark.parametrize("before", RunState)
@pytest.mark.parametrize("after", RunState)
def test_a_run_moves_so_and_not_otherwise(before, after):
    assert can_move(before, after) is ((before.value, after.value) in ALLOWED)


def test_a_state_is_final_exactly_when_nothing_leaves_it():
    assert frozenset(RunState) - frozenset(TRANSITIONS) == FINAL


def test_what_a_kind_names_as_cause_is_a_reason():
    assert {cause.value for cause in Cause} <= {reason.value for reason in Reason}


def test_what_the_planner_names_as_ground_is_a_reason():
    assert {ground.value for ground in Ground} <= {reason.value for reason in Reason}


@pytest.mark.parametrize(
    ("stored", "planned"),
    [
        (Misfire, policy.Misfire),
        (Overlap, policy.Overlap),
        (GapPolicy, Gap),
        (RepeatPolicy, Repeat),
    ],
)
def test_what_is_stored_is_what_the_planner_reads(stored, planned):
    assert sorted(stored.values) == sorted(choice.value for choice in planned)
