"""`manage.py up`: everything in one terminal, from an empty folder to a first collection."""

from __future__ import annotations

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand

from scheduling.actions.first_steps import ensure_admin, ensure_example_job
from scheduling.clock import utc_now
from scheduling.management.terminal import Terminal, ensure_env_file


class Command(BaseCommand):
    help = "Prepares what is missing, then runs web server, scheduler and replay server."

    def handle(self, **_options: Any) -> None:
        ensure_env_file()
        call_command("migrate", verbosity=0)
        password = ensure_admin()
        ensure_example_job(now=utc_now())
        terminal = Terminal(say=self.stdout.write)
        terminal.start()
        self.stdout.write(self._welcome(terminal.web_url, password))
        terminal.wait()

    def _welcome(self, url: str, password: str | None) -> str:
        who = (
            f"user admin, password {password} (shown only now)"
            if password
            else "log in as before (python manage.py changepassword admin sets a new password)"
        )
        return self.style.SUCCESS(f"\nRollcall is at {url}  -  {who}\nCtrl-C stops everything.\n")
