"""PgBouncer with transaction pooling in front of a server: each transaction gets any session."""

from __future__ import annotations

import shutil
import signal
import subprocess
from pathlib import Path

import psycopg

from tests.servers.postgres import PostgresServer, account, free_port

PROGRAM = shutil.which("pgbouncer", path="/usr/sbin:/usr/bin:/usr/local/bin")
CONFIGURATION = """
[databases]
* = host=127.0.0.1 port={server} user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 4
"""


class Pgbouncer:
    """Its one file in `folder`, which its account may read; its port on 127.0.0.1."""

    def __init__(self, server: PostgresServer, folder: Path) -> None:
        self.port = free_port()
        self._file = folder / f"pgbouncer-{self.port}.ini"
        self._file.write_text(CONFIGURATION.format(server=server.port, port=self.port))
        self._file.chmod(0o644)
        self._process: subprocess.Popen[bytes]

    def start(self) -> None:
        owner = account()
        assert PROGRAM is not None
        self._process = subprocess.Popen(
            [PROGRAM, "-q", str(self._file)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            user=owner,
            group=owner,
            extra_groups=[] if owner else None,
        )

    def stop(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(timeout=10)

    def answers(self) -> bool:
        try:
            psycopg.connect(self.url("postgres")).close()
        except psycopg.OperationalError:
            return False
        return True

    def url(self, database: str) -> str:
        return f"postgres://postgres@127.0.0.1:{self.port}/{database}"
