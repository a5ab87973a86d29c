"""`manage.py runworker`: executes what the scheduler sends through the broker."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from scheduling.clock import utc_now
from scheduling.management.stop_signals import StopSignals
from scheduling.models import DEFAULT_POOL, Pool

WATCH_SECONDS = 60.0


class Command(BaseCommand):
    help = (
        "Runs a worker: executes the runs that the scheduler sends through the broker. Any number "
        "of them, on any number of machines."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--slots",
            type=int,
            default=settings.MAX_RUNNING,
            help="how many runs it executes at once (MAX_RUNNING)",
        )
        parser.add_argument(
            "--pools", default="", metavar="A,B", help="the pools it serves; without it, all"
        )

    def handle(self, *, slots: int, pools: str, **_options: Any) -> None:
        if not settings.BROKER_URL:
            raise CommandError(
                "Workers are for EXECUTION=dramatiq. Set it, and BROKER_URL, here and for the "
                "scheduler; with EXECUTION=local the scheduler executes its runs itself."
            )
        if slots < 1:
            raise CommandError(f"--slots is {slots}; a worker has at least one.")
        signals = StopSignals()
        try:
            self._serve(signals, slots=slots, pools=read_pools(pools))
        except DatabaseError as error:
            raise CommandError(
                f"The database is not ready ({error}). Is it running, and migrated?"
            ) from error

    def _serve(self, signals: StopSignals, *, slots: int, pools: list[str]) -> None:
        # Dramatiq is installed where runs are sent through a broker, and nowhere else.
        from scheduling.engine.worker_process import WorkerProcess  # noqa: PLC0415

        worker = WorkerProcess(
            clock=utc_now, slots=slots, pools=pools, is_hurried=lambda: signals.count > 1
        )
        signals.install()
        worker.start()
        self.stdout.write(f"The worker runs (pid {worker.worker.pid}). Ctrl-C stops it.")
        while not signals.wait(WATCH_SECONDS):
            pass
        worker.stop()


def read_pools(text: str) -> list[str]:
    """Names of pools, separated by commas. Raises CommandError for one that there is not."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    known = {DEFAULT_POOL, *Pool.objects.values_list("pk", flat=True)}
    unknown = sorted(set(names) - known)
    if unknown:
        raise CommandError(
            f"There is no pool {unknown[0]!r}. There are: {', '.join(sorted(known))}."
        )
    return names
