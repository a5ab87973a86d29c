"""Asking for runs and stopping them. Every door (page, command, cron line) comes through here."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from scheduling.actions.snapshots import snapshot
from scheduling.actions.wake import wake_engines
from scheduling.events import emit
from scheduling.models import Job, Origin, Run
from scheduling.planning.overlap import Admission, admit
from scheduling.planning.refusals import BadRule
from scheduling.planning.verdicts import Disposition, Ground
from scheduling.registry import get_kind
from scheduling.states import Reason, RunState


class JobCannotRun(ValueError):
    """The job is removed, or held until it is repaired."""


class RunInTheWay(ValueError):
    """Another run of the job is open and the job's policy takes no further one."""

    def __init__(self, run: Run, why: str) -> None:
        super().__init__(why)
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
    """Queue a run that no schedule named. Moves no schedule. `foresee` says what it will meet.

    Raises JobCannotRun, RunInTheWay, UnknownKind, or BadParameters when `params` do not fit the
    kind.
    """
    with transaction.atomic():
        job = Job.objects.locked().get(pk=job.pk)
        if job.deleted_at is not None:
            raise JobCannotRun(f"The job {job.name!r} was removed.")
        get_kind(job.kind).read_params({**job.params, **(params or {})})
        admission, first = _admit_one(job)
        if first is not None and admission.disposition is Disposition.SKIPPED:
            raise RunInTheWay(first, _sentence(admission, first))
        if admission.replaces:
            make_room(job.pk, by=by, now=now)
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
            may_wait=admission.queues,
        )
        wake_engines()
    emit("run_requested", area="runs", run=run.pk, job=job.pk, by=by)
    return run


def foresee(job: Job) -> str:
    """What a run asked for now would meet, in a sentence; empty if it would start at once."""
    try:
        admission, first = _admit_one(job)
    except JobCannotRun as error:
        return str(error)
    return "" if first is None else _sentence(admission, first)


def _admit_one(job: Job) -> tuple[Admission, Run | None]:
    """What the job's policy makes of one more run, and the oldest run that it would meet."""
    open_runs = Run.objects.open().filter(job=job)
    try:
        (admission,) = admit(job.policy(), 1, present=open_runs.count())
    except BadRule as error:
        raise JobCannotRun(str(error)) from error
    return admission, open_runs.order_by("pk").first()


def _sentence(admission: Admission, first: Run) -> str:
    found = f"Run {first.pk} of this job is {first.state.lower()}"
    if admission.reason is Ground.QUEUE_FULL:
        return f"{found} and no further one may wait; wait for its end or stop it first."
    if admission.disposition is Disposition.SKIPPED:
        return f"{found}; wait for its end or stop it first."
    if admission.replaces:
        return f"{found}; one asked for now stops it and starts after its end."
    return f"{found}; one asked for now waits for its turn." if admission.queues else ""


def make_room(job_id: int, *, by: str, now: datetime) -> None:
    """Overlap policy `replace`: end what waits and ask what runs to stop, all made before `now`."""
    for run in Run.objects.open().filter(job=job_id, created_at__lt=now):
        if run.state == RunState.RUNNING:
            run.request_stop(by=by, now=now, reason=Reason.REPLACED)
        else:
            run.finish(RunState.CANCELLED, reason=Reason.REPLACED, who=by, now=now)


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
