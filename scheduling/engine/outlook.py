"""What an engine that leads asks before each tick, in one statement: a calm tick asks no other."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, Subquery

from scheduling.models import DueEntry, EngineLease, Installation, Job, JobRevision

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

    from scheduling.models import Worker


@dataclass(frozen=True)
class Outlook:
    """Whether schedules are held, whether an edit is still to be acknowledged, and what is next."""

    is_held: bool
    has_unsaid: bool
    pause_ends_at: datetime | None
    due_at: datetime | None

    @property
    def next_at(self) -> datetime | None:
        """When something is to be done again; None means nothing until somebody changes a job."""
        return min((at for at in (self.pause_ends_at, self.due_at) if at), default=None)

    def has_pause_to_end(self, now: datetime) -> bool:
        return self.pause_ends_at is not None and self.pause_ends_at <= now

    def is_due(self, now: datetime) -> bool:
        return self.next_at is not None and self.next_at <= now


def read_outlook(worker: Worker, epoch: int) -> Outlook | None:
    """None once another engine leads."""
    row = _outlooks().filter(holder=worker, epoch=epoch).first()
    return None if row is None else Outlook(*row)


@cache
def _outlooks() -> QuerySet[EngineLease, tuple[Any, ...]]:
    """What all looks have in common: to put it together takes longer than to ask it."""
    return EngineLease.objects.values_list(
        Exists(Installation.objects.held()),
        Exists(JobRevision.objects.unsaid()),
        Subquery(Job.objects.pauses_that_end().values("paused_until")[:1]),
        Subquery(DueEntry.objects.in_order().values("next_run_time")[:1]),
    )
