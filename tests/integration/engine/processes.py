"""Real engines for tests: started, watched through the database, killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, Self

from scheduling.models import Run, Worker
from tests.waiting import wait_for

MANAGE = [sys.executable, "manage.py"]


class EngineProcess:
    """`manage.py runscheduler` as a user starts it; ended with the `with` block."""

    def __init__(self, env: dict[str, str], *arguments: str, **settings: str) -> None:
        self._command = [*MANAGE, "runscheduler", *arguments]
        self._env = {**env, **settings}
        self.process: subprocess.Popen[bytes]

    def __enter__(self) -> Self:
        # No pipe: it is read at the end only, and a process that has filled it waits for ever.
        self._output = TemporaryFile("a+b")
        self.process = subprocess.Popen(
            self._command,
            env=self._env,
            stdout=self._output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        return self

    def __exit__(self, *_exception: object) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait(timeout=30)
        print(self.output())  # shown when the test fails
        self._output.close()
        print((Path(self._env["LOG_DIR"]) / "latest.log").read_text()[-5000:])
        print(*Run.objects.values_list("pk", "job__name", "planned_at", "state", "reason")[:20])

    def output(self) -> str:
        """What it has written to its standard output and error so far."""
        self._output.seek(0)
        return self._output.read().decode()

    def wait_until_ticking(self) -> None:
        wait_for(
            lambda: (
                self.process.poll() is not None
                or Worker.objects.filter(
                    pid=self.process.pid, last_tick_at__isnull=False, ended_at=None
                ).exists()
            )
        )
        assert self.process.poll() is None, self.output()

    def kill(self) -> None:
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait(timeout=10)

    def terminate(self, *, seconds: float = 60) -> int:
        """SIGTERM, and the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=seconds)


@contextmanager
def ticking(env: dict[str, str], *arguments: str, **settings: str) -> Iterator[EngineProcess]:
    """An engine that ticks."""
    with EngineProcess(env, *arguments, **settings) as engine:
        engine.wait_until_ticking()
        yield engine


def wait_until_final(*runs: Run, seconds: float = 30) -> list[Run]:
    """The runs as they ended."""
    keys = [run.pk for run in runs]
    over = Run.objects.filter(pk__in=keys, finished_at__isnull=False)
    wait_for(lambda: over.count() == len(keys), seconds=seconds)
    return list(Run.objects.filter(pk__in=keys).order_by("pk"))


def logged(env: dict[str, str], event: str = "") -> list[dict[str, Any]]:
    """The lines of the processes' log: those of this event, or all."""
    lines = (Path(env["LOG_DIR"]) / "latest.log").read_text().splitlines()
    return [line for line in map(json.loads, lines) if event in ("", line["message"])]


def evidence(env: dict[str, str]) -> list[dict[str, Any]]:
    """What probes left of their beginnings and ends, whatever the ledger says of them."""
    path = Path(env["PROBE_EVIDENCE"])
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def begun(env: dict[str, str]) -> list[str]:
    """What the probes that began were planned for, in the order in which they began."""
    return [entry["scheduled_for"] for entry in evidence(env) if entry["ev"] == "start"]


def run_command(env: dict[str, str], *arguments: str, stdin: str = "") -> tuple[int, str, str]:
    """One management command to its end: exit code, standard output, standard error."""
    done = subprocess.run(
        [*MANAGE, *arguments], env=env, input=stdin, capture_output=True, text=True, timeout=100
    )
    return done.returncode, done.stdout, done.stderr
