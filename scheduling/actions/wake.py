"""Tells engines in other processes that something changed, once the change is committed."""

from __future__ import annotations

from pathlib import Path

from django.db import connection, transaction

CHANNEL = "rollcall_wake"


def wake_engines() -> None:
    """On PostgreSQL a NOTIFY that leaves with the commit; on SQLite a mark in a file after it."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_notify(%s, '')", [CHANNEL])
    else:
        transaction.on_commit(_leave_mark, robust=True)


def wake_file() -> Path:
    """Beside a SQLite database: a byte longer with each change that engines must look at.

    Engines look at its size, which costs no statement and does not move with their own commits.
    """
    return Path(f"{connection.settings_dict['NAME']}-wake")


def _leave_mark() -> None:
    with wake_file().open("ab") as file:
        file.write(b".")
