"""Django's backend for SQLite, except that a value which cannot be read is read as NULL.

SQLite keeps any text in any column, and Django raises while it reads such a row: one damaged value
would hide all rows from the engine and from the pages (invariant I4). PostgreSQL refuses the value.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db.backends.sqlite3 import base, operations
from django.utils.dateparse import parse_date, parse_datetime


def _or_null(parse: Callable[[str], object]) -> Callable[[bytes], object]:
    def read(value: bytes) -> object:
        try:
            return parse(value.decode())
        except ValueError:
            return None

    return read


# After Django's own, which the import of its backend registered.
sqlite3.register_converter("date", _or_null(parse_date))
sqlite3.register_converter("datetime", _or_null(parse_datetime))


class DatabaseOperations(operations.DatabaseOperations):
    def convert_durationfield_value(
        self, value: Any, expression: Any, connection: Any
    ) -> timedelta | None:
        return timedelta(microseconds=value) if isinstance(value, int) else None


class DatabaseWrapper(base.DatabaseWrapper):
    ops_class = DatabaseOperations
