"""What can be done to a job. Each action is one transaction; engines are told with its commit."""

from __future__ import annotations

import unicodedata
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import transaction

from scheduling.actions.drafts import JobDraft, JobRefused, ScheduleDraft, check_job, chosen_sources
from scheduling.actions.ledger import account_until_now, skip_span
from scheduling.actions.wake import wake_engines
from scheduling.events import emit
from scheduling.models import DueEntry, Job, JobRevision, Run, Schedule
from scheduling.registry import get_kind
from scheduling.states import Reason, RunState

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser


class JobChanged(ValueError):
    """Somebody else saved the job after it was shown."""


def add_job(*, draft: JobDraft, owner: AbstractBaseUser, by: str, now: datetime) -> Job:
    """Save a new job with its schedules, in force with the commit. Raises JobRefused."""
    check_job(draft)
    with transaction.atomic():
        job = Job(owner_id=owner.pk, created_at=now)
        _save_definition(job, draft)
        for schedule in draft.schedules:
            _put_schedule(job, schedule, now=now)
        _write_revision(job, by=by, now=now, note="added")
        wake_engines()
    emit("job_added", area="jobs", job=job.pk, name=job.name, by=by)
    return job


def edit_job(*, job: Job, draft: JobDraft, revision: int, by: str, now: datetime) -> Job:
    """Replace the definition. What the old rules named until `now` is accounted for first.

    Raises JobRefused, and JobChanged when `revision` is not the one in force.
    """
    check_job(draft)
    with transaction.atomic():
        job = Job.objects.locked().get(pk=job.pk)
        if job.revision != revision:
            raise JobChanged(
                f"Revision {job.revision} is in force, you edited revision {revision}: "
                "look at the newer one and repeat your change."
            )
        _close_books(job, now=now)
        job.quarantine_code = job.quarantine_reason = ""
        _save_definition(job, draft)
        _replace_schedules(job, draft.schedules, now=now)
        _write_revision(job, by=by, now=now, note="edited")
        wake_engines()
    emit("job_edited", area="jobs", job=job.pk, revision=job.revision, by=by)
    return job


def pause_job(*, job: Job, reason: str, by: str, now: datetime) -> None:
    """Hold the schedules; running runs go on. Pausing a paused job changes nothing."""
    if not reason.strip():
        raise JobRefused({"reason": "Say why the job is paused; others will read it."})
    with transaction.atomic():
        job = Job.objects.locked().get(pk=job.pk)
        if job.is_paused or job.deleted_at is not None:
            return
        _close_books(job, now=now)
        job.pause(reason=reason.strip()[:500], by=by, now=now)
        DueEntry.objects.hold(job.schedules.live().values_list("pk", flat=True))
        _write_revision(job, by=by, now=now, note=f"paused: {reason.strip()}"[:200])
        wake_engines()
    emit("job_paused", area="jobs", job=job.pk, by=by, reason=reason)


def resume_job(*, job: Job, by: str, now: datetime) -> None:
    """Go on with the next future occurrence; those paused over are recorded as skipped."""
    with transaction.atomic():
        job = Job.objects.locked().get(pk=job.pk)
        if not job.is_paused or job.deleted_at is not None:
            return
        job.resume()
        for schedule in job.schedules.live():
            skip_span(schedule, reason=Reason.PAUSED, now=now)
        _write_revision(job, by=by, now=now, note="resumed")
        wake_engines()
    emit("job_resumed", area="jobs", job=job.pk, by=by)


def remove_job(*, job: Job, by: str, now: datetime) -> None:
    """Take the job out of service. Its history stays; waiting runs are cancelled."""
    with transaction.atomic():
        job = Job.objects.locked().get(pk=job.pk)
        if job.deleted_at is not None:
            return
        _close_books(job, now=now)
        for run in Run.objects.filter(job=job, state=RunState.PENDING):
            run.finish(RunState.CANCELLED, reason=Reason.CANCELLED_BY_USER, who=by, now=now)
        DueEntry.objects.drop(job.schedules.values_list("pk", flat=True))
        job.soft_delete(now=now)
        _write_revision(job, by=by, now=now, note="removed")
        wake_engines()
    emit("job_removed", area="jobs", job=job.pk, by=by)


def _close_books(job: Job, *, now: datetime) -> None:
    """Write down what the rules in force named until now, before they change."""
    for schedule in job.schedules.live():
        if job.is_paused:
            skip_span(schedule, reason=Reason.PAUSED, now=now)
        elif job.is_quarantined:
            skip_span(schedule, reason=Reason(job.quarantine_code), now=now)
        else:
            account_until_now(schedule, now=now)


def _save_definition(job: Job, draft: JobDraft) -> None:
    kind = get_kind(draft.kind)
    job.name = unicodedata.normalize("NFKC", draft.name).strip()
    job.kind = kind.slug
    job.params = kind.read_params(draft.params).model_dump(mode="json")
    job.misfire, job.catchup_window = draft.misfire, draft.catchup_window
    job.max_catchup, job.overlap = draft.max_catchup, draft.overlap
    job.max_queued, job.max_parallel = draft.max_queued, draft.max_parallel
    job.time_limit = draft.time_limit or kind.time_limit
    job.max_attempts = draft.max_attempts or kind.max_attempts
    _check_fields(job)
    job.save()
    job.sources.set(chosen_sources(draft))


def _check_fields(job: Job) -> None:
    """What the model itself demands, constraints included. Raises JobRefused with each fault."""
    try:
        job.full_clean(exclude=["quarantine_reason", "paused_reason"])
    except ValidationError as error:
        faults = {name: " ".join(texts) for name, texts in error.message_dict.items()}
        if NON_FIELD_ERRORS in faults:
            faults["name"] = faults.pop(NON_FIELD_ERRORS)
        raise JobRefused(faults) from error


def _replace_schedules(job: Job, drafts: tuple[ScheduleDraft, ...], *, now: datetime) -> None:
    kept = {draft.schedule_id for draft in drafts}
    for schedule in job.schedules.live():
        if schedule.pk not in kept:
            schedule.soft_delete(now=now)
            DueEntry.objects.drop([schedule.pk])
    for draft in drafts:
        _put_schedule(job, draft, now=now)


def _put_schedule(job: Job, draft: ScheduleDraft, *, now: datetime) -> None:
    """Add a schedule or change the one the draft names, and enter it into the due index."""
    schedule = Schedule(job=job)
    if draft.schedule_id is not None:
        found = job.schedules.live().filter(pk=draft.schedule_id).first()
        if found is None:
            raise JobRefused({"schedules": "One of the schedules is no longer there; reload."})
        schedule = found
    schedule.rule, schedule.zone = draft.rule, draft.zone
    schedule.gap_policy, schedule.repeat_policy = draft.gap_policy, draft.repeat_policy
    schedule.starts_at, schedule.ends_at = draft.starts_at, draft.ends_at
    schedule.jitter_seconds = draft.jitter_seconds
    schedule.accounted_until = now
    schedule.quarantine_reason = ""
    schedule.save()
    DueEntry.objects.put(schedule.pk, None if job.is_paused else schedule.next_due_at(now))


def _write_revision(job: Job, *, by: str, now: datetime, note: str) -> None:
    """Freeze the definition under the next number. A pause or a resume is a revision too."""
    job.next_revision()
    definition: dict[str, Any] = {
        **job.definition(),
        "schedules": [schedule.definition() for schedule in job.schedules.live()],
        "paused_reason": job.paused_reason,
        "is_deleted": job.deleted_at is not None,
    }
    JobRevision.objects.create(
        job=job,
        number=job.revision,
        definition=definition,
        changed_at=now,
        changed_by=by[:150],
        note=note,
    )
