"""Connection options for the two databases, with what was learnt about each (docs/adr)."""

from pathlib import Path
from typing import Any

# IMMEDIATE takes the write lock at BEGIN, so that the busy timeout holds (Django ticket 29280).
SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON; "
        "PRAGMA wal_autocheckpoint=1000; PRAGMA mmap_size=134217728;"
    ),
}

# What holds a statement up is given up. The last limit ends the transaction of a process that was
# frozen in its middle: the locks it holds would keep another engine from taking over.
TIME_LIMITS = {
    "statement_timeout": 15_000,
    "lock_timeout": 5_000,
    "idle_in_transaction_session_timeout": 10_000,
}

# A server that went away is noticed in seconds instead of the two hours of TCP's defaults.
POSTGRES_OPTIONS = {
    "connect_timeout": 5,
    "tcp_user_timeout": 15000,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
}


def with_options(
    config: dict[str, Any], base_dir: Path, *, is_pooled: bool = False
) -> dict[str, Any]:
    """Return the `DATABASES` entry for a parsed URL.

    `is_pooled` is for a pooler that gives each transaction another session, such as PgBouncer's
    transaction pooling: it takes no start-up options.
    """
    if config["ENGINE"] == "django.db.backends.sqlite3":
        path = base_dir / config["NAME"]
        path.parent.mkdir(parents=True, exist_ok=True)
        return {
            **config,
            "ENGINE": "config.sqlite3",
            "NAME": str(path),
            "OPTIONS": SQLITE_OPTIONS,
        }
    limits = {} if is_pooled else {"options": _start_up_options()}
    options = {**POSTGRES_OPTIONS, **limits, **config.get("OPTIONS", {})}
    return {**config, "OPTIONS": options, "DISABLE_SERVER_SIDE_CURSORS": True}


def _start_up_options() -> str:
    return " ".join(f"-c {name}={limit}" for name, limit in TIME_LIMITS.items())
