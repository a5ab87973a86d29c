"""Calendars of times at which schedules do not run: who uses them, and what comes next in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from scheduling.actions.calendars import (
    CalendarChanged,
    CalendarInUse,
    CalendarRefused,
    add_calendar,
    edit_calendar,
    jobs_using,
    remove_calendar,
)
from scheduling.clock import utc_now
from scheduling.models import Calendar, Job, Schedule
from scheduling.planning.zones import zone_names
from scheduling.views.forms.calendar import CalendarForm, blank_calendar, typed_for_calendar
from scheduling.views.numbers import number_in
from scheduling.views.spells import NextSpells, next_spells, next_spells_of

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpRequest, HttpResponse

    from scheduling.models.job import JobQuerySet


@dataclass(frozen=True)
class CalendarRow:
    """A calendar in the list. `jobs` are those of its users that the reader may see."""

    calendar: Calendar
    next: NextSpells
    jobs: list[Job]
    may_edit: bool


@require_safe
def calendar_list(request: HttpRequest) -> HttpResponse:
    """All calendars, with their next spells and the jobs that run around them."""
    now = utc_now()
    calendars = Calendar.objects.visible_to(request.user).live().select_related("owner")
    editable = set(Calendar.objects.editable_by(request.user).values_list("pk", flat=True))
    users = _users(Job.objects.visible_to(request.user).live())
    rows = [
        CalendarRow(each, next_spells_of(each, now), users.get(each.pk, []), each.pk in editable)
        for each in calendars
    ]
    return render(request, "calendars/list.html", {"now": now, "rows": rows})


def _users(jobs: JobQuerySet) -> dict[int, list[Job]]:
    """Calendar -> those of the jobs with a schedule that uses it."""
    used = Schedule.objects.live().filter(job__in=jobs, calendars__isnull=False)
    pairs = list(used.order_by("job__name").values_list("calendars", "job").distinct())
    found = jobs.in_bulk({job for _, job in pairs})
    users: dict[int, list[Job]] = {}
    for calendar, job in pairs:
        if job in found:  # else somebody removed it just now
            users.setdefault(calendar, []).append(found[job])
    return users


@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    """The empty form; what is sent becomes a calendar."""
    form = CalendarForm(request.POST or None, initial=blank_calendar())
    return _form_page(request, form, calendar=None)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """The form as the calendar is; what is sent changes every schedule that uses it."""
    calendar = _find_editable(request, pk)
    form = CalendarForm(request.POST or None, initial=typed_for_calendar(calendar))
    return _form_page(request, form, calendar=calendar)


@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask once more; a calendar that is used stays, and the page says by which jobs."""
    calendar = _find_editable(request, pk)
    if request.method == "POST":
        try:
            remove_calendar(calendar=calendar, by=request.user.get_username(), now=utc_now())
        except CalendarInUse as error:
            messages.error(request, f"{calendar} was not removed: {error}")
        else:
            messages.success(request, f"{calendar} was removed.")
            return redirect("calendars")
    jobs = jobs_using(calendar)
    shown = list(jobs.visible_to(request.user))
    context = {"calendar": calendar, "jobs": shown, "others": jobs.count() - len(shown)}
    return render(request, "calendars/remove.html", context)


@require_safe
def spells(request: HttpRequest) -> HttpResponse:
    """A fragment: the next spells of the calendar being typed, or what is wrong with it."""
    form = CalendarForm(request.GET)
    return render(request, "calendars/form.html#spells", _preview(form, utc_now()))


def _find_editable(request: HttpRequest, pk: int) -> Calendar:
    """A calendar that the user may change: one of somebody else is not found."""
    return get_object_or_404(Calendar.objects.editable_by(request.user).live(), pk=pk)


def _form_page(
    request: HttpRequest, form: CalendarForm, *, calendar: Calendar | None
) -> HttpResponse:
    now = utc_now()
    is_sent = request.POST.get("act") == "save"
    if is_sent and _save(request, form, calendar=calendar, now=now):
        return redirect("calendars")
    context = {
        **_preview(form, now),
        "heading": f"Edit {calendar.name}" if calendar else "Add a calendar",
        "calendar": calendar,
        "revision": request.POST.get("revision") or (calendar.revision if calendar else ""),
        "job_count": jobs_using(calendar).count() if calendar else 0,
        "zones": sorted(zone_names()),
        "is_refused": is_sent,
    }
    return render(request, "calendars/form.html", context, status=422 if is_sent else 200)


def _preview(form: CalendarForm, now: datetime) -> dict[str, object]:
    shown = form if form.is_bound else CalendarForm(form.initial)
    typed = shown.calendar
    return {"form": form, "next": None if typed is None else next_spells(typed, now)}


def _save(
    request: HttpRequest, form: CalendarForm, *, calendar: Calendar | None, now: datetime
) -> bool:
    """Save what was typed; False when it is refused, which the form then shows."""
    if not form.is_valid():
        return False
    by = request.user.get_username()
    try:
        if calendar is None:
            saved = add_calendar(draft=form.draft(), owner=request.user, by=by, now=now)  # type: ignore[arg-type]
        else:
            revision = number_in(request.POST.get("revision", "")) or 0
            saved = edit_calendar(
                calendar=calendar, draft=form.draft(), revision=revision, by=by, now=now
            )
    except CalendarRefused as error:
        form.refuse(error.errors)
        return False
    except CalendarChanged as error:
        form.refuse({"revision": str(error)})
        return False
    messages.success(request, f"{saved} is saved.")
    return True
