"""`manage.py simulate`: what the jobs would do in a time to come, or in one that is past."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from rich.table import Table

from scheduling.actions.forecast import JobFigures, figures_of_fleet, fleet_of, forecast
from scheduling.management.commands.preview import read_instant
from scheduling.management.finding import find_job
from scheduling.management.output import console_on
from scheduling.models import Job
from scheduling.planning.forecast import Outage, figures
from scheduling.views.forecast_words import reasons_text, remarks, wait_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from scheduling.actions.forecast import Fleet
    from scheduling.planning.forecast import Figures, Forecast, SimulatedRow

MOST_DATES = 1_000_000
COUNTS = ("named", "started", "skipped", "missed", "asked", "waiting")


class Command(BaseCommand):
    help = "Plays the schedules through and tells what would run, wait, be skipped or missed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--job", metavar="JOB", help="only this job, by name or number")
        parser.add_argument(
            "--from", dest="start", metavar="ISO", required=True, help="the first instant"
        )
        parser.add_argument(
            "--to", dest="end", metavar="ISO", required=True, help="the end, itself not included"
        )
        parser.add_argument(
            "--down",
            action="append",
            default=[],
            metavar="ISO..ISO",
            help='no scheduler is up: "2026-11-03T02:00..2026-11-03T05:00"; may be repeated',
        )
        parser.add_argument(
            "--slower", type=float, default=1.0, metavar="FACTOR", help="2: runs take twice as long"
        )
        parser.add_argument("--rows", action="store_true", help="list every row of the ledger")

    def handle(self, *, job: str | None, rows: bool, **options: Any) -> None:
        wanted = Job.objects.filter(pk=find_job(job).pk) if job else Job.objects.all()
        fleet = fleet_of(wanted)
        try:
            foreseen = forecast(
                fleet,
                start=read_instant(options["start"]),
                end=read_instant(options["end"]),
                outages=[read_outage(text) for text in options["down"]],
                length_factor=options["slower"],
                most=MOST_DATES,
            )
        except ValueError as error:
            raise CommandError(str(error)) from error
        console = console_on(self.stdout)
        if rows:
            console.print(_table_of_rows(fleet, foreseen.rows))
        jobs = figures_of_fleet(fleet, foreseen)
        console.print(_table_of_jobs(jobs, foreseen))
        for line in [*remarks(foreseen, jobs, slots=settings.MAX_RUNNING), *fleet.left_out]:
            console.print(line, markup=False, soft_wrap=True)


def read_outage(text: str) -> Outage:
    """`A..B` as two instants. Raises ValueError with a sentence."""
    start, separator, end = text.partition("..")
    if not separator:
        raise ValueError(f"{text!r} is not an outage; write it like START..END.")
    return Outage(read_instant(start.strip()), read_instant(end.strip()))


def _table_of_jobs(jobs: Sequence[JobFigures], foreseen: Forecast) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("job")
    for name in COUNTS:
        table.add_column(name, justify="right")
    table.add_column("why not")
    table.add_column("waits at most")
    for row in jobs:
        table.add_row(row.name, *_cells(row.figures))
    if len(jobs) > 1:
        table.add_row(f"all {len(jobs)} jobs", *_cells(figures(foreseen.rows, end=foreseen.end)))
    return table


def _cells(found: Figures) -> list[str]:
    counts = [str(getattr(found, name)) for name in COUNTS]
    return [*counts, reasons_text(found), wait_text(found)]


def _table_of_rows(fleet: Fleet, rows: Sequence[SimulatedRow]) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in ("planned (UTC)", "job", "schedule", "fate", "reason", "begins", "ends", "dates"):
        table.add_column(name)
    for row in rows:
        table.add_row(
            _instant(row.planned_at),
            fleet.names[row.job],
            str(row.schedule),
            row.fate.lower(),
            row.reason or "",
            _instant(row.started_at),
            _instant(row.ended_at),
            f"{row.count} up to {_instant(row.covers_until)}" if row.covers_until else "1",
        )
    return table


def _instant(at: datetime | None) -> str:
    return "" if at is None else f"{at:%Y-%m-%d %H:%M:%S}"
