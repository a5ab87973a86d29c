"""Which pending run a worker takes next. The job is the key of overlap (semantics 7)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F, Q

from scheduling.execution.streaks import end_streak, note_overlaps
from scheduling.models import Attempt, Job, Origin, Run, Worker
from scheduling.states import Reason, RunState


def candidates(now: datetime, *, limit: int, only_run: int | None = None) -> list[Run]:
    """Pending runs that may start, or whose overlap has to be recorded, oldest first."""
    runs = Run.objects.claimable(now).filter(
        Q(active_count__lt=F("parallel_limit")) | Q(may_wait=False)
    )
    if only_run is not None:
        runs = runs.filter(pk=only_run)
    return list(runs[:limit])


def claim(run: Run, worker: Worker, *, now: datetime) -> Attempt | None:
    """Claim `run` for `worker`; None if another was faster or an active run is in the way.

    The job's row is locked, so that two workers cannot each see the other's run as not yet active.
    """
    with transaction.atomic():
        Job.objects.locked().get(pk=run.job_id)
        active = list(Run.objects.active().filter(job=run.job_id).exclude(pk=run.pk).order_by("pk"))
        if len(active) >= run.parallel_limit:
            _record_overlap(run, active[0], who=str(worker), now=now)
            return None
        if not run.claim(worker, now=now):
            return None
        if run.origin == Origin.SCHEDULE:
            end_streak(run.job_id, now=now)
        return Attempt.objects.create(
            run=run,
            number=run.attempt_count,
            claim_epoch=run.claim_epoch,
            worker=worker,
            started_at=now,
        )


def _record_overlap(run: Run, in_the_way: Run, *, who: str, now: datetime) -> None:
    """A run that may not wait ends here; others stay pending until the way is free."""
    if run.may_wait or run.attempt_count > 0:
        return
    run.finish(RunState.SKIPPED, reason=Reason.OVERLAP, who=who, now=now, in_the_way=in_the_way)
    if run.origin == Origin.SCHEDULE:
        note_overlaps({run.job_id: 1}, now=now)
