"""Rollcall itself: `runscheduler` on PostgreSQL, each run in an isolated child process."""

from __future__ import annotations

import os
import sys
from datetime import datetime
from pathlib import Path

from tests.bench.peers.course import DATABASE_URL, Contestant, main


class Rollcall(Contestant):
    def prepare(self, due_at: datetime) -> None:
        folder = Path(DATABASE_URL.partition("host=")[2]).parent / "rollcall"
        os.environ.update(
            DJANGO_SETTINGS_MODULE="config.settings",
            ENV_FILE=os.devnull,
            DATABASE_URL=DATABASE_URL,
            DATA_DIR=str(folder / "data"),
            LOG_DIR=str(folder / "logs"),
            PROBE_KINDS="1",
        )
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        from tests.bench.fleet import many_schedules

        many_schedules(self.count, due_at=due_at, kind="noop")

    def start(self) -> None:
        self.launch(sys.executable, "manage.py", "runscheduler")

    def handed_over(self) -> int:
        from scheduling.models import Run

        return Run.objects.count()

    def done(self) -> int:
        from scheduling.models import Run

        return Run.objects.filter(state="SUCCEEDED").count()


if __name__ == "__main__":
    main(Rollcall)
