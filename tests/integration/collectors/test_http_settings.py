"""How Django's settings become a client and an archive."""

import os
from datetime import UTC, datetime

import pytest
from django.test import override_settings

from collectors.archive import open_archive
from collectors.http import AddressRefused, open_client
from scheduling.kinds import SourceSpec
from tests.integration.collectors.http_world import HOST, ScriptedServer, World, answer


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


def test_replay_goes_to_the_replay_url_and_keeps_its_state_in_the_data_folder(world, tmp_path):
    with (
        ScriptedServer(answer()) as server,
        override_settings(SOURCES="replay", REPLAY_URL=server.url, DATA_DIR=tmp_path),
        open_client(world) as client,
    ):
        assert client.get(f"https://{HOST}/a").body == b"document"
    assert (tmp_path / "politeness" / "replay" / HOST).exists()


def test_live_never_reaches_this_machine(world, tmp_path):
    world.sources = (
        SourceSpec(slug="here", title="Here", url="http://localhost/", hosts=("localhost",)),
    )
    with (
        ScriptedServer(answer()) as server,
        override_settings(
            SOURCES="live",
            REPLAY_URL=server.url,
            DATA_DIR=tmp_path,
            COLLECT_CONTACT="ops@example.org",
        ),
        open_client(world) as client,
        pytest.raises(AddressRefused),
    ):
        client.get("http://localhost/a")
    assert server.connections == 0


def test_opening_the_archive_sweeps_orphans_older_than_a_day(world, tmp_path):
    incoming = tmp_path / "archive" / "incoming"
    incoming.mkdir(parents=True)
    for name, day in (("old", 27), ("young", 28)):
        (incoming / name).write_bytes(b"half")
        written_at = datetime(2026, 2, day, 18, 0, tzinfo=UTC).timestamp()
        os.utime(incoming / name, (written_at, written_at))
    with override_settings(DATA_DIR=tmp_path):
        archive = open_archive(world)
    assert [path.name for path in incoming.iterdir()] == ["young"]
    assert archive.get(archive.put(b"a filing")) == b"a filing"
