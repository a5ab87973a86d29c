"""Real engines on a database that comes from elsewhere."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from django.db import connection
from django.test import Client

from scheduling.models import Installation, Job, Origin, Run
from scheduling.states import RunState
from tests.factories.jobs import a_job, a_user, every
from tests.factories.runs import asked_for
from tests.integration.engine.processes import EngineProcess, run_command, ticking, wait_until_final
from tests.waiting import wait_for

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def used(process_env: dict[str, str]) -> dict[str, str]:
    """The environment of an installation whose engine has worked and was killed a moment ago."""
    a_job("beat", every(1))
    a_job("by hand")
    process_env["LEASE_SECONDS"] = "2"  # how long signs of life are waited for
    with EngineProcess(process_env) as engine:
        wait_for(lambda: Run.objects.filter(state=RunState.SUCCEEDED).exists())
        engine.kill()
    return process_env


def scheduled() -> int:
    return Run.objects.filter(origin=Origin.SCHEDULE).count()


def test_on_another_machine_nothing_runs_until_a_person_accepts(used, tmp_path):
    elsewhere = {**used, "DATA_DIR": str(tmp_path / "elsewhere")}
    before = scheduled()
    with ticking(elsewhere) as engine:
        (by_hand,) = wait_until_final(asked_for(Job.objects.get(name="by hand")))
        assert by_hand.state == RunState.SUCCEEDED
        assert scheduled() == before
        assert Client().get("/healthz").json()["status"].startswith("held: The database belongs")
        browser = Client()
        browser.force_login(a_user())
        assert "All schedules are held" in browser.get("/jobs/").content.decode()
        code, _, error = run_command(elsewhere, "schedules", "accept", "--from-now")
        assert code == 0, error
        accepted_at = Installation.objects.get().accepted_at
        goes_on = Run.objects.filter(planned_at__gt=accepted_at, state=RunState.SUCCEEDED)
        wait_for(goes_on.exists)
        assert engine.terminate() == 0


def test_a_second_machine_joins_the_engine_that_is_at_work(process_env, tmp_path):
    second = {**process_env, "DATA_DIR": str(tmp_path / "second"), "LEASE_SECONDS": "2"}
    with ticking(process_env, LEASE_SECONDS="2"), ticking(second) as joining:
        assert joining.terminate() == 0
    installation = Installation.objects.get()
    assert not installation.is_held
    assert installation.uid in (tmp_path / "second" / "installation.json").read_text()


@pytest.fixture
def copy(used: dict[str, str], tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of an engine that works on a copy of the database, elsewhere."""
    name, environment = str(connection.settings_dict["NAME"]), {**used, "DATA_DIR": f"{tmp_path}/2"}
    if connection.vendor == "sqlite":
        # By SQLite itself: another open and close of the file in this process drops its locks.
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [f"{tmp_path}/copy.sqlite3"])
        yield {**environment, "DATABASE_URL": f"sqlite:///{tmp_path}/copy.sqlite3"}
        return
    connection.close()  # a template must not be in use
    url = used["DATABASE_URL"]
    with psycopg.connect(url.replace(name, "postgres"), autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}_copy" TEMPLATE "{name}"'.encode())
        yield {**environment, "DATABASE_URL": url.replace(name, f"{name}_copy")}
        server.execute(f'DROP DATABASE "{name}_copy" WITH (FORCE)'.encode())


def test_a_copy_of_the_database_runs_nothing_and_the_original_is_not_disturbed(copy):
    with EngineProcess(copy) as engine:
        pid = engine.process.pid
        wait_for(
            lambda: ask(copy, f"scheduling_worker WHERE last_tick_at IS NOT NULL AND pid = {pid}")
        )
        assert ask(copy, "scheduling_installation WHERE held_reason LIKE '%belongs to%'") == 1
        assert ask(copy, "scheduling_run") == Run.objects.count()
        assert engine.terminate() == 0
    assert not Installation.objects.get().is_held


def ask(env: dict[str, str], rows: str) -> int:
    """How many such rows there are in the environment's database."""
    url = env["DATABASE_URL"]
    query = f"SELECT count(*) FROM {rows}"  # noqa: S608 - written above
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as opened:
            return int(opened.execute(query).fetchone()[0])
    with psycopg.connect(url) as session:
        found = session.execute(query.encode()).fetchone()
        return int(found[0]) if found else 0
