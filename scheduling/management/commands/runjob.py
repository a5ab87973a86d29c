"""`manage.py runjob JOB`: one run by hand, fit for a cron line or a Kubernetes CronJob."""

from __future__ import annotations

import json
import time
from argparse import ArgumentParser
from contextlib import suppress
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from scheduling.actions.runs import JobCannotRun, RunInTheWay, RunIsOver, cancel_run, request_run
from scheduling.clock import utc_now
from scheduling.engine.heartbeat import register_worker
from scheduling.execution.supervisor import Supervisor
from scheduling.kinds import BadParameters
from scheduling.management.finding import find_job
from scheduling.management.stop_signals import StopSignals
from scheduling.models import LogLine, Origin, Run, WorkerRole
from scheduling.registry import UnknownKind
from scheduling.states import RunState

BEAT_SECONDS = 5.0
LOOK_SECONDS = 0.5


class Command(BaseCommand):
    help = (
        "Runs a job by hand. With --wait it runs in the foreground, without a scheduler if need "
        "be, and the exit code tells success: 0 succeeded, 1 anything else."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("job", help="the job's name or number")
        parser.add_argument(
            "--param",
            action="append",
            default=[],
            metavar="K=V",
            help="replace one parameter for this run; the value is read as JSON if it is JSON",
        )
        parser.add_argument("--wait", action="store_true", help="run now and wait for the end")
        parser.add_argument("--dry-run", action="store_true", help="tell what would be done")

    def handle(
        self, *, job: str, param: list[str], wait: bool, dry_run: bool, **_options: Any
    ) -> None:
        try:
            run = request_run(
                job=find_job(job),
                by="command line",
                now=utc_now(),
                origin=Origin.COMMAND,
                params=read_params(param),
                dry_run=dry_run,
            )
        except (JobCannotRun, RunInTheWay, UnknownKind, BadParameters) as error:
            raise CommandError(str(error)) from error
        if not wait:
            self.stdout.write(f"Run {run.pk} waits for a scheduler.")
            return
        self._see_through(run)

    def _see_through(self, run: Run) -> None:
        """Execute the run in this process, or follow it if an engine was faster."""
        worker = register_worker(WorkerRole.COMMAND, now=utc_now())
        supervisor = Supervisor(
            worker, clock=utc_now, slots=1, idle_seconds=lambda: LOOK_SECONDS, only_run=run.pk
        )
        signals = StopSignals()
        signals.install()
        beaten_at = time.monotonic()
        with _progress() as shown:
            line = shown.add_task("waiting", total=None)
            while not run.is_final:
                if signals.count and run.stop_requested_at is None:
                    _ask_to_stop(run)
                supervisor.turn()
                run.refresh_from_db()
                if time.monotonic() - beaten_at > BEAT_SECONDS:
                    worker.beat(now=utc_now(), last_tick_at=None)
                    beaten_at = time.monotonic()
                shown.update(
                    line,
                    description=run.progress_phase or run.state.lower(),
                    completed=run.progress_done or 0,
                    total=run.progress_total,
                )
        supervisor.close()
        worker.end(now=utc_now())
        self._report(run)

    def _report(self, run: Run) -> None:
        for entry in LogLine.objects.filter(run=run, level__in=["ERROR", "WARNING"]):
            self.stderr.write(f"{entry.level} {entry.text}")
        if run.state == RunState.SUCCEEDED:
            self.stdout.write(f"Run {run.pk} succeeded: {run.summary}")
            return
        reason = f" ({run.reason})" if run.reason else ""
        self.stderr.write(f"Run {run.pk} {run.state.lower()}{reason}: {run.error}")
        raise SystemExit(1)


def _ask_to_stop(run: Run) -> None:
    """After Ctrl-C or SIGTERM; the run's end is waited for and told."""
    with suppress(RunIsOver):
        cancel_run(run=run, by="signal", now=utc_now())


def read_params(pairs: list[str]) -> dict[str, Any]:
    """`k=v` pairs: a value that is JSON is read as such, anything else is text."""
    params: dict[str, Any] = {}
    for pair in pairs:
        name, separator, value = pair.partition("=")
        if not separator or not name:
            raise CommandError(f"{pair!r} is not a parameter; write NAME=VALUE.")
        try:
            params[name] = json.loads(value)
        except ValueError:
            params[name] = value
    return params


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )
