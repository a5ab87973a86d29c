"""Kinds that do their worst, each beside innocent jobs: the run alone ends badly."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any, NamedTuple

from scheduling.actions.runs import request_run
from scheduling.clock import utc_now
from scheduling.models import Job, LogLine, Origin
from scheduling.states import Reason, RunState
from tests.factories.jobs import a_job
from tests.faults.stage import Stage, wait_for_end

SETTINGS = {
    "STOP_GRACE_SECONDS": "0.5",
    "TERM_GRACE_SECONDS": "1",
    "RUN_MEMORY_LIMIT_MB": "700",
    "MAX_RUNNING": "16",
}
MOST_KEPT = 5_100_000


class Poison(NamedTuple):
    """A behaviour of the probe, and how its run must end. `params` are for the probe."""

    behaviour: str
    reason: str
    params: dict[str, Any] = {}
    limit: timedelta = timedelta(seconds=60)


SOON = timedelta(seconds=3)
DEAD = [
    *(Poison("exit", Reason.CRASHED, {"exit_code": code}) for code in (0, 3)),
    *(Poison(behaviour, Reason.CRASHED) for behaviour in ("segfault", "abort", "kill")),
]
GREEDY = [Poison("eat-memory", Reason.OUT_OF_MEMORY)]
STUCK = [
    Poison(behaviour, Reason.TIMED_OUT, limit=SOON)
    for behaviour in ("hang", "spin", "regex", "ignore-signals", "ignore-stop")
]
FAMILY = [Poison("leave-grandchild", ""), Poison("leave-daemon", "")]
LOUD = [Poison("print", "", {"megabytes": 20}), Poison("print-one-line", "", {"megabytes": 10})]
VERY_LOUD = [Poison("print", "", {"megabytes": 1000}, timedelta(minutes=5))]
RAISING = [
    Poison(behaviour, Reason.BUG)
    for behaviour in (
        *("raise-huge", "raise-unreadable", "raise-many", "raise-exit", "raise-interrupt"),
        "recurse",
    )
]
RETURNING = [
    *(Poison(behaviour, Reason.BUG) for behaviour in ("return-text", "return-nan", "return-loop")),
    Poison("return-huge", ""),
]
DIRTY = [Poison("meddle", ""), Poison("leave-open", ""), Poison("leave-thread", "")]


def swallow(poisons: list[Poison]) -> Callable[[Stage], None]:
    """The procedure that runs these at once, beside the innocent jobs."""
    return partial(_swallow, poisons)


def _swallow(poisons: list[Poison], stage: Stage) -> None:
    stage.add_innocents()
    jobs = {a_job(f"poison {n}", **_params(each)): each for n, each in enumerate(poisons)}
    with stage.engine(**SETTINGS) as engine:
        for job in jobs:
            _ask_for(job)
            stage.strike()
        for job, poison in jobs.items():
            _assert_ended(job, poison)
        stage.wait_for_successes()
        _look_for_marks(stage)
        assert engine.terminate() == 0


def _params(poison: Poison) -> dict[str, Any]:
    if poison.behaviour == "ignore-stop":
        return {"seconds": 600, "steps": 6000, "behaviour": "ignore-stop", "time_limit": SOON}
    return {"behaviour": poison.behaviour, "time_limit": poison.limit, **poison.params}


def _ask_for(job: Job) -> None:
    request_run(job=job, by="alice", now=utc_now(), origin=Origin.HAND)


def _assert_ended(job: Job, poison: Poison) -> None:
    run = wait_for_end(job, seconds=poison.limit.total_seconds() + 60)
    state = RunState.FAILED if poison.reason else RunState.SUCCEEDED
    assert (run.state, run.reason) == (state, poison.reason), (poison, run.error)
    assert bool(run.error) == bool(poison.reason)
    assert len(run.error) + len(run.traceback) + len(run.summary) < 50_000
    kept = sum(map(len, LogLine.objects.filter(run=run).values_list("text", flat=True)))
    assert kept < MOST_KEPT


def _look_for_marks(stage: Stage) -> None:
    """Whatever was meddled with is not seen by those that run afterwards."""
    for number in range(4):
        job = a_job(f"inspect {number}", behaviour="inspect")
        _ask_for(job)
        run = wait_for_end(job)
        assert run.state == RunState.SUCCEEDED, run.error
