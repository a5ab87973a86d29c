"""Tells engines in other processes that something changed, in the transaction that changed it."""

from django.db import connection

CHANNEL = "rollcall_wake"


def wake_engines() -> None:
    """On PostgreSQL a NOTIFY that leaves with the commit; on SQLite engines see the file change."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_notify(%s, '')", [CHANNEL])
