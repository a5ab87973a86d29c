"""`manage.py backfill JOB --from … --until …`: dates of the past, run a few at a time."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from rich.table import Table
from rich.text import Text

from scheduling.actions.backfills import (
    BackfillDraft,
    BackfillRefused,
    counts,
    plan_backfill,
    progress_of,
    start_backfill,
)
from scheduling.clock import utc_now
from scheduling.management.finding import find_job
from scheduling.management.output import console_on, utc_text
from scheduling.management.stop_signals import StopSignals
from scheduling.models import Backfill, BackfillOrder, Job, Reprocess, Schedule
from scheduling.planning.moments import clock_text, read_time
from scheduling.planning.refusals import BadRule
from scheduling.planning.words import counted
from scheduling.planning.zones import load_zone

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scheduling.planning.backfill import DateVerdict

ACTOR = "command line"
LOOK_SECONDS = 1.0


class Command(BaseCommand):
    help = (
        "Runs dates of the past that the job's schedule names, a few at a time; a scheduler must "
        "be up. With --wait the exit code tells success: 0 all succeeded, 1 anything else."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("job", help="the job's name or number")
        parser.add_argument(
            "--from",
            dest="since",
            metavar="TEXT",
            required=True,
            help='"2026-11-01 02:00" by the schedule\'s own clock, or with an offset: exact',
        )
        parser.add_argument(
            "--until", metavar="TEXT", required=True, help="the end, itself not included"
        )
        parser.add_argument(
            "--schedule", type=int, metavar="N", help="its number, if the job has several"
        )
        parser.add_argument(
            "--order", choices=[each.replace("_", "-") for each in BackfillOrder.values]
        )
        parser.add_argument("--reprocess", choices=Reprocess.values, default=Reprocess.MISSING)
        parser.add_argument("--at-once", type=int, default=1, metavar="N", help="open side by side")
        parser.add_argument("--per-hour", type=int, metavar="N", help="started in an hour")
        parser.add_argument("--dry-run", action="store_true", help="list each date, run none")
        parser.add_argument("--wait", action="store_true", help="follow it to its end")
        parser.add_argument("--json", action="store_true", help="answer with one JSON object")

    def handle(self, *, job: str, dry_run: bool, wait: bool, **options: Any) -> None:
        draft = _draft(find_job(job), options)
        try:
            if dry_run:
                verdicts = plan_backfill(draft, now=utc_now())
                self._tell_dates(verdicts, draft.schedule.zone, as_json=options["json"])
                return
            backfill = start_backfill(draft=draft, by=ACTOR, now=utc_now())
        except BackfillRefused as error:
            raise CommandError(str(error)) from error
        if wait:
            _follow(backfill)
        self._tell(backfill, as_json=options["json"])
        if wait and not _has_succeeded(backfill):
            raise SystemExit(1)

    def _tell_dates(self, verdicts: Sequence[DateVerdict], zone: str, *, as_json: bool) -> None:
        numbers = counts(verdicts)
        if as_json:
            dates = [
                {"at": utc_text(each.planned_at), "verdict": each.lot, "why": each.why}
                for each in verdicts
            ]
            self.stdout.write(json.dumps({"counts": numbers, "dates": dates}))
            return
        console = console_on(self.stdout)
        console.print(_table(verdicts, zone))
        line = ", ".join(f"{_lot(lot)} {number}" for lot, number in numbers.items())
        console.print(line, markup=False)

    def _tell(self, backfill: Backfill, *, as_json: bool) -> None:
        progress = progress_of(backfill)
        if as_json:
            answer = {"backfill": backfill.pk, "is_over": backfill.is_over, **asdict(progress)}
            self.stdout.write(json.dumps(answer, default=timedelta.total_seconds))
            return
        if not backfill.is_over:
            dates = counted(backfill.total_count, "date")
            self.stdout.write(f"Backfill {backfill.pk} has begun: {dates} to run.")
            return
        self.stdout.write(
            f"Backfill {backfill.pk} has ended: {progress.succeeded} succeeded, "
            f"{progress.failed} failed, {progress.stopped} cancelled or skipped."
        )


def _draft(job: Job, options: dict[str, Any]) -> BackfillDraft:
    schedule = _schedule(job, options["schedule"])
    order = options["order"] or BackfillOrder.OLDEST_FIRST
    return BackfillDraft(
        schedule=schedule,
        since=_instant(options["since"], schedule),
        until=_instant(options["until"], schedule),
        order=order.replace("-", "_"),
        reprocess=options["reprocess"],
        max_running=options["at_once"],
        per_hour=options["per_hour"],
    )


def _schedule(job: Job, number: int | None) -> Schedule:
    """The one of that number, or the only one there is."""
    schedules = list(job.schedules.live())
    found = [each for each in schedules if number in (None, each.pk)]
    if len(found) == 1:
        return found[0]
    if not schedules:
        raise CommandError(f"{job.name} has no schedule: there are no dates to run again.")
    numbers = ", ".join(str(each.pk) for each in schedules)
    raise CommandError(f"Say which schedule with --schedule: {job.name} has {numbers}.")


def _instant(text: str, schedule: Schedule) -> datetime:
    """Without an offset, a reading of the schedule's own clock."""
    try:
        at = read_time(text)
        zone = load_zone(schedule.zone)
    except BadRule as error:
        raise CommandError(error.reason) from error
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)


def _follow(backfill: Backfill) -> None:
    """Wait for its end, or for a signal: then it goes on, and only the waiting ends."""
    signals = StopSignals()
    signals.install()
    while not backfill.is_over and not signals.wait(LOOK_SECONDS):
        backfill.refresh_from_db()


def _has_succeeded(backfill: Backfill) -> bool:
    progress = progress_of(backfill)
    is_whole = backfill.is_over and backfill.cancelled_at is None
    return is_whole and not progress.failed and not progress.stopped


def _table(verdicts: Sequence[DateVerdict], zone: str) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in ("date", "verdict", "why"):
        table.add_column(name)
    for each in verdicts:
        table.add_row(clock_text(each.planned_at, zone), _lot(each.lot), Text(each.why))
    return table


def _lot(lot: str) -> str:
    return lot.lower().replace("_", " ")
