from pathlib import Path

import pytest

from collectors.http import file_turns as module
from collectors.http.file_turns import FileTurns
from collectors.http.patience import Patience
from collectors.http.turns import LONGEST_WAIT_SECONDS
from collectors.http.verdicts import SourceUnavailable
from scheduling.kinds import RunStopped

HOST = "files.example"


class World:
    """A clock that moves only when slept on, and turns at a host with a rest of two seconds."""

    def __init__(self, folder: Path) -> None:
        self.at = 500.0
        self.is_stopped = False
        self.patience = Patience(lambda: self.is_stopped, lambda: self.at, self.sleep)
        self.turns = FileTurns(folder, {HOST: 2.0, "other.example": 2.0}, self.patience)

    def sleep(self, seconds: float) -> None:
        self.at += seconds

    def ask(self, host: str = HOST, *, takes: float = 0.0) -> float:
        with self.turns.take(host):
            started_at = self.at
            self.sleep(takes)
        return started_at


@pytest.fixture
def world(tmp_path):
    return World(tmp_path / "politeness")


def test_the_first_request_does_not_wait(world):
    assert world.ask() == 500


def test_requests_rest_between_their_starts(world):
    assert [world.ask(takes=0.5) for _ in range(3)] == pytest.approx([500, 502, 504])


def test_a_slow_answer_uses_up_the_rest(world):
    assert [world.ask(takes=5) for _ in range(2)] == pytest.approx([500, 505])


def test_hosts_do_not_wait_for_each_other(world):
    assert world.ask() == world.ask("other.example")


def test_a_second_process_keeps_the_same_rest(world, tmp_path):
    world.ask()
    later = World(tmp_path / "politeness")
    assert later.ask() == pytest.approx(502)


def test_a_source_that_asks_for_quiet_gets_it_from_everybody(world, tmp_path):
    with world.turns.take(HOST) as turn:
        turn.hold_off(40)
    assert World(tmp_path / "politeness").ask() == pytest.approx(540)


def test_quiet_is_never_shortened(world):
    with world.turns.take(HOST) as turn:
        turn.hold_off(40)
        turn.hold_off(0)
    assert world.ask() == pytest.approx(540)


def test_a_long_quiet_is_not_waited_for(world):
    with world.turns.take(HOST) as turn:
        turn.hold_off(3600)
    with pytest.raises(SourceUnavailable, match="left alone") as caught:
        world.ask()
    assert caught.value.after is not None
    assert caught.value.after.total_seconds() == pytest.approx(3600)
    assert world.at == 500


def test_a_long_interval_is_waited_for(tmp_path):
    world = World(tmp_path)
    world.turns = FileTurns(tmp_path, {HOST: 5 * LONGEST_WAIT_SECONDS}, world.patience)
    assert [world.ask(), world.ask()] == pytest.approx([500, 500 + 5 * LONGEST_WAIT_SECONDS])


def test_a_stop_ends_the_wait_for_a_turn(world):
    world.ask()
    world.is_stopped = True
    with pytest.raises(RunStopped):
        world.ask()
    world.is_stopped = False
    assert world.ask() == pytest.approx(502)


def test_an_error_gives_the_turn_back(world):
    with pytest.raises(ZeroDivisionError), world.turns.take(HOST):
        raise ZeroDivisionError
    assert world.ask() == pytest.approx(502)


def test_a_turn_is_not_shared(world, tmp_path):
    other = World(tmp_path / "politeness")
    with world.turns.take(HOST):
        other.at = 10_000
        other.patience = Patience(lambda: other.at > 10_100, lambda: other.at, other.sleep)
        other.turns = FileTurns(tmp_path / "politeness", {HOST: 2.0}, other.patience)
        with pytest.raises(RunStopped):
            other.ask()


def test_a_restart_of_the_machine_voids_the_record(world, tmp_path, monkeypatch):
    world.ask()
    monkeypatch.setattr(module, "boot_id", lambda: "another-start")
    later = World(tmp_path / "politeness")
    later.at = 3.0
    assert later.ask() == 3


@pytest.mark.parametrize(
    "record", [b"", b"\n", b"nonsense", b"\xff\xfe\x00", b"{boot} soon", b"{boot}"]
)
def test_a_damaged_record_counts_as_none(world, tmp_path, record):
    content = record.replace(b"{boot}", module.boot_id().encode())
    (tmp_path / "politeness" / HOST).write_bytes(content)
    assert world.ask() == 500
    assert world.ask() == pytest.approx(502)
