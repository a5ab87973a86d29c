"""The limits that the role carries where a pooler stands between an engine and the database."""

from __future__ import annotations

import pytest
from django.db import connection

from scheduling.engine.time_limits import keep_time_limits
from tests.servers.postgres import PostgresServer

pytestmark = pytest.mark.one_database

Own = tuple[PostgresServer, str]


@pytest.fixture
def pooled(settings, own_postgres: Own) -> Own:
    """A session as a pooler gives it: it has brought no limits along."""
    settings.DATABASE_POOLED = True
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
    return own_postgres


def test_limits_that_cannot_all_be_set_are_told_and_none_is_set(settings, pooled, caplog):
    server, name = pooled
    settings.DATABASE_TIME_LIMITS = {"statement_timeout": 15_000, "nonsense": 1}
    keep_time_limits()
    assert "time_limits_missing" in caplog.text
    assert server.ask("SHOW statement_timeout", name) == [("0",)]
