from __future__ import annotations

import pytest

from scheduling.planning.overlap import admit
from scheduling.planning.policy import Misfire, Overlap, Policy

TABLE = [
    # overlap, runs present, candidates, what becomes of each: runs, queues, replaces or the reason
    ("skip", 0, 1, "runs"),
    ("skip", 1, 1, "OVERLAP"),
    ("skip", 0, 3, "runs OVERLAP OVERLAP"),
    ("queue_one", 0, 1, "queues"),
    ("queue_one", 1, 1, "queues"),
    ("queue_one", 2, 1, "QUEUE_FULL"),
    ("queue_one", 0, 3, "queues queues QUEUE_FULL"),
    ("queue_all", 10, 1, "queues"),
    ("queue_all", 11, 1, "QUEUE_FULL"),
    ("queue_all", 9, 3, "queues queues QUEUE_FULL"),
    ("replace", 0, 1, "queues"),
    ("replace", 1, 1, "replaces"),
    ("replace", 1, 3, "REPLACED REPLACED replaces"),
    ("allow", 3, 1, "runs"),
    ("allow", 4, 1, "OVERLAP"),
    ("allow", 2, 3, "runs runs OVERLAP"),
    ("skip", 1, 0, ""),
    ("replace", 1, 0, ""),
]


@pytest.mark.parametrize(("overlap", "present", "candidates", "expected"), TABLE)
def test_a_candidate_meets_the_runs_of_its_job(
    overlap: Overlap, present: int, candidates: int, expected: str
) -> None:
    policy = Policy(overlap=overlap, misfire=Misfire.SKIP)

    admitted = admit(policy, candidates, present=present)

    words = [
        each.reason or ("replaces" if each.replaces else "queues" if each.queues else "runs")
        for each in admitted
    ]
    assert words == expected.split()


@pytest.mark.parametrize("overlap", Overlap)
def test_a_batch_that_catches_up_waits_in_line_whatever_the_rule(overlap: Overlap) -> None:
    policy = Policy(overlap=overlap, misfire=Misfire.RUN_ALL)

    admitted = admit(policy, 5, present=1)

    assert [(each.disposition, each.queues) for each in admitted] == [("RUN", True)] * 5


def test_a_single_occurrence_is_no_batch() -> None:
    (admission,) = admit(Policy(misfire=Misfire.RUN_ALL), 1, present=1)

    assert admission.reason == "OVERLAP"
