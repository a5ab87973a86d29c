"""Two engines and three workers, killed at random again and again; then everything is audited.

A short form runs in the suite; `CAMPAIGN_MINUTES=10` makes it long.
"""

from __future__ import annotations

import os
import random
from contextlib import ExitStack
from datetime import timedelta

import pytest

from scheduling.clock import utc_now
from scheduling.models import Run
from scheduling.states import RunState
from tests.distributed.processes import WorkerProcess, worker
from tests.factories.jobs import a_job
from tests.factories.runs import asked_for
from tests.faults.accounting import faults
from tests.faults.leftovers import leftovers
from tests.faults.stage import Stage
from tests.integration.engine.processes import EngineProcess, evidence, ticking, wait_until_final
from tests.waiting import let_pass, wait_for

SECONDS = float(os.environ.get("CAMPAIGN_MINUTES", "0.1")) * 60
SEED = int(os.environ.get("CAMPAIGN_SEED", "4"))
LEAST_KILLS = 4
CALM_SECONDS = 3.0


class Fleet:
    """Processes of which each may be killed, and is replaced."""

    def __init__(self, stage: Stage, stack: ExitStack) -> None:
        self._stage = stage
        self._stack = stack
        self.engines: list[EngineProcess] = [self._new_engine() for _ in range(2)]
        self.workers: list[EngineProcess] = [self._new_worker() for _ in range(3)]

    def _new_engine(self) -> EngineProcess:
        return self._stack.enter_context(ticking(self._stage.env))

    def _new_worker(self) -> WorkerProcess:
        return self._stack.enter_context(worker(self._stage.env, "--slots", "2"))

    def kill_one(self) -> None:
        """An engine and a worker by turns."""
        kind = self.workers if self._stage.strikes % 2 else self.engines
        kind.pop(self._stage.draw.randrange(len(kind))).kill()
        self._stage.strike()
        kind.append(self._new_engine() if kind is self.engines else self._new_worker())

    def end(self) -> None:
        """In order: nothing is decided any more, then nothing is taken any more."""
        for process in [*self.engines, *self.workers]:
            assert process.terminate() == 0


@pytest.mark.timeout(SECONDS + 200)
def test_a_fleet_killed_at_random_loses_and_doubles_nothing(env, redis):
    print(f"seed {SEED}: repeat with CAMPAIGN_SEED={SEED}")
    stage = Stage({**env, "BROKER_URL": redis.url}, random.Random(SEED))
    stage.add_innocents()
    with ExitStack() as stack:
        fleet = Fleet(stage, stack)
        until = utc_now() + timedelta(seconds=SECONDS)
        while utc_now() < until or stage.strikes < LEAST_KILLS:
            stage.wait_a_moment()
            fleet.kill_one()
        _wait_for_calm()
        fleet.end()
    found = faults(evidence(env), since=stage.since)
    ended = Run.objects.filter(state=RunState.SUCCEEDED).count()
    print(f"{stage.strikes} kills, {ended} runs succeeded, {len(found)} faults")
    assert ended > 0
    assert [*found, *leftovers(env["DATA_DIR"])] == []


def test_what_an_engine_noted_as_sent_and_never_sent_goes_out_again(env, redis):
    env = {**env, "BROKER_URL": redis.url}
    with worker(env):
        run = asked_for(a_job("noted"))
        with EngineProcess(env, FAILPOINTS="engine.dispatch:kill") as killed:
            wait_for(lambda: killed.process.poll() is not None)
        run.refresh_from_db()
        assert (run.state, run.dispatch_count) == (RunState.PENDING, 1)
        with ticking(env):
            (run,) = wait_until_final(run)
    assert (run.state, run.dispatch_count) == (RunState.SUCCEEDED, 2)


def _wait_for_calm() -> None:
    """Until all that was due some seconds after the last kill has ended."""
    let_pass(CALM_SECONDS)
    still_open = Run.objects.filter(finished_at=None, due_at__lt=utc_now())
    wait_for(lambda: not still_open.exists(), seconds=90)
