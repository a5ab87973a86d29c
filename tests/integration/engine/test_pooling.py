"""Behind PgBouncer with transaction pooling: no session is the engine's own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from scheduling.clock import utc_now
from scheduling.models import JobRevision, Run
from scheduling.states import RunState
from tests.factories.jobs import a_job, a_schedule, every
from tests.integration.actions.conftest import edit
from tests.integration.engine.processes import EngineProcess, ticking
from tests.servers.pgbouncer import PROGRAM, Pgbouncer
from tests.servers.postgres import PostgresServer
from tests.waiting import wait_for

pytestmark = [
    pytest.mark.one_database,
    pytest.mark.skipif(PROGRAM is None, reason="pgbouncer is not installed"),
]

Own = tuple[PostgresServer, str]


@pytest.fixture
def pooled_env(own_postgres: Own, own_env, open_folder: Path) -> Iterator[dict[str, str]]:
    """The environment of a process that reaches the database through the pooler alone."""
    server, name = own_postgres
    pooler = Pgbouncer(server, open_folder)
    pooler.start()
    wait_for(pooler.answers)
    yield {**own_env, "DATABASE_URL": pooler.url(name), "DATABASE_POOLED": "1"}
    pooler.stop()


@pytest.mark.parametrize("is_heard", [False, True])
def test_runs_start_and_edits_take_effect_through_a_pooler(
    own_postgres: Own, own_env, pooled_env, is_heard
):
    if is_heard:
        pooled_env["DATABASE_DIRECT_URL"] = own_env["DATABASE_URL"]
    a_job("beat", every(1))
    rare = a_job("rare", a_schedule())
    with EngineProcess(pooled_env) as engine:
        wait_for(Run.objects.filter(state=RunState.SUCCEEDED).exists)
        edited_at = utc_now()
        edit(rare, a_schedule(type="daily", times=["11:30"]), now=edited_at)
        unsaid = JobRevision.objects.filter(job=rare, number=2, in_force_at=None)
        wait_for(lambda: not unsaid.exists(), seconds=10)
        assert engine.terminate() == 0
    in_force_at = JobRevision.objects.get(job=rare, number=2).in_force_at
    assert in_force_at is not None
    assert in_force_at - edited_at < timedelta(seconds=2 if is_heard else 8)


def test_the_role_carries_the_time_limits(own_postgres: Own, pooled_env):
    server, name = own_postgres
    with ticking(pooled_env) as engine:
        assert engine.terminate() == 0
    assert server.ask("SHOW statement_timeout", name) == [("15s",)]
    assert server.ask("SHOW lock_timeout", name) == [("5s",)]
