"""Adding and editing a job: one form, checked on the server, usable without script."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from scheduling.actions.drafts import JobRefused
from scheduling.actions.jobs import JobChanged, add_job, edit_job
from scheduling.clock import utc_now
from scheduling.models import Calendar, Job
from scheduling.planning.zones import zone_names
from scheduling.registry import kinds_for
from scheduling.views.comparison import comparison_of
from scheduling.views.finding import find_live_job
from scheduling.views.forms.editor import (
    JobEditor,
    dates_of_form,
    typical_length,
    with_another_schedule,
)
from scheduling.views.forms.schedule import ScheduleForm
from scheduling.views.numbers import number_in

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpRequest, HttpResponse, QueryDict

    from scheduling.views.comparison import EditComparison


@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    """The empty form; what is sent with `save` becomes a job."""
    now = utc_now()
    editor = _editor(request, job=None)
    job = _save(request, editor, now=now) if request.POST.get("act") == "save" else None
    return redirect("job", job.pk) if job else _form_page(request, editor, now=now)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """The form as the job is; what is sent with `save` becomes its next revision."""
    now = utc_now()
    editor = _editor(request, job=find_live_job(request, pk))
    job = _save(request, editor, now=now) if request.POST.get("act") == "save" else None
    return redirect("job", job.pk) if job else _form_page(request, editor, now=now)


@require_safe
def dates(request: HttpRequest) -> HttpResponse:
    """A fragment: the next dates of the schedule being typed with hints, or what is wrong."""
    now = utc_now()
    prefix = request.GET.get("prefix", "")
    form = ScheduleForm(request.GET, prefix=prefix, calendars=_calendars(request))
    schedule = number_in(request.GET.get(f"{prefix}-schedule_id", "")) or 0
    job = Job.objects.visible_to(request.user).filter(schedules=schedule).first()
    dates, review = dates_of_form(form, typical_length(job), now)
    context = {"now": now, "form": form, "dates": dates, "review": review}
    return render(request, "jobs/form.html#dates", context)


def _editor(request: HttpRequest, *, job: Job | None) -> JobEditor:
    data: QueryDict | None = request.POST if request.method == "POST" else None
    if data is not None and data.get("act") == "another":
        data = with_another_schedule(data)
    stored = job.kind if job else request.GET.get("kind", "")
    return JobEditor(
        data,
        job=job,
        kind_slug=data.get("kind", "") if data is not None else stored,
        kinds=kinds_for(is_staff=request.user.is_staff),
        calendars=_calendars(request),
    )


def _calendars(request: HttpRequest) -> list[Calendar]:
    """Those that a schedule of the user may leave out."""
    return list(Calendar.objects.visible_to(request.user).live())


def _save(request: HttpRequest, editor: JobEditor, *, now: datetime) -> Job | None:
    """Save what was typed; None when it is refused, which the editor then shows."""
    if not editor.is_valid():
        return None
    by = request.user.get_username()
    try:
        if editor.job is None:
            job = add_job(draft=editor.draft(), owner=request.user, by=by, now=now)  # type: ignore[arg-type]
        else:
            revision = _revision(request)
            job = edit_job(job=editor.job, draft=editor.draft(), revision=revision, by=by, now=now)
    except JobRefused as error:
        editor.refuse(error.errors)
        return None
    except JobChanged as error:
        editor.refuse({"revision": str(error)})
        return None
    messages.success(request, f"{job} is saved as revision {job.revision}.")
    return job


def _revision(request: HttpRequest) -> int:
    """The revision that the form was made from; 0 is never in force."""
    return number_in(request.POST.get("revision", "")) or 0


def _comparison(request: HttpRequest, editor: JobEditor, *, now: datetime) -> EditComparison | None:
    """What the edit would change, when somebody asked and all that was typed can be read."""
    if editor.job is None or request.POST.get("act") != "show" or not editor.is_valid():
        return None
    return comparison_of(job=editor.job, draft=editor.draft(), now=now)


def _form_page(request: HttpRequest, editor: JobEditor, *, now: datetime) -> HttpResponse:
    is_refused = request.POST.get("act") == "save"
    context = {
        "now": now,
        "editor": editor,
        "job": editor.job,
        "revision": request.POST.get("revision") or (editor.job.revision if editor.job else ""),
        "parts": editor.parts(now),
        "comparison": _comparison(request, editor, now=now),
        "zones": sorted(zone_names()),
        "is_refused": is_refused,
        "hold_back": not is_refused,
    }
    return render(request, "jobs/form.html", context, status=422 if is_refused else 200)
