"""Turns in the database: processes that share nothing else ask one host politely."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from contextlib import suppress
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from socket import socket
from typing import cast

import pytest
from django.db import OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext

from collectors.http import SourceUnavailable, open_client
from collectors.http.patience import Patience
from collectors.politeness.models import HostTurn
from collectors.politeness.turns import DatabaseTurns
from scheduling.kinds import RetryLater, RunContext, RunStopped
from tests.integration.collectors.http_world import HOST, ScriptedServer, World, answer

ROOT = Path(__file__).parents[3]
INTERVAL = 0.05
DJANGO = """
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
import django
django.setup()
from collectors.http.patience import Patience
from collectors.politeness.models import HostTurn
from collectors.politeness.turns import DatabaseTurns

def turns(hold_seconds):
    intervals = {"files.example": 0.05}
    return DatabaseTurns("live", intervals, Patience(lambda: False), hold_seconds=hold_seconds)
"""
TAKES_EIGHT = f"""{DJANGO}
for _ in range(8):
    with turns(30).take("files.example") as turn:
        print(HostTurn.objects.get().free_at.timestamp(), flush=True)
"""
DIES_IN_ITS_TURN = f"""{DJANGO}
with turns(0.6).take("files.example"):
    print("taken", flush=True)
    os.kill(os.getpid(), 9)
"""
CLIENT = f"""{DJANGO}
from pathlib import Path
from collectors.http import open_client
from tests.integration.collectors.http_world import World

with open_client(World(Path())) as client:
    for number in range(5):
        client.get(f"https://files.example/{{number}}.pdf")
"""


def start(code: str, env: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**env, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )


def outputs(*processes: subprocess.Popen[str]) -> list[str]:
    results = [process.communicate(timeout=60)[0] for process in processes]
    assert [process.returncode for process in processes] == [0] * len(processes)
    return results


def turns_of(patience: Patience, *, interval: float = INTERVAL) -> DatabaseTurns:
    return DatabaseTurns("live", {HOST: interval}, patience, hold_seconds=30)


@pytest.fixture
def turns() -> DatabaseTurns:
    return turns_of(Patience(lambda: False))


@pytest.mark.django_db(transaction=True)
def test_starts_of_three_processes_keep_the_interval(process_env: dict[str, str]) -> None:
    results = outputs(*(start(TAKES_EIGHT, process_env) for _ in range(3)))
    ends_of_rest = sorted(float(line) for result in results for line in result.split())
    gaps = [later - earlier for earlier, later in pairwise(ends_of_rest)]
    assert len(gaps) == 23
    assert min(gaps) >= INTERVAL - 1e-5  # a float's worth of a time stamp


@pytest.mark.django_db(transaction=True)
def test_processes_never_ask_at_once(process_env: dict[str, str]) -> None:
    at_once: list[int] = []
    highest: list[int] = []

    def slow(peer: socket) -> None:
        at_once.append(1)
        highest.append(len(at_once))
        server.closing.wait(0.02)
        at_once.pop()
        peer.sendall(answer())

    with ScriptedServer(slow) as server:
        env = {**process_env, "REPLAY_URL": server.url, "REPLAY_INTERVAL_SECONDS": "0.001"}
        outputs(*(start(CLIENT, env) for _ in range(3)))
    assert len(server.requests) == 15
    assert max(highest) == 1


@pytest.mark.django_db(transaction=True)
def test_a_turn_whose_holder_was_killed_ends_by_itself(
    process_env: dict[str, str], turns: DatabaseTurns
) -> None:
    killed = start(DIES_IN_ITS_TURN, process_env)
    assert killed.communicate(timeout=60)[0] == "taken\n"
    assert killed.returncode == -signal.SIGKILL
    held_until = HostTurn.objects.get().held_until
    with turns.take(HOST):
        taken_at = HostTurn.objects.get().free_at - timedelta(seconds=INTERVAL)
    assert taken_at >= held_until


@pytest.mark.django_db(transaction=True)
def test_threads_take_turns_and_none_waits_for_ever(turns: DatabaseTurns) -> None:
    inside: list[int] = []
    highest: list[int] = []

    def ask() -> None:
        try:
            with turns.take(HOST):
                inside.append(1)
                highest.append(len(inside))
                inside.pop()
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert highest == [1] * 6


@pytest.mark.django_db(transaction=True)
def test_no_transaction_is_open_while_a_turn_is_held(turns: DatabaseTurns) -> None:
    with turns.take(HOST):
        assert not connection.in_atomic_block
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        held_up(turns_of(Patience(lambda: False)))


@pytest.mark.django_db(transaction=True)
def test_a_database_that_goes_away_while_a_turn_is_held_ends_no_request(
    turns: DatabaseTurns,
) -> None:
    with turns.take(HOST):
        lose_connection()
    connection.close()
    assert HostTurn.objects.get().holder is not None


@pytest.mark.django_db(transaction=True)
def test_a_wish_to_be_left_alone_that_cannot_be_kept_ends_no_run(turns: DatabaseTurns) -> None:
    with turns.take(HOST) as turn:
        lose_connection()
        turn.hold_off(3_600)
    connection.close()
    assert HostTurn.objects.get().free_at < HostTurn.objects.get().held_until


@pytest.mark.django_db(transaction=True)
def test_while_the_database_does_not_answer_a_run_is_put_off_and_blames_no_source(
    tmp_path: Path,
) -> None:
    lose_connection()
    with (
        open_client(cast("RunContext", World(tmp_path))) as client,
        pytest.raises(RetryLater, match="Whose turn it is") as refusal,
    ):
        client.get(f"https://{HOST}/1.pdf")
    connection.close()
    assert refusal.value.source is None


def lose_connection() -> None:
    """As after a restart of the server: the next statement fails."""
    with connection.cursor() as cursor, suppress(OperationalError):
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")


def test_a_host_is_made_known_once_by_each_client(turns: DatabaseTurns, db: None) -> None:
    with CaptureQueriesContext(connection) as asked:
        for _ in range(2):
            with turns.take(HOST):
                pass
            HostTurn.objects.update(free_at="2026-01-01T00:00Z")
    assert sum("INSERT" in each["sql"] for each in asked) == 1


@pytest.mark.django_db
def test_a_turn_given_back_leaves_only_the_rest(turns: DatabaseTurns) -> None:
    with turns.take(HOST) as turn:
        held = HostTurn.objects.get()
        assert (held.host, held.holder) == (f"live/{HOST}", turn.holder)
        assert held.held_until - held.free_at > timedelta(seconds=29)
    row = HostTurn.objects.get()
    assert row.holder is None
    assert row.held_until < row.free_at


@pytest.mark.django_db
def test_a_turn_that_ran_out_is_not_given_back_for_its_successor(turns: DatabaseTurns) -> None:
    with turns.take(HOST):
        HostTurn.objects.update(held_until="2026-01-01T00:00Z", free_at="2026-01-01T00:00Z")
        with turns.take(HOST) as successor:
            pass
        HostTurn.objects.update(holder=successor.holder)
    assert HostTurn.objects.get().holder == successor.holder


@pytest.mark.django_db
def test_a_host_that_wants_to_be_left_alone_is_left_alone_by_all() -> None:
    with turns_of(Patience(lambda: False)).take(HOST) as turn:
        turn.hold_off(3_600)
        turn.hold_off(5)
    with pytest.raises(SourceUnavailable, match="another 3600 seconds") as refusal:
        held_up(turns_of(Patience(lambda: False)))
    assert refusal.value.after is not None


@pytest.mark.django_db
def test_a_run_that_is_to_stop_waits_no_longer(turns: DatabaseTurns) -> None:
    is_stopped = iter([False, False, True])
    with turns.take(HOST), pytest.raises(RunStopped):
        held_up(turns_of(Patience(lambda: next(is_stopped)), interval=60))


@pytest.mark.django_db
def test_a_replay_and_the_real_host_have_turns_of_their_own(turns: DatabaseTurns) -> None:
    replay = DatabaseTurns("replay", {HOST: 60}, Patience(lambda: False), hold_seconds=30)
    with turns.take(HOST), replay.take(HOST):
        assert HostTurn.objects.count() == 2


def held_up(turns: DatabaseTurns) -> None:
    with turns.take(HOST):
        raise AssertionError("The turn was given.")
