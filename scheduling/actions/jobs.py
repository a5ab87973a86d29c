"""What can be done to a job. Each action is one transaction; engines are told with its commit."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction

from scheduling.actions.drafts import (
    JobDraft,
    JobRefused,
    ScheduleDraft,
    check_dates,
    check_job,
    chosen_sources,
    lock_calendars,
    lock_pool,
)
from scheduling.actions.revisions import (
    PAUSE_END,
    close_books,
    end_pause,
    put_in_force,
    takes_effect_at,
    write_revision,
)
from scheduling.actions.wake import wake_engines
from scheduling.events import emit
from scheduling.models import Calendar, DueEntry, Job, Run, Schedule
from scheduling.registry import get_kind
from scheduling.states import Reason, RunState

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser

PAUSES_AT_ONCE = 100


class JobChanged(ValueError):
    """Somebody else saved the job after it was shown."""


def add_job(*, draft: JobDraft, owner: AbstractBaseUser, by: str, now: datetime) -> Job:
    """Save a new job with its schedules, in force with the commit. Raises JobRefused."""
    check_job(draft)
    with transaction.atomic():
        calendars = lock_calendars(draft)
        job = Job(owner_id=owner.pk, created_at=now)
        _save_definition(job, draft)
        for number, schedule in enumerate(draft.schedules):
            _put_schedule(job, number, schedule, calendars, now=now)
        write_revision(job, by=by, now=now, note="added")
        wake_engines()
    emit("job_added", area="jobs", job=job.pk, name=job.name, by=by)
    return job


def edit_job(*, job: Job, draft: JobDraft, revision: int, by: str, now: datetime) -> Job:
    """Replace the definition. What the old rules named until `now` is accounted for first.

    Raises JobRefused, and JobChanged when `revision` is not the one in force.
    """
    check_job(draft)
    with transaction.atomic():
        calendars = lock_calendars(draft)
        job = Job.objects.locked().get(pk=job.pk)
        if job.revision != revision:
            raise JobChanged(
                f"Revision {job.revision} is in force, you edited revision {revision}: "
                "look at the newer one and repeat your change."
            )
        now = takes_effect_at(job, now=now)
        close_books(job, now=now)
        job.quarantine_code = job.quarantine_reason = ""
        _save_definition(job, draft)
        _replace_schedules(job, draft.schedules, calendars, now=now)
        write_revision(job, by=by, now=now, note="edited")
        wake_engines()
    emit("job_edited", area="jobs", job=job.pk, revision=job.revision, by=by)
    return job


def pause_job(
    *, job: Job, reason: str, by: str, now: datetime, until: datetime | None = None
) -> None:
    """Hold the schedules, `until` then or until somebody resumes the job; running runs go on.

    Raises JobRefused, also for a job that is paused already.
    """
    if not reason.strip():
        raise JobRefused({"reason": "Say why the job is paused; others will read it."})
    with transaction.atomic():
        job = Job.objects.locked().get(pk=job.pk)
        if job.deleted_at is not None:
            return
        if job.is_paused_at(now):
            raise JobRefused({"reason": "The job is paused already: resume it first."})
        now = takes_effect_at(job, now=now)
        if until is not None and until <= now:
            raise JobRefused({"until": "This time has passed; give one that is still to come."})
        close_books(job, now=now)
        job.pause(reason=reason.strip()[:500], by=by, now=now, until=until)
        DueEntry.objects.hold(job.schedules.live().values_list("pk", flat=True), until)
        length = f" until {until.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if until else ""
        write_revision(job, by=by, now=now, note=f"paused{length}: {reason.strip()}")
        wake_engines()
    emit("job_paused", area="jobs", job=job.pk, by=by, reason=reason)


def resume_job(*, job: Job, by: str, now: datetime) -> None:
    """Go on with the next future occurrence; those paused over are recorded as skipped."""
    with transaction.atomic():
        job = Job.objects.locked().get(pk=job.pk)
        if not job.is_paused or job.deleted_at is not None:
            return
        end_pause(job, by=by, now=now)
        wake_engines()
    emit("job_resumed", area="jobs", job=job.pk, by=by)


def end_pauses(*, now: datetime) -> bool:
    """Resume the jobs whose pause was to end by `now`, as of that end; the next ones with the next
    tick, if there are many. False if a pause could not be ended.

    What their schedules named since then, if nobody planned meanwhile, is late: the misfire policy
    decides. A job that somebody changes right now is left to the next tick: no other waits for it.
    """
    all_ended = True
    for job in Job.objects.pauses_that_end().filter(paused_until__lte=now)[:PAUSES_AT_ONCE]:
        try:
            with transaction.atomic():
                if Job.objects.locked(skip_locked=True).filter(pk=job.pk).first() is not None:
                    resume_job(job=job, by=PAUSE_END, now=now)
        except Exception as error:  # noqa: BLE001 - one job must not keep the others from being planned
            emit("pause_end_failed", area="jobs", level="error", job=job.pk, exc_info=error)
            all_ended = False
    return all_ended


def remove_job(*, job: Job, by: str, now: datetime) -> None:
    """Take the job out of service. Its history stays; waiting runs are cancelled."""
    with transaction.atomic():
        job = Job.objects.locked().get(pk=job.pk)
        if job.deleted_at is not None:
            return
        now = takes_effect_at(job, now=now)
        close_books(job, now=now)
        for run in Run.objects.filter(job=job, state=RunState.PENDING):
            run.finish(RunState.CANCELLED, reason=Reason.CANCELLED_BY_USER, who=by, now=now)
        DueEntry.objects.drop(job.schedules.values_list("pk", flat=True))
        job.soft_delete(now=now)
        write_revision(job, by=by, now=now, note="removed")
        wake_engines()
    emit("job_removed", area="jobs", job=job.pk, by=by)


def _save_definition(job: Job, draft: JobDraft) -> None:
    kind = get_kind(draft.kind)
    if kind.is_for_staff and not job.owner.is_staff:
        raise JobRefused({"kind": f"{kind.title} is for jobs that belong to staff."})
    job.name = unicodedata.normalize("NFKC", draft.name).strip()
    job.kind = kind.slug
    job.params = kind.read_params(draft.params).model_dump(mode="json")
    job.misfire, job.catchup_window = draft.misfire, draft.catchup_window
    job.max_catchup, job.overlap = draft.max_catchup, draft.overlap
    job.max_queued, job.max_parallel = draft.max_queued, draft.max_parallel
    job.time_limit = draft.time_limit or kind.time_limit
    job.max_attempts = draft.max_attempts or kind.max_attempts
    job.pool, job.weight, job.priority = lock_pool(draft), draft.weight, draft.priority
    _check_fields(job)
    job.save()
    job.sources.set(chosen_sources(draft))


def _check_fields(job: Job) -> None:
    """What the model itself demands, constraints included. Raises JobRefused with each fault."""
    try:
        job.full_clean(exclude=["quarantine_reason", "paused_reason"])
    except ValidationError as error:
        raise JobRefused.of(error) from error


def _replace_schedules(
    job: Job,
    drafts: tuple[ScheduleDraft, ...],
    calendars: Mapping[int, Calendar],
    *,
    now: datetime,
) -> None:
    kept = {draft.schedule_id for draft in drafts}
    for schedule in job.schedules.live():
        if schedule.pk not in kept:
            schedule.soft_delete(now=now)
            DueEntry.objects.drop([schedule.pk])
    for number, draft in enumerate(drafts):
        _put_schedule(job, number, draft, calendars, now=now)


def _put_schedule(
    job: Job, number: int, draft: ScheduleDraft, calendars: Mapping[int, Calendar], *, now: datetime
) -> None:
    """Add a schedule or change the one the draft names. Dates skipped beforehand are forgotten.

    `number` is its place among the drafts.
    """
    schedule = _schedule_of(job, draft)
    chosen = [calendars[pk] for pk in draft.calendars]
    schedule.rule, schedule.zone = draft.rule, draft.zone
    schedule.gap_policy, schedule.repeat_policy = draft.gap_policy, draft.repeat_policy
    schedule.starts_at, schedule.ends_at = draft.starts_at, draft.ends_at
    schedule.jitter_seconds = draft.jitter_seconds
    schedule.market = draft.market
    schedule.blackouts = [calendar.definition() for calendar in chosen]
    schedule.skip_from = schedule.skip_until = None
    schedule.accounted_until = now
    schedule.quarantine_reason = ""
    schedule.save()
    check_dates(schedule, number, now=now)
    schedule.calendars.set(chosen)
    put_in_force(schedule, now=now)


def _schedule_of(job: Job, draft: ScheduleDraft) -> Schedule:
    if draft.schedule_id is None:
        return Schedule(job=job)
    found = job.schedules.live().filter(pk=draft.schedule_id).first()
    if found is None:
        raise JobRefused({"schedules": "One of the schedules is no longer there; reload."})
    return found
