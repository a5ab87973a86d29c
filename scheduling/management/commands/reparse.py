"""`manage.py reparse KIND`: what an older parser read is parsed again from the archive."""

from __future__ import annotations

from argparse import ArgumentParser
from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand

from scheduling.clock import utc_now
from scheduling.management.commands.parse import document_kind
from scheduling.management.foreground import ForegroundContext


class Command(BaseCommand):
    help = "Parses archived documents again where the parser has changed since. Fetches nothing."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("kind", help="for example house-disclosures")

    def handle(self, *, kind: str, **_options: Any) -> None:
        parser = document_kind(kind)
        context = ForegroundContext(kind=parser, clock=utc_now, say=self.stderr.write)
        statuses: Counter[str] = Counter()
        for document, status in parser.reparse(context):
            statuses[status] += 1
            self.stdout.write(f"{document} {status}")
        told = ", ".join(f"{number} {status}" for status, number in sorted(statuses.items()))
        self.stdout.write(f"Parsed again: {told or 'nothing; all is up to date'}.")
