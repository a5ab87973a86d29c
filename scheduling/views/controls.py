"""The controls of a job: run now, pause, resume, skip dates, remove. Each calls one action."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.conf import settings
from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from scheduling.actions.drafts import JobRefused
from scheduling.actions.jobs import pause_job, remove_job, resume_job
from scheduling.actions.runs import JobCannotRun, RunInTheWay, foresee, request_run
from scheduling.actions.skips import SkipRefused, skip_next, undo_skip
from scheduling.clock import utc_now
from scheduling.kinds import BadParameters
from scheduling.models import Origin, Run
from scheduling.registry import UnknownKind
from scheduling.states import RunState
from scheduling.views.finding import find_live_job, find_schedule, go_back
from scheduling.views.forms.clock import MomentField
from scheduling.views.numbers import number_in

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


class PauseForm(forms.Form):
    reason = forms.CharField(
        max_length=500,
        help_text="Others will read it beside the job.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    until = MomentField(
        required=False,
        help_text=f"In {settings.TIME_ZONE}. Left empty, it lasts until somebody resumes the job.",
    )


@require_POST
def run_now(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for a run by hand and show it, or what is in the way; say what the run meets."""
    job = find_live_job(request, pk)
    foreseen = foresee(job)
    try:
        run = request_run(
            job=job, by=request.user.get_username(), now=utc_now(), origin=Origin.HAND
        )
    except RunInTheWay as error:
        messages.error(request, str(error))
        return redirect("run", error.run.pk)
    except (JobCannotRun, UnknownKind, BadParameters) as error:
        messages.error(request, f"The job cannot run: {error}")
        return redirect("job", job.pk)
    if foreseen:
        messages.info(request, foreseen)
    return redirect("run", run.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def pause(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for the reason, then hold the job's schedules."""
    job = find_live_job(request, pk)
    form = PauseForm(request.POST or None)
    if form.is_valid():
        try:
            pause_job(
                job=job,
                reason=form.cleaned_data["reason"],
                until=form.cleaned_data["until"],
                by=request.user.get_username(),
                now=utc_now(),
            )
        except JobRefused as error:
            form.add_error(None, error.errors)
        else:
            messages.success(request, f"{job.name} is paused. Resume it whenever you like.")
            return go_back(request, "job", job.pk)
    return render(request, "jobs/pause.html", {"job": job, "form": form})


@require_POST
def resume(request: HttpRequest, pk: int) -> HttpResponse:
    job = find_live_job(request, pk)
    resume_job(job=job, by=request.user.get_username(), now=utc_now())
    messages.success(request, f"{job.name} goes on with its next date.")
    return go_back(request, "job", job.pk)


@require_POST
def skip(request: HttpRequest, pk: int) -> HttpResponse:
    """Leave out the schedule's next dates, as many as `count` says."""
    schedule = find_schedule(request, pk)
    count = number_in(request.POST.get("count", "")) or 0
    by = request.user.get_username()
    try:
        skip_next(job=schedule.job, schedule=schedule, count=count, by=by, now=utc_now())
    except SkipRefused as error:
        messages.error(request, str(error))
    return redirect("job", schedule.job_id)


@require_POST
def unskip(request: HttpRequest, pk: int) -> HttpResponse:
    schedule = find_schedule(request, pk)
    by = request.user.get_username()
    try:
        undo_skip(job=schedule.job, schedule=schedule, by=by, now=utc_now())
    except SkipRefused as error:
        messages.error(request, str(error))
    return redirect("job", schedule.job_id)


@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what will be lost; when that is confirmed, take the job out of service."""
    job = find_live_job(request, pk)
    if request.method == "POST":
        remove_job(job=job, by=request.user.get_username(), now=utc_now())
        messages.success(request, f"{job.name} was removed. Its history stays under Runs.")
        return redirect("jobs")
    runs = Run.objects.filter(job=job)
    context = {
        "job": job,
        "schedule_count": job.schedules.live().count(),
        "waiting": runs.filter(state=RunState.PENDING).count(),
        "running": runs.filter(state=RunState.RUNNING).count(),
    }
    return render(request, "jobs/remove.html", context)
