"""The server goes away under a real engine, which loses and doubles no occurrence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime

import psycopg
import pytest
from django.db import OperationalError, connection

from scheduling.clock import utc_now
from scheduling.models import Run, Schedule
from tests.factories.jobs import a_job, every
from tests.faults.accounting import faults
from tests.integration.engine.processes import EngineProcess, evidence, logged
from tests.servers.postgres import END_SESSIONS, PostgresServer, working_on
from tests.waiting import let_pass, wait_for

pytestmark = pytest.mark.one_database

Own = tuple[PostgresServer, str]


def is_recorded_after(instant: datetime) -> bool:
    """By a fresh connection: whichever there was may be broken."""
    connection.close()
    try:
        return Run.objects.filter(created_at__gt=instant).exists()
    except OperationalError:
        return False


def wait_for_ticks(*, seconds: float = 30) -> None:
    """Until an occurrence that is due from now on is in the ledger."""
    now = utc_now()
    wait_for(lambda: is_recorded_after(now), seconds=seconds)


@contextmanager
def a_ticking_engine(env: dict[str, str]) -> Iterator[EngineProcess]:
    """An engine that only plans, a job each second; at its end the ledger must be complete."""
    a_job("beat", every(1))
    since = dict(Schedule.objects.values_list("pk", "accounted_until"))
    with EngineProcess(env, "--no-execute") as engine:
        wait_for_ticks()
        yield engine
        wait_for_ticks()
        assert engine.terminate() == 0
    assert faults(evidence(env), since=since) == []


def test_a_restart_of_the_server_loses_nothing(own_postgres: Own, own_env):
    server, _ = own_postgres
    with a_ticking_engine(own_env):
        for mode in ("fast", "immediate"):
            server.restart(mode)
            wait_for_ticks(seconds=10)


def test_a_server_that_is_away_is_asked_seldom_and_told_once(own_postgres: Own, own_env):
    server, _ = own_postgres
    with a_ticking_engine(own_env):
        server.stop()
        before = len(logged(own_env))
        let_pass(4)
        told = len(logged(own_env)) - before
        server.start()
    assert told < 20
    assert len(logged(own_env, "tick_failed")) == 1
    assert len(logged(own_env, "tick_works_again")) == 1


def test_sessions_that_are_cut_again_and_again_are_replaced(own_postgres: Own, own_env):
    server, name = own_postgres
    with a_ticking_engine(own_env):
        for _ in range(4):
            server.end_sessions(name)
            wait_for_ticks()


def test_a_server_that_turns_read_only_stops_the_ticks_until_it_can_write(
    own_postgres: Own, own_env
):
    server, name = own_postgres
    with a_ticking_engine(own_env):
        server.ask(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
        server.end_sessions(name)
        wait_for(lambda: logged(own_env, "tick_failed"))
        server.ask(f'ALTER DATABASE "{name}" RESET default_transaction_read_only')
        server.end_sessions(name)


def test_a_server_without_free_connections_is_waited_for(own_postgres: Own, own_env):
    server, name = own_postgres
    with a_ticking_engine(own_env), ExitStack() as sessions:
        connection.close()
        ours = sessions.enter_context(psycopg.connect(server.url(), autocommit=True))
        while not has_used_up(server, ours, name, sessions):
            ours.execute(END_SESSIONS.format(database=name).encode())
        let_pass(2)
        assert len(logged(own_env, "tick_failed")) == 1


def has_used_up(
    server: PostgresServer, ours: psycopg.Connection, name: str, sessions: ExitStack
) -> bool:
    """Open connections until there are no more; True if the engine has none of them."""
    with suppress(psycopg.OperationalError):
        while True:
            sessions.enter_context(psycopg.connect(server.url()))
    theirs = ours.execute("SELECT 1 FROM pg_stat_activity WHERE datname = %s", [name])
    return theirs.fetchone() is None


@pytest.fixture
def standby(own_postgres: Own) -> Iterator[PostgresServer]:
    primary, _ = own_postgres
    copy = primary.standby()
    yield copy
    copy.stop("immediate")


def test_the_engine_follows_a_failover_to_the_standby(
    own_postgres: Own, own_env, standby: PostgresServer
):
    primary, name = own_postgres
    own_env["DATABASE_URL"] = (
        f"postgres://postgres@/{name}?host=127.0.0.1,127.0.0.1"
        f"&port={primary.port},{standby.port}&target_session_attrs=read-write"
    )
    with working_on(own_env["DATABASE_URL"]), a_ticking_engine(own_env):
        primary.stop("immediate")
        standby.promote()
