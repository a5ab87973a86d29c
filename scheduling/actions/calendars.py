"""What can be done to a calendar. An edit reaches every schedule that uses it, all at once."""

from __future__ import annotations

import unicodedata
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction

from scheduling.actions.drafts import name_errors
from scheduling.actions.refusals import Refused
from scheduling.actions.revisions import (
    close_books,
    put_in_force,
    takes_effect_at,
    write_revision,
)
from scheduling.actions.wake import wake_engines
from scheduling.events import emit
from scheduling.models import Calendar, Job, Schedule
from scheduling.planning.calendars import calendar_from_json
from scheduling.planning.refusals import BadRule

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser

    from scheduling.models.job import JobQuerySet


class CalendarRefused(Refused):
    """The calendar cannot be saved."""


class CalendarChanged(ValueError):
    """Somebody else saved the calendar after it was shown."""


class CalendarInUse(ValueError):
    """Schedules of `jobs` run around the calendar, so it cannot be removed."""

    def __init__(self, jobs: list[Job]) -> None:
        used = "1 job still uses" if len(jobs) == 1 else f"{len(jobs)} jobs still use"
        super().__init__(f"{used} it.")
        self.jobs = jobs


@dataclass(frozen=True, kw_only=True)
class CalendarDraft:
    """`rule` as `planning.calendars` reads it; its days and readings are those of `zone`."""

    name: str
    zone: str
    rule: dict[str, Any]


def jobs_using(calendar: Calendar) -> JobQuerySet:
    """The live jobs with a schedule that does not run on the calendar's days."""
    schedules = Schedule.objects.live().filter(calendars=calendar)
    return Job.objects.live().filter(pk__in=schedules.values("job"))


def add_calendar(
    *, draft: CalendarDraft, owner: AbstractBaseUser, by: str, now: datetime
) -> Calendar:
    """Save a new calendar, for everybody to use. Raises CalendarRefused."""
    _check(draft)
    calendar = Calendar(owner_id=owner.pk, created_at=now)
    with transaction.atomic():
        _save_definition(calendar, draft, now=now)
    emit("calendar_added", area="calendars", calendar=calendar.pk, name=calendar.name, by=by)
    return calendar


def edit_calendar(
    *, calendar: Calendar, draft: CalendarDraft, revision: int, by: str, now: datetime
) -> Calendar:
    """Change the calendar and with it every schedule that uses it, from `now` on.

    What their rules named until `now` is accounted for first, by the calendar as it was. Raises
    CalendarRefused, and CalendarChanged when `revision` is not the one in force.
    """
    _check(draft)
    with transaction.atomic():
        calendar = Calendar.objects.locked().get(pk=calendar.pk)
        if calendar.deleted_at is not None:
            raise CalendarRefused({"name": "Somebody removed the calendar meanwhile."})
        if calendar.revision != revision:
            raise CalendarChanged(
                f"Revision {calendar.revision} is in force, you edited revision {revision}: "
                "look at the newer one and repeat your change."
            )
        jobs = list(jobs_using(calendar).locked())
        instants = [takes_effect_at(job, now=now) for job in jobs]
        for job, at in zip(jobs, instants, strict=True):
            close_books(job, now=at)
        _save_definition(calendar, draft, now=now)
        for job, at in zip(jobs, instants, strict=True):
            _renew_copies(job, calendar, now=at)
            write_revision(job, by=by, now=at, note=f"calendar {calendar.name} was changed")
        wake_engines()
    emit("calendar_edited", area="calendars", calendar=calendar.pk, jobs=len(jobs), by=by)
    return calendar


def remove_calendar(*, calendar: Calendar, by: str, now: datetime) -> None:
    """Take a calendar away that no schedule uses. Raises CalendarInUse."""
    with transaction.atomic():
        calendar = Calendar.objects.locked().get(pk=calendar.pk)
        if calendar.deleted_at is not None:
            return
        jobs = list(jobs_using(calendar))
        if jobs:
            raise CalendarInUse(jobs)
        calendar.soft_delete(now=now)
    emit("calendar_removed", area="calendars", calendar=calendar.pk, by=by)


def _check(draft: CalendarDraft) -> None:
    errors = name_errors(draft.name, of="calendar")
    try:
        calendar_from_json(asdict(draft))
    except BadRule as error:
        errors.setdefault(error.field, error.reason)
    if errors:
        raise CalendarRefused(errors)


def _save_definition(calendar: Calendar, draft: CalendarDraft, *, now: datetime) -> None:
    calendar.name = unicodedata.normalize("NFKC", draft.name).strip()
    calendar.zone, calendar.rule, calendar.changed_at = draft.zone, draft.rule, now
    calendar.revision += 1
    try:
        calendar.full_clean()
    except ValidationError as error:
        raise CalendarRefused.of(error) from error
    calendar.save()


def _renew_copies(job: Job, calendar: Calendar, *, now: datetime) -> None:
    """Give the job's schedules the calendar as it is now, and enter their new dates."""
    for schedule in job.schedules.live().filter(calendars=calendar):
        schedule.blackouts = [each.definition() for each in schedule.calendars.order_by("pk")]
        put_in_force(schedule, now=now)
