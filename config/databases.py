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

# A server that went away is noticed in seconds instead of the two hours of TCP's defaults.
POSTGRES_OPTIONS = {
    "connect_timeout": 5,
    "tcp_user_timeout": 15000,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "options": "-c statement_timeout=15000 -c lock_timeout=5000 "
    "-c idle_in_transaction_session_timeout=60000",
}


def with_options(config: dict[str, Any], base_dir: Path) -> dict[str, Any]:
    """Return the `DATABASES` entry for a parsed URL."""
    if config["ENGINE"] == "django.db.backends.sqlite3":
        path = base_dir / config["NAME"]
        path.parent.mkdir(parents=True, exist_ok=True)
        return {**config, "NAME": str(path), "OPTIONS": SQLITE_OPTIONS}
    options = {**POSTGRES_OPTIONS, **config.get("OPTIONS", {})}
    return {**config, "OPTIONS": options, "DISABLE_SERVER_SIDE_CURSORS": True}
