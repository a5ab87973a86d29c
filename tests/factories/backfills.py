"""Backfills as people start them: through the actions."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from scheduling.actions.backfills import BackfillDraft, start_backfill
from scheduling.models import Backfill, Job
from tests.factories.jobs import NOON

DAY = timedelta(days=1)
LATER = NOON + timedelta(hours=1)


def a_draft(job: Job, *, days: int = 5, **fields: Any) -> BackfillDraft:
    """The last days before noon of the test day; the range ends before that noon."""
    values = {"since": NOON - days * DAY, "until": NOON, **fields}
    return BackfillDraft(schedule=job.schedules.live().get(), **values)


def a_backfill(job: Job, *, days: int = 5, now: datetime = LATER, **fields: Any) -> Backfill:
    return start_backfill(draft=a_draft(job, days=days, **fields), by="alice", now=now)
