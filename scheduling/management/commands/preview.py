"""`manage.py preview`: when a cron expression fires, as the engine itself reads it."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from scheduling.clock import utc_now
from scheduling.planning.plan import Plan
from scheduling.planning.preview import preview_cron
from scheduling.planning.rules import CronRule
from scheduling.views.dates import review_of

MOST_DATES = 10_000


class Command(BaseCommand):
    help = "Shows when a cron expression fires, or answers a batch of questions as JSON lines."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--cron", metavar="EXPR", help='for example "0 9 * * 1-5"')
        parser.add_argument("--zone", default="UTC", help="an IANA zone, e.g. Europe/Stockholm")
        parser.add_argument(
            "--after", metavar="ISO", help="start after this instant (default: now)"
        )
        parser.add_argument("--count", type=int, default=5, help="how many instants")
        parser.add_argument(
            "--lint",
            action="store_true",
            help="also say what to think about: clock changes, and how others read it",
        )
        parser.add_argument(
            "--batch",
            action="store_true",
            help="read questions as JSON lines and answer each (docs/runbook.md)",
        )

    def handle(self, *, batch: bool, lint: bool, **options: Any) -> None:
        if batch:
            for line in answers(sys.stdin):
                self.stdout.write(line)
            return
        if not options["cron"]:
            raise CommandError('Give an expression: --cron "0 9 * * 1-5", or --batch.')
        after = options["after"] or utc_now().isoformat()
        try:
            instants = preview(options["cron"], options["zone"], after, options["count"])
        except ValueError as error:
            raise CommandError(str(error)) from error
        for instant in instants:
            self.stdout.write(instant)
        if lint:
            for line in review(options["cron"], options["zone"], after):
                self.stdout.write(line)


def review(expression: str, zone: str, start: str) -> Iterable[str]:
    """What the job form says beneath the dates of a valid expression, as lines."""
    plan = Plan(rule=CronRule(expression), zone=zone)
    found = review_of(plan, None, read_instant(start))
    for change in found.changes:
        yield f"- {change.sentence}"
        for choice in change.choices:
            yield f"  {choice.policy}: {choice.result}"
    for hint in found.hints:
        yield f"- {hint.text} ({hint.code})"


def answers(lines: Iterable[str]) -> Iterable[str]:
    """Answer each question; a bad one gets its error and the rest go on."""
    for line in lines:
        if line.strip():
            yield json.dumps(_answer(line))


def _answer(line: str) -> dict[str, Any]:
    try:
        case = json.loads(line)
    except (ValueError, RecursionError) as error:
        return {"id": None, "error": f"The line is not JSON: {error}."}
    if not isinstance(case, dict):
        return {"id": None, "error": "The line is not a JSON object."}
    missing = [name for name in ("expr", "tz", "start", "n") if name not in case]
    if missing:
        return {"id": case.get("id"), "error": f"The line lacks: {', '.join(missing)}."}
    try:
        result = preview(case["expr"], case["tz"], case["start"], case["n"])
    except ValueError as error:
        return {"id": case.get("id"), "error": str(error)}
    return {"id": case.get("id"), "result": result}


def preview(expression: str, zone: str, start: str, count: int) -> list[str]:
    """The next `count` instants after `start`, in UTC. Raises ValueError with a sentence."""
    if type(count) is not int or not 0 <= count <= MOST_DATES:
        raise ValueError(f"The number of dates must be between 0 and {MOST_DATES}.")
    instants = preview_cron(expression, zone, read_instant(start), count)
    return [instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") for instant in instants]


def read_instant(text: str) -> datetime:
    """An ISO 8601 instant; one without an offset is read as UTC."""
    try:
        instant = datetime.fromisoformat(text)
    except (ValueError, TypeError) as error:
        raise ValueError(
            f"{text!r} is not an instant; write it like 2026-03-28T00:00:00Z."
        ) from error
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
