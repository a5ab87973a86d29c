"""Asking for runs and stopping them. Every door (page, command, cron line) comes through here."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from scheduling.actions.snapshots import snapshot
from scheduling.actions.wake import wake_engines
from scheduling.events import emit
from scheduling.models import Job, Origin, Overlap, Run
from scheduling.registry import get_kind
from scheduling.states import Reason, RunState

WAITING = (Overlap.QUEUE_ONE, Overlap.QUEUE_ALL)


class JobCannotRun(ValueError):
    """The job is removed, or held until it is repaired."""


class RunInTheWay(ValueError):
    """Another run of the job is active or queued and the job's policy lets no second one start."""

    def __init__(self, run: Run) -> None:
        super().__init__(
            f"Run {run.pk} of this job is {run.state.lower()}; wait for its end or stop it first."
        )
        self.run = run


class RunIsOver(ValueError):
    """The run has ended; there is nothing left to stop."""


def request_run(
    *,
    job: Job,
    by: str,
    now: datetime,
    origin: Origin,
    params: dict[str, Any] | None = None,
    dry_run: bool = False,
) -> Run:
    """Queue a run that no schedule named. Moves no schedule.

    Raises JobCannotRun, RunInTheWay, UnknownKind, or BadParameters when `params` do not fit the
    kind.
    """
    with transaction.atomic():
        job = Job.objects.locked().get(pk=job.pk)
        if job.deleted_at is not None:
            raise JobCannotRun(f"The job {job.name!r} was removed.")
        get_kind(job.kind).read_params({**job.params, **(params or {})})
        _refuse_if_in_the_way(job)
        run = Run.objects.create(
            job=job,
            due_at=now,
            created_at=now,
            available_at=now,
            origin=origin,
            requested_by=by,
            dry_run=dry_run,
            snapshot=snapshot(job, params=params),
            state=RunState.PENDING,
            parallel_limit=job.parallel_limit,
            may_wait=job.overlap in WAITING,
        )
        wake_engines()
    emit("run_requested", area="runs", run=run.pk, job=job.pk, by=by)
    return run


def _refuse_if_in_the_way(job: Job) -> None:
    open_runs = Run.objects.filter(job=job, state__in=[RunState.RUNNING, RunState.PENDING])
    limit = job.parallel_limit + (job.max_queued if job.overlap in WAITING else 0)
    first = open_runs.order_by("pk").first()
    if first is not None and open_runs.count() >= limit:
        raise RunInTheWay(first)


def cancel_run(*, run: Run, by: str, now: datetime) -> None:
    """End a pending run at once, or ask a running one to stop. Raises RunIsOver."""
    with transaction.atomic():
        run.refresh_from_db()
        if run.is_final:
            raise RunIsOver(f"Run {run.pk} has ended already ({run.state.lower()}).")
        if run.state == RunState.PENDING:
            reason = Reason.CANCELLED_BY_USER
            run.finish(RunState.CANCELLED, reason=reason, who=by, now=now)
        else:
            run.request_stop(by=by, now=now)
        wake_engines()
    emit("run_cancel_requested", area="runs", run=run.pk, by=by)
