"""Kinds that do their worst, each beside innocent jobs: the run alone ends badly."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any, NamedTuple

from scheduling.models import LogLine, Run
from scheduling.states import Reason, RunState
from tests.factories.jobs import a_job
from tests.factories.runs import asked_for
from tests.faults.stage import Stage
from tests.integration.engine.processes import ticking, wait_until_final

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
    jobs = [a_job(f"poison {n}", **_params(each)) for n, each in enumerate(poisons)]
    with ticking(stage.env, **SETTINGS) as engine:
        runs = [asked_for(job) for job in jobs]
        stage.strikes += len(runs)
        for run, poison in zip(runs, poisons, strict=True):
            _assert_ended(run, poison)
        stage.wait_for_successes()
        _look_for_marks()
        assert engine.terminate() == 0


def _params(poison: Poison) -> dict[str, Any]:
    if poison.behaviour == "ignore-stop":
        return {"seconds": 600, "steps": 6000, "behaviour": "ignore-stop", "time_limit": SOON}
    return {"behaviour": poison.behaviour, "time_limit": poison.limit, **poison.params}


def _assert_ended(run: Run, poison: Poison) -> None:
    (run,) = wait_until_final(run, seconds=poison.limit.total_seconds() + 60)
    state = RunState.FAILED if poison.reason else RunState.SUCCEEDED
    assert (run.state, run.reason) == (state, poison.reason), (poison, run.error)
    assert bool(run.error) == bool(poison.reason)
    assert len(run.error) + len(run.traceback) + len(run.summary) < 50_000
    kept = sum(map(len, LogLine.objects.filter(run=run).values_list("text", flat=True)))
    assert kept < MOST_KEPT


def _look_for_marks() -> None:
    """Whatever was meddled with is not seen by those that run afterwards."""
    for number in range(4):
        (run,) = wait_until_final(asked_for(a_job(f"inspect {number}", behaviour="inspect")))
        assert run.state == RunState.SUCCEEDED, run.error
