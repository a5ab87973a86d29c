"""`manage.py why JOB --at "2026-11-01 02:00"`: why a job ran then, or did not, or will."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from scheduling.actions.why import explain
from scheduling.clock import utc_now
from scheduling.management.finding import find_job
from scheduling.planning.moments import read_time
from scheduling.planning.refusals import BadRule


class Command(BaseCommand):
    help = "Explains why a job ran at a time, or did not, or whether it will."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("job", help="name or number, a removed one too")
        parser.add_argument(
            "--at",
            metavar="TEXT",
            help='"2026-11-01 02:00" by the schedule\'s own clock, or with an offset: exact '
            "(default: now)",
        )

    def handle(self, *, job: str, at: str | None, **_options: Any) -> None:
        now = utc_now()
        try:
            asked = now if at is None else read_time(at)
        except BadRule as error:
            raise CommandError(error.reason) from error
        found = explain(job=find_job(job, with_removed=True), at=asked, now=now)
        self.stdout.write(found.verdict)
        for link in found.links:
            self.stdout.write(f"  - {link.text}")
