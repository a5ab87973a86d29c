"""Jobs as people make them: through the actions."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from django.contrib.auth.models import User

from scheduling.actions.drafts import JobDraft, ScheduleDraft
from scheduling.actions.jobs import add_job
from scheduling.clock import utc_now
from scheduling.models import DueEntry, Job

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def a_user(name: str = "alice", *, is_staff: bool = False) -> User:
    return User.objects.get_or_create(username=name, defaults={"is_staff": is_staff})[0]


def a_schedule(**rule: Any) -> ScheduleDraft:
    return ScheduleDraft(rule=rule or {"type": "daily", "times": ["12:00"]}, zone="UTC")


def once_soon() -> ScheduleDraft:
    """Once, in two seconds: time enough to be saved before."""
    return a_schedule(type="once", at=(utc_now() + timedelta(seconds=2)).isoformat())


def every(seconds: int) -> ScheduleDraft:
    return a_schedule(type="interval", every_seconds=seconds)


def a_job(
    name: str = "probe",
    *schedules: ScheduleDraft,
    owner: User | None = None,
    now: datetime | None = None,
    time_limit: timedelta | None = None,
    policies: dict[str, Any] | None = None,
    **params: Any,
) -> Job:
    """A job of the probe kind; `params` tell the probe what to do."""
    draft = JobDraft(
        name=name,
        kind="probe",
        params=params,
        schedules=schedules,
        time_limit=time_limit,
        **(policies or {}),
    )
    return add_job(draft=draft, owner=owner or a_user(), by="alice", now=now or utc_now())


def a_spread_job(*, seconds: int) -> Job:
    """Daily at noon, spread, and due more than two minutes later.

    What a schedule draws depends on its key, which other tests move: one that draws less is
    thrown away.
    """
    draft, now = replace(a_schedule(), jitter_seconds=seconds), NOON - timedelta(hours=2)
    for number in count():
        job = a_job(f"spread {number}", draft, now=now)
        schedule = job.schedules.get()
        due_at = schedule.next_due_at(now)
        if due_at is not None and due_at > NOON + timedelta(minutes=2):
            break
        DueEntry.objects.drop([schedule.pk])
        job.delete()
    return job
