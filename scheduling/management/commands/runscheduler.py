"""`manage.py runscheduler`: the scheduler as its own process."""

from __future__ import annotations

import gc
import os
from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from scheduling.clock import clock_from, utc_now
from scheduling.engine.loop import EXIT_STALLED, Engine
from scheduling.events import emit
from scheduling.management.commands.preview import read_instant
from scheduling.management.stop_signals import StopSignals

WATCH_SECONDS = 1.0
# A large tick makes tens of thousands of objects that live until its commit. To look through them
# after every 700 new ones, as Python does by itself, takes a third of its time; to look through all
# that was loaded at the start, now and then, holds up what is due for 50 ms.
OBJECTS_BETWEEN_COLLECTIONS = 50_000


class Command(BaseCommand):
    help = "Runs the scheduler: decides what is due, executes it, recovers what was lost."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--no-execute", action="store_true", help="only schedule; other hosts execute"
        )
        parser.add_argument(
            "--once", action="store_true", help="one tick, execute what it made runnable, exit"
        )
        parser.add_argument(
            "--now",
            metavar="ISO",
            help="with --once: the instant to take for now, e.g. 2026-03-29T01:00:00Z",
        )

    def handle(self, *, no_execute: bool, once: bool, now: str | None, **_options: Any) -> None:
        if now and not once:
            raise CommandError("--now goes with --once: a running engine reads the real clock.")
        clock = clock_from(_instant(now)) if now else utc_now
        signals = StopSignals()
        try:
            engine = Engine(
                clock=clock,
                executes=not no_execute,
                is_hurried=lambda: signals.count > 1,
                guards_copy=now is None,
            )
        except DatabaseError as error:
            raise CommandError(
                f"The database is not ready ({error}). Is it running, and migrated?"
            ) from error
        if once:
            engine.run_once()
        else:
            self._serve(engine, signals)

    def _serve(self, engine: Engine, signals: StopSignals) -> None:
        signals.install()
        gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
        gc.freeze()
        engine.start()
        self.stdout.write(f"The scheduler runs (pid {engine.worker.pid}). Ctrl-C stops it.")
        while not signals.wait(WATCH_SECONDS):
            if engine.is_stalled():
                emit("engine_stalled", level="error", pid=engine.worker.pid)
                os._exit(EXIT_STALLED)  # threads that hang would keep a polite exit waiting
        engine.stop()


def _instant(text: str) -> datetime:
    try:
        return read_instant(text)
    except ValueError as error:
        raise CommandError(str(error)) from error
