"""`manage.py schedules`: their futures after an upgrade, and the hold of a restored copy."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from scheduling.actions.fingerprints import accept_futures, changed_futures
from scheduling.actions.installation import NotHeld, accept
from scheduling.clock import utc_now
from scheduling.models import Installation, Schedule

ACTOR = "command line"


class Command(BaseCommand):
    help = (
        "audit: lists the schedules whose dates changed with an upgrade (exit code 1 if there are "
        "any). accept: lets the schedules of a restored database run."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        deeds = parser.add_subparsers(dest="deed", required=True)
        audit = deeds.add_parser("audit", help="compare every schedule's dates with what they were")
        audit.add_argument("--accept", action="store_true", help="take the dates as they are now")
        hold = deeds.add_parser("accept", help="say why all is held, and lift the hold")
        ways = hold.add_mutually_exclusive_group()
        ways.add_argument(
            "--catch-up", action="store_true", help="each job's policy decides what is owed"
        )
        ways.add_argument(
            "--from-now", action="store_true", help="what lies between is recorded as skipped"
        )

    def handle(self, *, deed: str, **options: Any) -> None:
        if deed == "audit":
            self._audit(is_accepted=options["accept"])
        else:
            self._accept(catch_up=options["catch_up"], from_now=options["from_now"])

    def _audit(self, *, is_accepted: bool) -> None:
        changes = changed_futures(now=utc_now())
        for change in changes:
            self.stdout.write(str(change))
        if is_accepted:
            accept_futures(by=ACTOR, now=utc_now())
            self.stdout.write("Every schedule's dates are accepted as they are now.")
        elif changes:
            raise SystemExit(1)
        else:
            number = Schedule.objects.live().count()
            self.stdout.write(f"Every schedule has the future it had: {number} compared.")

    def _accept(self, *, catch_up: bool, from_now: bool) -> None:
        held = Installation.objects.held().first()
        if held is not None and not (catch_up or from_now):
            raise CommandError(f"{held.held_reason} To go on, add --catch-up or --from-now.")
        try:
            accept(by=ACTOR, now=utc_now(), catch_up=catch_up)
        except NotHeld as error:
            raise CommandError(str(error)) from error
        self.stdout.write("Accepted: the schedules go on.")
