"""Fixtures of the servers in this folder: a `conftest.py` imports those it wants."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from tests.servers.postgres import PostgresServer, working_on


@pytest.fixture(scope="session")
def open_folder() -> Iterator[Path]:
    """A folder that a server's own account may enter."""
    with TemporaryDirectory(prefix="rollcall-servers-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o711)
        yield Path(name)


@pytest.fixture(scope="session")
def postgres_cluster(open_folder: Path) -> Iterator[PostgresServer]:
    """A server of our own, with a migrated database to copy."""
    server = PostgresServer(open_folder / "primary")
    server.create()
    server.migrate_template()
    yield server
    if server.is_running():
        server.stop("immediate")


@pytest.fixture
def own_postgres(
    process_env: dict[str, str], postgres_cluster: PostgresServer, django_db_blocker: Any
) -> Iterator[tuple[PostgresServer, str]]:
    """The server, running, and the name of a fresh database that the test's models work on."""
    if not postgres_cluster.is_running():
        postgres_cluster.start()
    name = postgres_cluster.new_database()
    with django_db_blocker.unblock(), working_on(postgres_cluster.url(name)):
        yield postgres_cluster, name


@pytest.fixture
def own_env(
    own_postgres: tuple[PostgresServer, str], process_env: dict[str, str]
) -> dict[str, str]:
    """The environment of a real process that works on that database; its lease is short."""
    server, name = own_postgres
    return {**process_env, "DATABASE_URL": server.url(name), "LEASE_SECONDS": "2"}
