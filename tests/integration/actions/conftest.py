from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from scheduling.actions.drafts import JobDraft, ScheduleDraft
from scheduling.actions.jobs import edit_job
from scheduling.actions.ledger import due_accounts, write_accounts
from scheduling.models import DueEntry, Job, Run, Schedule
from tests.factories.jobs import NOON, a_job, a_schedule

MORNING = NOON - timedelta(hours=2)
DAY = timedelta(days=1)


@pytest.fixture
def job(db: None) -> Job:
    """Daily at noon, added in the morning of the day."""
    return a_job("morning", a_schedule(), now=MORNING)


def tick(now: datetime) -> None:
    """What an engine writes at `now`."""
    accounts = due_accounts(now=now)
    for account in accounts:
        account.settle(now=now)
    write_accounts(accounts, now=now)


def ledger(job: Job) -> list[tuple[datetime | None, str, str]]:
    """The job's rows: planned instant, state, reason."""
    rows = Run.objects.filter(job=job).order_by("planned_at", "pk")
    return list(rows.values_list("planned_at", "state", "reason"))


def due_at(schedule: Schedule) -> datetime | None:
    """When an engine looks at the schedule next."""
    due: datetime | None = DueEntry.objects.get(id=str(schedule.pk)).next_run_time
    return due


def draft_of(job: Job, *schedules: ScheduleDraft, **fields: object) -> JobDraft:
    """The job as it is, with other schedules and fields."""
    values = {"name": job.name, "kind": job.kind, "params": job.params, "schedules": schedules}
    return JobDraft(**{**values, **fields})


def edit(
    job: Job,
    *schedules: ScheduleDraft,
    now: datetime,
    revision: int | None = None,
    **fields: object,
) -> Job:
    """Save the job with these schedules and fields; the revision is the one in force."""
    current = Job.objects.get(pk=job.pk).revision if revision is None else revision
    return edit_job(
        job=job, draft=draft_of(job, *schedules, **fields), revision=current, by="bob", now=now
    )
