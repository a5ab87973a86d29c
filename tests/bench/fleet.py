"""Many jobs with a schedule each, written without the actions: saving 100,000 takes too long."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from scheduling.models import DueEntry, Job, Schedule
from tests.factories.jobs import NOON, a_user

ZONE = "America/New_York"


def many_jobs(number: int, *, kind: str, now: datetime) -> list[Job]:
    owner = a_user()
    return Job.objects.bulk_create(
        (Job(name=f"job {n}", kind=kind, owner=owner, created_at=now) for n in range(number)),
        batch_size=5_000,
    )


def many_schedules(number: int, *, due_at: datetime = NOON, kind: str = "probe") -> None:
    """All due at once, at a full minute; a fifth of them with a rhythm of their own."""
    now = due_at - timedelta(hours=1)
    jobs = many_jobs(number, kind=kind, now=now)
    schedules = Schedule.objects.bulk_create(
        (
            Schedule(job=job, rule=_rule(n, due_at), zone=ZONE, accounted_until=now)
            for n, job in enumerate(jobs)
        ),
        batch_size=5_000,
    )
    DueEntry.objects.bulk_create(
        (
            DueEntry(id=str(schedule.pk), next_run_time=due_at, job_state=b"")
            for schedule in schedules
        ),
        batch_size=5_000,
    )


def _rule(number: int, due_at: datetime) -> dict[str, Any]:
    if number % 5 == 0:
        every_seconds = 3600 + number
        return {"type": "interval", "every_seconds": every_seconds, "anchor": due_at.isoformat()}
    local = due_at.astimezone(ZoneInfo(ZONE))
    return {"type": "cron", "expression": f"{local.minute} {local.hour} * * *"}
