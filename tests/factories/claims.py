"""The queue as tests look at it: one run after the other, without a supervisor."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from scheduling.execution import claiming
from scheduling.models import Attempt, Run, Worker


def candidates(now: datetime, *, limit: int) -> list[Run]:
    """Those that a worker would look at next."""
    return list(claiming.candidates(now)[:limit])


def claim(run: Run, worker: Worker, *, now: datetime) -> Attempt | None:
    """Claim this run alone, if it may start; the object then says what became of it."""
    look = claiming.claim_next(worker, now=now, limit=1, among=Q(pk=run.pk))
    run.refresh_from_db()
    return look.claimed[0].attempt if look.claimed else None
