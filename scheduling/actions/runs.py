"""Asking for runs and stopping them. Every door (page, command, cron line) comes through here."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from scheduling.actions.snapshots import snapshot
from scheduling.actions.wake import wake_engines
from scheduling.environment import record_environment
from scheduling.events import emit
from scheduling.models import Job, Origin, Run, rank
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
        job = lock_to_run(job.pk)
        frozen = snapshot(job, params=params)
        run = queue_run(job, frozen, by=by, now=now, origin=origin, dry_run=dry_run)
    emit("run_requested", area="runs", run=run.pk, job=job.pk, by=by)
    return run


def lock_to_run(job_id: int) -> Job:
    """The job, unchanged until the commit. Raises JobCannotRun for one that was removed."""
    job = Job.objects.locked().get(pk=job_id)
    if job.deleted_at is not None:
        raise JobCannotRun(f"The job {job.name!r} was removed.")
    return job


def queue_run(
    job: Job, frozen: dict[str, Any], *, by: str, now: datetime, origin: Origin, **fields: Any
) -> Run:
    """Queue a run of the locked job with the snapshot `frozen`, inside the caller's transaction.

    Raises as `request_run` does.
    """
    get_kind(frozen["job"]["kind"]).read_params(frozen["job"]["params"])
    admission, first = _admit_one(job)
    if first is not None and admission.disposition is Disposition.SKIPPED:
        raise RunInTheWay(first, _sentence(admission, first))
    if admission.replaces:
        make_room(job.pk, by=by, now=now)
    record_environment(now=now)
    limits = {"parallel_limit": job.parallel_limit, "may_wait": admission.queues}
    run = make_run(job, frozen, by=by, now=now, origin=origin, **limits, **fields)
    wake_engines()
    return run


def make_run(
    job: Job, frozen: dict[str, Any], *, by: str, now: datetime, origin: Origin, **fields: Any
) -> Run:
    """The row of a run that no schedule named, due now. What it meets is for the caller to say,
    and so is the environment to be recorded.
    """
    return Run.objects.create(
        job=job,
        due_at=now,
        created_at=now,
        available_at=now,
        ranked_at=rank(now, job.priority),
        pool=job.pool_name,
        weight=job.weight,
        origin=origin,
        requested_by=by,
        snapshot=frozen,
        state=RunState.PENDING,
        **fields,
    )


def foresee(job: Job) -> str:
    """What a run asked for now would meet, in a sentence; empty if it would start at once."""
    try:
        admission, first = _admit_one(job)
    except JobCannotRun as error:
        return str(error)
    return "" if first is None else _sentence(admission, first)


def _admit_one(job: Job) -> tuple[Admission, Run | None]:
    """What the job's policy makes of one more run, and the oldest run that it would meet."""
    open_runs = Run.objects.open().in_schedule_lane().filter(job=job)
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
    for run in Run.objects.open().in_schedule_lane().filter(job=job_id, created_at__lt=now):
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
        is_ended = run.state == RunState.PENDING and run.finish(
            RunState.CANCELLED, reason=Reason.CANCELLED_BY_USER, who=by, now=now
        )
        if not is_ended:  # a worker may have claimed it since it was read
            run.request_stop(by=by, now=now)
        wake_engines()
    emit("run_cancel_requested", area="runs", run=run.pk, by=by)
