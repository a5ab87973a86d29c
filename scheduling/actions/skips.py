"""Dates of a schedule that are skipped beforehand, because somebody said so."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import transaction

from scheduling.actions.revisions import (
    close_books,
    put_in_force,
    takes_effect_at,
    write_revision,
)
from scheduling.actions.wake import wake_engines
from scheduling.events import emit
from scheduling.models import Job, Schedule
from scheduling.planning.plan import occurrences

MOST_SKIPPED = 100


class SkipRefused(ValueError):
    """The dates of the schedule cannot be skipped now."""


def skip_next(*, job: Job, schedule: Schedule, count: int, by: str, now: datetime) -> None:
    """Leave out the next `count` dates that would run. Those skipped before stay skipped.

    Raises SkipRefused.
    """
    if not 1 <= count <= MOST_SKIPPED:
        raise SkipRefused(f"Between 1 and {MOST_SKIPPED} dates can be skipped at a time.")
    with transaction.atomic():
        job, schedule, now = _take(job, schedule, now=now)
        dates = occurrences(schedule.plan(), now, limit=count)
        if not dates:
            raise SkipRefused("The schedule names no more dates: there is nothing to skip.")
        until = dates[-1].planned_at
        is_longer = schedule.skip_until is not None and schedule.skip_until > now
        schedule.skip_from = schedule.skip_from if is_longer else now
        schedule.skip_until = until
        put_in_force(schedule, now=now)
        dates_text = "date" if len(dates) == 1 else f"{len(dates)} dates"
        note = f"skips the next {dates_text}, until {until.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        write_revision(job, by=by, now=now, note=note)
        wake_engines()
    emit("dates_skipped", area="jobs", job=job.pk, schedule=schedule.pk, count=len(dates), by=by)


def undo_skip(*, job: Job, schedule: Schedule, by: str, now: datetime) -> None:
    """Let the dates run again that were to be skipped and are still to come.

    Raises SkipRefused.
    """
    with transaction.atomic():
        job, schedule, now = _take(job, schedule, now=now)
        if schedule.skip_until is None:
            return
        schedule.skip_from = schedule.skip_until = None
        put_in_force(schedule, now=now)
        write_revision(job, by=by, now=now, note="no longer skips dates")
        wake_engines()
    emit("skip_undone", area="jobs", job=job.pk, schedule=schedule.pk, by=by)


def _take(job: Job, schedule: Schedule, *, now: datetime) -> tuple[Job, Schedule, datetime]:
    """Both as they are now, the row locked and its books closed; and from when a change counts."""
    job = Job.objects.locked().get(pk=job.pk)
    if job.deleted_at is not None:
        raise SkipRefused(f"The job {job.name!r} was removed.")
    if job.is_paused_at(now):
        raise SkipRefused("The job is paused: none of its dates run until it is resumed.")
    now = takes_effect_at(job, now=now)
    close_books(job, now=now)
    found = job.schedules.live().filter(pk=schedule.pk).first()
    if found is None:
        raise SkipRefused("This schedule is no longer there; reload.")
    if job.is_quarantined or found.quarantine_reason:
        raise SkipRefused("The schedule is held until it is repaired: none of its dates run.")
    return job, found, now
