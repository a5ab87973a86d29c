"""Holds jobs that cannot run and lifts the hold once they can: when an engine begins to lead."""

from __future__ import annotations

from datetime import datetime
from itertools import chain

from django.db import transaction

from scheduling.actions.ledger import fault_code, skip_span
from scheduling.actions.wake import wake_engines
from scheduling.events import emit
from scheduling.kinds import BadParameters
from scheduling.models import DueEntry, Job, Schedule
from scheduling.models.bulk import lots
from scheduling.planning.refusals import BadRule
from scheduling.registry import UnknownKind, get_kind
from scheduling.states import Reason

JOBS_AT_ONCE = 500  # of a hundred thousand, maybe


def review_jobs(*, now: datetime) -> None:
    """Look at every live job and held schedule: hold what is at fault, lift what is well again."""
    for job in chain.from_iterable(lots(Job.objects.live(), JOBS_AT_ONCE)):
        if not _is_as_it_should_be(job):
            _review_job(job.pk, now=now)
    for schedule in Schedule.objects.live().exclude(quarantine_reason=""):
        _review_schedule(schedule, now=now)


def _is_as_it_should_be(job: Job) -> bool:
    return job.quarantine_reason == str(_fault_of(job) or "")


def _fault_of(job: Job) -> UnknownKind | BadParameters | None:
    try:
        get_kind(job.kind).read_params(job.params)
    except (UnknownKind, BadParameters) as fault:
        return fault
    return None


def _review_job(pk: int, *, now: datetime) -> None:
    """Look again at the row as it is: people go on editing meanwhile."""
    with transaction.atomic():
        job = Job.objects.live().locked().filter(pk=pk).first()
        if job is None or _is_as_it_should_be(job):
            return
        fault = _fault_of(job)
        if fault is None:
            _lift(job, now=now)
        else:
            hold_job(job, fault)


def hold_job(job: Job, fault: UnknownKind | BadParameters) -> None:
    """Quarantine the job and take its schedules out of the due index; nothing is deleted."""
    with transaction.atomic():
        job.quarantine(fault_code(fault), str(fault))
        DueEntry.objects.hold(job.schedules.live().values_list("pk", flat=True))
    emit("quarantined", area="jobs", level="error", job=job.pk, why=str(fault))


def _review_schedule(schedule: Schedule, *, now: datetime) -> None:
    """Put a schedule back that can be read again, for example with newer time-zone data."""
    with transaction.atomic():
        job = Job.objects.locked().get(pk=schedule.job_id)
        schedule.refresh_from_db()
        try:
            schedule.plan()
        except BadRule:
            return
        schedule.quarantine("")
        if not (job.is_paused or job.is_quarantined):
            skip_span(schedule, reason=Reason.BAD_PARAMETERS, now=now)
        wake_engines()
    emit("quarantine_lifted", area="jobs", job=job.pk, schedule=schedule.pk)


def _lift(job: Job, *, now: datetime) -> None:
    """Go on with the next occurrence; those passed over get the reason of the hold."""
    reason = job.held_for
    job.lift_quarantine()
    if not job.is_paused:
        for schedule in job.schedules.live():
            skip_span(schedule, reason=reason, now=now)
    wake_engines()
    emit("quarantine_lifted", area="jobs", job=job.pk)
