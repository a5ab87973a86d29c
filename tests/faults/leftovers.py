"""What must not be there once all engines have stopped: processes, and sessions of the database."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from django.db import connection

from tests.waiting import wait_for

SESSIONS = (
    "SELECT pid, state, query FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type LIKE 'client%'"
)


def leftovers(data_dir: str) -> list[str]:
    """Processes that work in `data_dir`, and sessions other than this test's, after a moment."""
    try:
        wait_for(lambda: not _all(data_dir), seconds=10)
    except AssertionError:
        return _all(data_dir)
    return []


def processes_in(data_dir: str) -> list[int]:
    """Pids of all that inherited this DATA_DIR, whatever group or session they moved to."""
    mark = f"DATA_DIR={data_dir}".encode()
    return [pid for pid, environment in _environments() if mark in environment]


def _all(data_dir: str) -> list[str]:
    processes = [f"process {pid} is left: {_command(pid)}" for pid in processes_in(data_dir)]
    return [*processes, *_sessions()]


def _environments() -> Iterator[tuple[int, list[bytes]]]:
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal() or int(entry.name) == os.getpid():
            continue
        try:
            yield int(entry.name), (entry / "environ").read_bytes().split(b"\0")
        except OSError:
            continue  # it ended meanwhile, or belongs to somebody else


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")[:120]
    except OSError:
        return "gone"


def _sessions() -> list[str]:
    if connection.vendor != "postgresql":
        return []
    with connection.cursor() as cursor:
        cursor.execute(SESSIONS)
        return [f"session {pid} is left, {state}: {query[:80]}" for pid, state, query in cursor]
