"""Engines and workers of EXECUTION=dramatiq as real processes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from scheduling.actions.runs import request_run
from scheduling.clock import utc_now
from scheduling.models import Job, Origin, Run, Worker, WorkerRole
from scheduling.states import RunState
from tests.integration.engine.processes import MANAGE, EngineProcess, wait_for


class WorkerProcess(EngineProcess):
    """`manage.py runworker` as a user starts it; ended with the `with` block."""

    def __init__(self, env: dict[str, str], *arguments: str, **settings: str) -> None:
        super().__init__(env, **settings)
        self._command = [*MANAGE, "runworker", *arguments]

    def wait_until_serving(self) -> None:
        mine = Worker.objects.filter(role=WorkerRole.WORKER, pid=self.process.pid, ended_at=None)
        wait_for(lambda: self.process.poll() is not None or mine.exists())
        assert self.process.poll() is None, self.process.communicate()[0]


@contextmanager
def engine(env: dict[str, str], **settings: str) -> Iterator[EngineProcess]:
    """One that ticks, and sends what is due."""
    with EngineProcess(env, **settings) as process:
        process.wait_until_ticking()
        yield process


@contextmanager
def worker(env: dict[str, str], *arguments: str, **settings: str) -> Iterator[WorkerProcess]:
    with WorkerProcess(env, *arguments, **settings) as process:
        process.wait_until_serving()
        yield process


def asked_for(job: Job) -> Run:
    """A run of the job by hand, now."""
    return request_run(job=job, by="alice", now=utc_now(), origin=Origin.HAND)


def wait_until_final(*runs: Run, seconds: float = 30) -> list[Run]:
    """The runs as they ended."""
    keys = [run.pk for run in runs]
    over = Run.objects.filter(pk__in=keys, finished_at__isnull=False)
    wait_for(lambda: over.count() == len(keys), seconds=seconds)
    return list(Run.objects.filter(pk__in=keys).order_by("pk"))


def wait_until_running(run: Run) -> None:
    wait_for(Run.objects.filter(pk=run.pk, state=RunState.RUNNING).exists)
