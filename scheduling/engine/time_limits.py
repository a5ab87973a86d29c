"""The limits that hold every statement of this installation, where no session can bring its own."""

from __future__ import annotations

from collections.abc import Mapping

from django.conf import settings
from django.db import DatabaseError, connection, transaction

from scheduling.events import emit


def keep_time_limits() -> None:
    """Behind a pooler the role carries them, for this database: new sessions have them then.

    Without a pooler each connection brings them along (config/databases.py).
    """
    if not settings.DATABASE_POOLED or _are_set():
        return
    try:
        _set(settings.DATABASE_TIME_LIMITS)
    except DatabaseError as error:
        emit(
            "time_limits_missing",
            level="error",
            error=str(error),
            hint="A statement may hang without end. As the owner of the database: "
            "ALTER ROLE ... IN DATABASE ... SET statement_timeout = '15s'.",
        )
    else:
        emit("time_limits_set", limits=settings.DATABASE_TIME_LIMITS)


def _are_set() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('statement_timeout')")
        row = cursor.fetchone()
    return row is not None and row[0] != "0"


def _set(limits: Mapping[str, int]) -> None:
    """All or none: the first tells later starts that all are set."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT current_database()")
        database = connection.ops.quote_name(cursor.fetchone()[0])
        for name, milliseconds in limits.items():
            cursor.execute(
                f"ALTER ROLE CURRENT_USER IN DATABASE {database} SET {name} = {milliseconds}"
            )
