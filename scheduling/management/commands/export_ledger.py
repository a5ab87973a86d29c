"""`manage.py export_ledger --jsonl`: every run as one JSON object a line, for audits."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from scheduling.management.output import utc_text
from scheduling.models import Attempt, Run


class Command(BaseCommand):
    help = "Writes the ledger to standard output, oldest run first."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--jsonl", action="store_true", help="one JSON object a line")
        parser.add_argument("--job", help="only the runs of the job of this name")

    def handle(self, *, jsonl: bool, job: str | None, **_options: Any) -> None:
        if not jsonl:
            raise CommandError("Name the format: --jsonl is the one there is.")
        for row in ledger_rows(job):
            self.stdout.write(json.dumps(row))


def ledger_rows(job: str | None = None) -> Iterator[dict[str, Any]]:
    """Every run with its attempts; instants in UTC, lengths in the source's own terms."""
    runs = Run.objects.select_related("job").prefetch_related("attempts").order_by("pk")
    if job is not None:
        runs = runs.filter(job__name=job)
    for run in runs.iterator(chunk_size=1000):
        yield _run_row(run)


def _run_row(run: Run) -> dict[str, Any]:
    return {
        "run": run.pk,
        "job": run.job.name,
        "job_id": run.job_id,
        "kind": run.job.kind,
        "schedule": run.schedule_id,
        "planned_at": _iso(run.planned_at),
        "planned_local": run.planned_local or None,
        "due_at": _iso(run.due_at),
        "origin": run.origin,
        "requested_by": run.requested_by or None,
        "state": run.state,
        "reason": run.reason or None,
        "late": run.is_late,
        "created_at": _iso(run.created_at),
        "started_at": _iso(run.started_at),
        "finished_at": _iso(run.finished_at),
        "attempts": [_attempt_row(attempt) for attempt in run.attempts.all()],
        "covers": _covered_range(run),
        "covered_by": _iso(run.covered_by_planned_at),
        "in_the_way": run.in_the_way_id,
        "outcome": run.outcome,
        "error": run.error or None,
    }


def _covered_range(run: Run) -> dict[str, Any] | None:
    """The occurrences that one range row stands for; None for a row that stands for itself."""
    if run.covers_until is None:
        return None
    return {
        "from": _iso(run.planned_at),
        "until": _iso(run.covers_until),
        "count": run.covers_count,
    }


def _attempt_row(attempt: Attempt) -> dict[str, Any]:
    return {
        "number": attempt.number,
        "claim_epoch": attempt.claim_epoch,
        "state": attempt.state,
        "reason": attempt.reason or None,
        "started_at": _iso(attempt.started_at),
        "finished_at": _iso(attempt.finished_at),
        "exit_code": attempt.exit_code,
    }


def _iso(instant: datetime | None) -> str | None:
    return None if instant is None else utc_text(instant)
