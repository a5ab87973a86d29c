"""The schema changes while the engine works."""

from __future__ import annotations

from scheduling.models import Run
from scheduling.states import RunState
from tests.faults.stage import Stage
from tests.integration.engine.processes import run_command, ticking
from tests.waiting import wait_for

BEFORE = "0002_time"


def migrate_under_the_engine(stage: Stage) -> None:
    """One migration back and forth again, with a run in progress: the code is newer than the
    schema for a while.
    """
    stage.add_innocents()
    with ticking(stage.env) as engine:
        wait_for(Run.objects.filter(state=RunState.RUNNING).exists)
        # Going back ends in a complaint: what follows a migration knows the new columns only.
        run_command(stage.env, "migrate", "scheduling", BEFORE)
        stage.strike()
        stage.wait_a_moment(3.0)
        code, _, error = run_command(stage.env, "migrate", "scheduling")
        assert code == 0, error
        stage.wait_for_successes()
        assert engine.terminate() == 0
