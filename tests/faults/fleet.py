"""A row in every table: the sick job's and what hangs on it, beside a job that has done nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import models
from django_apscheduler.models import DjangoJob, DjangoJobExecution

from collectors.disclosures.models import Politician, Snapshot, Term
from scheduling.models import (
    Artifact,
    Backfill,
    DailyRollup,
    DueEntry,
    EngineLease,
    Environment,
    Installation,
    Job,
    LogLine,
    Notice,
    OccurrenceAudit,
    Pool,
)
from scheduling.states import RunState
from tests.factories.calendars import a_calendar, not_on
from tests.factories.disclosures import a_filing, a_transaction
from tests.factories.jobs import NOON, a_job, every
from tests.factories.runs import a_running_run, a_worker
from tests.factories.sources import a_source

EARLIER = NOON - timedelta(days=1)


def an_innocent_job() -> Job:
    """One that must go on whatever happens to the rows of others."""
    return a_job("innocent", every(60), now=NOON)


def a_sick_fleet() -> dict[type[models.Model], models.Model]:
    """Table -> the row of it that will be damaged. All belong to one job, or to none."""
    return {type(row): row for row in [*_schedule_rows(), *_run_rows(), *_other_rows()]}


def _schedule_rows() -> list[models.Model]:
    calendar = a_calendar("sick days", now=EARLIER)
    job = a_job("sick", not_on(calendar, type="interval", every_seconds=60), now=NOON)
    pool = Pool.objects.create(name="sick", slots=2)
    source = a_source("sick")
    job.pool = pool
    job.save()
    job.sources.add(source)
    schedule, revision = job.schedules.get(), job.revisions.get()
    entry = DueEntry.objects.get(id=str(schedule.pk))
    return [
        calendar,
        job,
        pool,
        source,
        schedule,
        revision,
        entry,
        DjangoJob.objects.get(id=entry.pk),
    ]


def _run_rows() -> list[models.Model]:
    job = Job.objects.get(name="sick")
    schedule = job.schedules.get()
    worker = a_worker(now=NOON)
    run, attempt = a_running_run(job, worker)
    span = {"since": EARLIER, "until": NOON, "total_count": 1, "created_at": NOON}
    backfill = Backfill.objects.create(job=job, schedule=schedule, created_by="alice", **span)
    line = {"run": run, "attempt_number": 1, "at": NOON, "level": "INFO", "text": "at work"}
    file = {"run": run, "name": "a.txt", "media_type": "text/plain", "size": 1, "sha256": "0" * 64}
    execution = {"job_id": str(schedule.pk), "status": "Executed", "run_time": NOON}
    return [
        worker,
        run,
        attempt,
        run.events.get(),
        backfill,
        LogLine.objects.create(**line),
        Artifact.objects.create(created_at=NOON, **file),
        DjangoJobExecution.objects.create(**execution),
        DailyRollup.objects.create(job=job, due_on=EARLIER.date(), state=RunState.SUCCEEDED),
    ]


def _other_rows() -> list[models.Model]:
    job = Job.objects.get(name="sick")
    made: dict[str, Any] = {"version": "1", "python": "3.11", "packages": {"django": "5.2"}}
    audit = {"since": EARLIER, "until": NOON, "occurrence_count": 1, "difference_count": 0}
    politician = Politician.objects.create(bioguide_id="S000001", family_name="Sick")
    seat = {"chamber": "HOUSE", "state": "MN", "district": 4}
    held = {"started_on": EARLIER.date(), "ended_on": NOON.date()}
    filing = a_filing()
    return [
        Environment.objects.create(digest="d" * 64, first_seen_at=NOON, **made),
        Installation.objects.create(uid="here", seen_at=NOON),
        EngineLease.objects.create(expires_at=EARLIER),
        OccurrenceAudit.objects.create(ran_at=EARLIER, **audit),
        Notice.objects.create(code="OVERLAP_STREAK", job=job, text="Ill.", raised_at=NOON),
        politician,
        Term.objects.create(politician=politician, **seat, **held),
        Snapshot.objects.create(url="https://example.org", sha256="0" * 64, fetched_at=NOON),
        filing,
        a_transaction(filing),
    ]
