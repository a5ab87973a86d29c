"""The database is locked, full, slow, or lost in the middle of a statement."""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial

from django.db import connection

from scheduling.models import EngineLease
from tests.faults.proxy import Cut, FaultProxy
from tests.faults.stage import Stage
from tests.integration.engine.processes import ticking
from tests.waiting import let_pass, wait_for

HOLD_LOCK = """
import sqlite3, sys
held = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=60)
held.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
sys.stdin.read()
held.execute("ROLLBACK")
"""
FULL_AT_BYTES = 1 << 16
CUTS = {
    "insert": Cut(b'INSERT INTO "scheduling_run"', b"COMMIT"),
    "claim": Cut(b'INSERT INTO "scheduling_attempt"', b"COMMIT"),
    "finish": Cut(b'UPDATE "scheduling_attempt"', b"COMMIT"),
    "heartbeat": Cut(b'UPDATE "scheduling_worker"', b'UPDATE "scheduling_worker"'),
}


def lock_sqlite(stage: Stage) -> None:
    """Another process holds the write lock, in the long form for ten seconds."""
    stage.add_innocents()
    with ticking(stage.env) as engine:
        _hold_lock(10.0 if stage.is_long else 1.5)
        stage.strike()
        stage.wait_for_successes()
        assert engine.terminate() == 0


def _hold_lock(seconds: float) -> None:
    command = [sys.executable, "-c", HOLD_LOCK, str(connection.settings_dict["NAME"])]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdin is not None
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        let_pass(seconds)
        holder.stdin.close()
        assert holder.wait(timeout=60) == 0


def fill_sqlite_disk(stage: Stage) -> None:
    """The engine's files cannot grow for some seconds, as on a full disk."""
    stage.add_innocents()
    with ticking(stage.env) as engine:
        pid = engine.process.pid
        before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (FULL_AT_BYTES, before[1]))
        stage.strike()
        let_pass(stage.draw.uniform(1.0, 10.0 if stage.is_long else 3.0))
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)
        stage.wait_for_successes()
        assert engine.terminate() == 0


def cut_at(name: str) -> Callable[[Stage], None]:
    """The procedure that loses the server's answer to this commit: it happened, or did it?"""
    return partial(_cut_at, CUTS[name])


def _cut_at(cut: Cut, stage: Stage) -> None:
    stage.add_innocents()
    with _proxied(stage) as (proxy, url), ticking(stage.env, DATABASE_URL=url) as engine:
        for number in range(1, 20 if stage.is_long else 2):
            stage.wait_a_moment()
            proxy.cut = cut
            wait_for(lambda: proxy.cuts >= number)  # noqa: B023 - asked at once
            stage.strike()
        stage.wait_for_successes()
        assert engine.terminate() == 0


def stall(stage: Stage) -> None:
    """Nothing comes through for a while, and no connection breaks."""
    stage.add_innocents()
    with _proxied(stage) as (proxy, url), ticking(stage.env, DATABASE_URL=url) as engine:
        proxy.stall()
        stage.strike()
        let_pass(60.0 if stage.is_long else 5.0)
        proxy.go_on()
        stage.wait_for_successes()
        assert engine.terminate() == 0


def slow_down(stage: Stage) -> None:
    """Each chunk takes a tenth of a second, and for a time the ledger is locked from outside."""
    stage.add_innocents()
    with _proxied(stage) as (proxy, url), ticking(stage.env, DATABASE_URL=url) as engine:
        proxy.latency_seconds = 0.1
        stage.strike()
        stage.wait_for_successes()
        stage.wait_a_moment(10.0)
        proxy.latency_seconds = 0.0
        assert engine.terminate() == 0


def cut_off_the_leader(stage: Stage) -> None:
    """Only the leader's link stalls: another takes over, and nothing runs twice."""
    stage.add_innocents()
    lease = {"LEASE_SECONDS": "2"}
    with ExitStack() as stack:
        proxy, url = stack.enter_context(_proxied(stage))
        leader = stack.enter_context(ticking(stage.env, DATABASE_URL=url, **lease))
        wait_for(lambda: EngineLease.objects.filter(holder__pid=leader.process.pid).exists())
        other = stack.enter_context(ticking(stage.env, **lease))
        proxy.stall()
        stage.strike()
        taken = EngineLease.objects.filter(holder__pid=other.process.pid)
        wait_for(taken.exists, seconds=2 + 5)
        stage.wait_for_successes()
        proxy.go_on()
        assert other.terminate() == 0
        assert leader.terminate() == 0


@contextmanager
def _proxied(stage: Stage) -> Iterator[tuple[FaultProxy, str]]:
    """A proxy before the test's PostgreSQL, and the address of the database through it."""
    settings = connection.settings_dict
    with FaultProxy(f"{settings['OPTIONS']['host']}/.s.PGSQL.5432") as proxy:
        yield proxy, f"postgres://postgres:@127.0.0.1:{proxy.port}/{settings['NAME']}"
