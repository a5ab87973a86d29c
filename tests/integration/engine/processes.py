"""Real engines for tests: started, watched through the database, killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

from scheduling.models import Run, Worker

MANAGE = [sys.executable, "manage.py"]


def wait_for(condition: Callable[[], object], *, seconds: float = 30) -> None:
    """Return as soon as the condition holds; fail with its source line if it never does."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        time.sleep(0.03)


class EngineProcess:
    """`manage.py runscheduler` as a user starts it; ended with the `with` block."""

    def __init__(self, env: dict[str, str], *arguments: str, **settings: str) -> None:
        self._command = [*MANAGE, "runscheduler", *arguments]
        self._env = {**env, **settings}
        self.process: subprocess.Popen[str]

    def __enter__(self) -> Self:
        self.process = subprocess.Popen(
            self._command,
            env=self._env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        return self

    def __exit__(self, *_exception: object) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        print(self.process.communicate(timeout=30)[0])  # shown when the test fails
        print((Path(self._env["LOG_DIR"]) / "latest.log").read_text()[-5000:])
        print(*Run.objects.values_list("pk", "job__name", "planned_at", "state", "reason")[:20])

    def wait_until_ticking(self) -> None:
        wait_for(
            lambda: (
                self.process.poll() is not None
                or Worker.objects.filter(
                    pid=self.process.pid, last_tick_at__isnull=False, ended_at=None
                ).exists()
            )
        )
        assert self.process.poll() is None, self.process.communicate()[0]

    def kill(self) -> None:
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait(timeout=10)

    def terminate(self, *, seconds: float = 60) -> int:
        """SIGTERM, and the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=seconds)


def run_command(env: dict[str, str], *arguments: str, stdin: str = "") -> tuple[int, str, str]:
    """One management command to its end: exit code, standard output, standard error."""
    done = subprocess.run(
        [*MANAGE, *arguments], env=env, input=stdin, capture_output=True, text=True, timeout=100
    )
    return done.returncode, done.stdout, done.stderr
