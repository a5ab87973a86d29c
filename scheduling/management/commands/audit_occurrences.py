"""`manage.py audit_occurrences`: is every occurrence that the rules named in the ledger?"""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from scheduling.actions.occurrence_audit import LedgerDifference, Report, audit_occurrences
from scheduling.clock import utc_now
from scheduling.management.commands.preview import read_instant
from scheduling.management.finding import find_job
from scheduling.management.output import utc_text


class Command(BaseCommand):
    help = "Holds the ledger against what the rules, with their revisions, named. Exit 1 if not."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--from", dest="since", metavar="ISO", required=True, help="first instant, inclusive"
        )
        parser.add_argument(
            "--to", dest="until", metavar="ISO", help="last instant, inclusive (default: now)"
        )
        parser.add_argument("--job", help="name or number of one job, removed ones too")
        parser.add_argument("--jsonl", action="store_true", help="differences as JSON lines")

    def handle(self, *, since: str, until: str | None, job: str | None, **options: Any) -> None:
        now = utc_now()
        first, last = _bounds(since, until, now=now)
        chosen = None if job is None else find_job(job, with_removed=True)
        report = audit_occurrences(since=first, until=last, now=now, job=chosen)
        for difference in report.differences:
            self.stdout.write(_json(difference) if options["jsonl"] else str(difference))
        for line in _summary(report, asked_until=last):
            (self.stderr if options["jsonl"] else self.stdout).write(line)
        if not report.is_complete:
            sys.exit(1)


def _bounds(since: str, until: str | None, *, now: datetime) -> tuple[datetime, datetime]:
    try:
        first, last = read_instant(since), now if until is None else read_instant(until)
    except ValueError as error:
        raise CommandError(str(error)) from error
    if last < first:
        raise CommandError("The end lies before the start: give --to an instant after --from.")
    return first, last


def _summary(report: Report, *, asked_until: datetime) -> list[str]:
    lines = []
    if report.until < asked_until:
        lines.append(f"Looked at up to now, {utc_text(report.until)}: what comes later is open.")
    if report.purged_until is not None:
        lines.append(
            f"Of some jobs only daily sums are left until {utc_text(report.purged_until)}: they "
            "are looked at from there on."
        )
    if report.held_count:
        lines.append(
            f"{report.held_count} more were named while their job is held (paused or in need of "
            "repair); they are written down when the hold ends."
        )
    if report.is_complete:
        return [*lines, f"complete: {report.occurrence_count} occurrences"]
    number = len(report.differences)
    found = f"{number} difference{'s' if number > 1 else ''}"
    return [*lines, f"{found}; {report.occurrence_count} occurrences stand in the ledger"]


def _json(each: LedgerDifference) -> str:
    fault, at, text = each.difference
    whose = {"job": each.job_name, "job_id": each.job_id, "schedule": each.schedule_id}
    return json.dumps({**whose, "fault": fault, "at": utc_text(at), "text": text})
