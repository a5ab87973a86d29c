"""Holds jobs that cannot run and lifts the hold once they can: at every start of an engine."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from scheduling.actions.ledger import fault_code, skip_span
from scheduling.events import emit
from scheduling.kinds import BadParameters
from scheduling.models import DueEntry, Job, Schedule
from scheduling.planning.refusals import BadRule
from scheduling.registry import UnknownKind, get_kind
from scheduling.states import Reason


def review_jobs(*, now: datetime) -> None:
    """Look at every live job and held schedule: hold what is at fault, lift what is well again."""
    for job in Job.objects.live():
        fault = _fault_of(job)
        if fault is not None and str(fault) != job.quarantine_reason:
            hold_job(job, fault)
        elif fault is None and job.is_quarantined:
            _lift(job, now=now)
    for schedule in Schedule.objects.live().exclude(quarantine_reason=""):
        _review_schedule(schedule, now=now)


def _fault_of(job: Job) -> UnknownKind | BadParameters | None:
    try:
        get_kind(job.kind).read_params(job.params)
    except (UnknownKind, BadParameters) as fault:
        return fault
    return None


def hold_job(job: Job, fault: UnknownKind | BadParameters) -> None:
    """Quarantine the job and take its schedules out of the due index; nothing is deleted."""
    with transaction.atomic():
        job.quarantine(fault_code(fault), str(fault))
        DueEntry.objects.hold(job.schedules.live().values_list("pk", flat=True))
    emit("quarantined", area="jobs", level="error", job=job.pk, why=str(fault))


def _review_schedule(schedule: Schedule, *, now: datetime) -> None:
    """Put a schedule back that can be read again, for example with newer time-zone data."""
    try:
        schedule.plan()
    except BadRule:
        return
    with transaction.atomic():
        schedule.quarantine("")
        if not (schedule.job.is_paused or schedule.job.is_quarantined):
            skip_span(schedule, reason=Reason.BAD_PARAMETERS, now=now)
    emit("quarantine_lifted", area="jobs", job=schedule.job_id, schedule=schedule.pk)


def _lift(job: Job, *, now: datetime) -> None:
    """Go on with the next occurrence; those passed over get the reason of the hold."""
    with transaction.atomic():
        reason = Reason(job.quarantine_code)
        job.lift_quarantine()
        if not job.is_paused:
            for schedule in job.schedules.live():
                skip_span(schedule, reason=reason, now=now)
    emit("quarantine_lifted", area="jobs", job=job.pk)
