"""May a run be made while others of its job are active or waiting? (design semantics 7)"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from scheduling.planning.policy import Misfire, Overlap
from scheduling.planning.verdicts import Disposition, Ground

if TYPE_CHECKING:
    from scheduling.planning.policy import Policy


class Admission(NamedTuple):
    """What becomes of a candidate; the fields mean what they mean in a `Verdict`."""

    disposition: Disposition
    reason: Ground | None = None
    queues: bool = False
    replaces: bool = False


RUNS = Admission(Disposition.RUN)
QUEUES = Admission(Disposition.RUN, queues=True)
REPLACES = Admission(Disposition.RUN, queues=True, replaces=True)
IN_THE_WAY = Admission(Disposition.SKIPPED, Ground.OVERLAP)
QUEUE_FULL = Admission(Disposition.SKIPPED, Ground.QUEUE_FULL)
REPLACED = Admission(Disposition.SKIPPED, Ground.REPLACED)


def admit(policy: Policy, candidates: int, *, present: int) -> list[Admission]:
    """What becomes of that many candidates, oldest first, with `present` runs active or queued."""
    if policy.misfire is Misfire.RUN_ALL and candidates > 1:
        # Catching up is the wish: the batch waits in line and must not skip its own members.
        return [QUEUES] * candidates
    if candidates and policy.overlap is Overlap.REPLACE:
        newest = REPLACES if present else QUEUES
        return [REPLACED] * (candidates - 1) + [newest]
    admitted: list[Admission] = []
    for _ in range(candidates):
        admission = _admit_one(policy, present)
        present += admission.disposition is Disposition.RUN
        admitted.append(admission)
    return admitted


def _admit_one(policy: Policy, present: int) -> Admission:
    if policy.overlap is Overlap.SKIP:
        return IN_THE_WAY if present else RUNS
    if policy.overlap is Overlap.ALLOW:
        return RUNS if present < policy.max_parallel else IN_THE_WAY
    places = 1 if policy.overlap is Overlap.QUEUE_ONE else policy.max_queued
    # One of those present runs or is about to; the others wait.
    return QUEUES if present - 1 < places else QUEUE_FULL
