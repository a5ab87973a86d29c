"""Engines and workers of EXECUTION=dramatiq as real processes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from scheduling.models import Run, Worker, WorkerRole
from scheduling.states import RunState
from tests.integration.engine.processes import MANAGE, EngineProcess
from tests.waiting import wait_for


class WorkerProcess(EngineProcess):
    """`manage.py runworker` as a user starts it; ended with the `with` block."""

    def __init__(self, env: dict[str, str], *arguments: str, **settings: str) -> None:
        super().__init__(env, **settings)
        self._command = [*MANAGE, "runworker", *arguments]

    def wait_until_serving(self) -> None:
        mine = Worker.objects.filter(role=WorkerRole.WORKER, pid=self.process.pid, ended_at=None)
        wait_for(lambda: self.process.poll() is not None or mine.exists())
        assert self.process.poll() is None, self.output()


@contextmanager
def worker(env: dict[str, str], *arguments: str, **settings: str) -> Iterator[WorkerProcess]:
    with WorkerProcess(env, *arguments, **settings) as process:
        process.wait_until_serving()
        yield process


def wait_until_running(run: Run) -> None:
    wait_for(Run.objects.filter(pk=run.pk, state=RunState.RUNNING).exists)
