"""Where a fault is tried: real engines, innocent jobs beside it, and the audit afterwards.

Every case has the same shape: it arranges, breaks something (`strike`), and the stage then lets one
engine run in peace (`calm`) and holds everything against everything (`found`).
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from scheduling.actions.occurrence_audit import audit_occurrences
from scheduling.clock import utc_now
from scheduling.models import Job, Run, Schedule
from scheduling.states import RunState
from tests.factories.jobs import a_job, every
from tests.faults.accounting import faults
from tests.faults.leftovers import leftovers
from tests.integration.engine.processes import evidence, ticking
from tests.waiting import let_pass, wait_for

RECOVERY_SECONDS = 60.0
INNOCENTS = (("quick", 1, 0.0), ("short", 1, 0.3), ("long", 2, 1.2))


@dataclass
class Stage:
    """One trial of one case. `strikes` counts how often something was broken."""

    env: dict[str, str]
    draw: random.Random
    is_long: bool = False
    strikes: int = 0
    since: dict[int, datetime] = field(default_factory=dict)
    innocents: list[Job] = field(default_factory=list)

    def add_innocents(self) -> None:
        """Three jobs of different rhythms and lengths: each (seconds between, seconds long)."""
        for name, seconds, length in INNOCENTS:
            self.innocents.append(a_job(name, every(seconds), seconds=length, steps=3))
        self.watch()

    def watch(self) -> None:
        """Audit the schedules that there are from their beginning on."""
        for schedule in Schedule.objects.all():
            self.since.setdefault(schedule.pk, schedule.accounted_until)

    def strike(self) -> None:
        """Something is broken now."""
        self.strikes += 1

    def wait_a_moment(self, most: float = 1.5) -> None:
        """Let a drawn time pass while the engines work."""
        let_pass(self.draw.uniform(0.0, most))

    def wait_for_successes(self, *, since: datetime | None = None) -> None:
        """Until each innocent job has succeeded with an occurrence planned after `since`."""
        planned = {"planned_at__gt": since or utc_now()}
        for job in self.innocents:
            runs = Run.objects.filter(job=job, state=RunState.SUCCEEDED, **planned)
            wait_for(runs.exists, seconds=RECOVERY_SECONDS)

    def calm(self) -> None:
        """An engine that nobody disturbs recovers everything within a minute and ends in order."""
        with ticking(self.env) as engine:
            since = utc_now()
            self.wait_for_successes(since=since)
            earlier = Run.objects.filter(state=RunState.RUNNING, started_at__lt=since)
            wait_for(lambda: not earlier.exists(), seconds=RECOVERY_SECONDS)
            assert engine.terminate() == 0

    def found(self) -> list[str]:
        """Whatever is not as it must be (I1 to I7); empty when all held."""
        now = utc_now()
        report = audit_occurrences(since=now - timedelta(days=1), until=now, now=now)
        return [
            *faults(evidence(self.env), since=self.since),
            *map(str, report.differences),
            *leftovers(self.env["DATA_DIR"]),
        ]
