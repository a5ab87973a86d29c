"""A PostgreSQL, a Redis and a RabbitMQ of their own, whatever database the suite works on."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from pytest_django import DjangoDbBlocker

from tests.servers.fixtures import open_folder, postgres_cluster
from tests.servers.postgres import PostgresServer, working_on
from tests.servers.rabbitmq import RabbitmqServer
from tests.servers.redis import RedisServer

__all__ = ["open_folder", "postgres_cluster"]


@pytest.fixture(scope="module")
def redis(redis_server: RedisServer) -> RedisServer:
    """Without what another module's workers left behind when they were killed."""
    redis_server.flush()
    return redis_server


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def rabbitmq(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitmqServer]:
    server = RabbitmqServer(tmp_path_factory.mktemp("rabbitmq"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def env(
    tmp_path_factory: pytest.TempPathFactory,
    postgres_cluster: PostgresServer,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[dict[str, str]]:
    """The environment of a module's engines and workers, whose database its tests work on."""
    url = postgres_cluster.url(postgres_cluster.new_database())
    folder = tmp_path_factory.mktemp("fleet")
    with django_db_blocker.unblock(), working_on(url):
        yield {
            **os.environ,
            "EXECUTION": "dramatiq",
            "DATABASE_URL": url,
            "DATA_DIR": str(folder / "data"),
            "LOG_DIR": str(folder / "logs"),
            "PROBE_EVIDENCE": str(folder / "evidence.jsonl"),
            "LEASE_SECONDS": "2",
            "RESEND_SECONDS": "2",
            "DRAIN_SECONDS": "3",
            "STOP_GRACE_SECONDS": "0.3",
            "TERM_GRACE_SECONDS": "0.3",
        }
