from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import pytest

from collectors.replay.documents import Document, Edition
from collectors.replay.server import ReplayServer
from scheduling.kinds import SourceSpec
from tests.factories.disclosures import TODAY, FakeRun


class OneBody:
    """A site that answers every path with the same bytes."""

    not_found = b""

    def __init__(self, source: SourceSpec, body: bytes) -> None:
        self.hosts = source.hosts
        self._document = Document(body, "text/html", datetime(2026, 1, 1, tzinfo=UTC))

    def find(self, path: str, edition: Edition) -> Document:
        return self._document


class Runs(Protocol):
    """Makes runs that share an archive, a database and the replayed sites."""

    def __call__(self, **fields: Any) -> FakeRun: ...


@pytest.fixture(scope="session")
def replay_server() -> Iterator[ReplayServer]:
    """One server for all tests: it draws each document once."""
    with ReplayServer(TODAY) as server:
        yield server


@pytest.fixture
def replay(replay_server: ReplayServer) -> ReplayServer:
    """The server as on its first day."""
    replay_server.edition = Edition(TODAY)
    replay_server.heal()
    replay_server.forget_requests()
    return replay_server


@pytest.fixture
def a_run(replay: ReplayServer, tmp_path: Path) -> Runs:
    def make(**fields: Any) -> FakeRun:
        return FakeRun(folder=tmp_path, replay_url=replay.url, **fields)

    return make


@pytest.fixture
def serve_instead(replay: ReplayServer) -> Iterator[Callable[[SourceSpec, bytes], None]]:
    """Lets a source answer everything with the same bytes."""
    sites = dict(replay.sites)

    def serve(source: SourceSpec, body: bytes) -> None:
        replay.sites[source.hosts[0]] = OneBody(source, body)

    yield serve
    replay.sites.update(sites)
