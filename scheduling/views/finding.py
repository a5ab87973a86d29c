"""The one way from a URL to a row: what belongs to somebody else is not found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.utils.http import url_has_allowed_host_and_scheme

from scheduling.models import Backfill, Job, Run, Schedule

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


def find_job(request: HttpRequest, pk: int) -> Job:
    """A job that the user may see; a removed one too, for its history."""
    return get_object_or_404(Job.objects.visible_to(request.user).select_related("owner"), pk=pk)


def find_live_job(request: HttpRequest, pk: int) -> Job:
    """A job that can be changed: a removed one is not found."""
    return get_object_or_404(Job.objects.visible_to(request.user).live(), pk=pk)


def find_schedule(request: HttpRequest, pk: int) -> Schedule:
    """A schedule of a job that the user may see; one out of service too, for what it left open."""
    schedules = Schedule.objects.visible_to(request.user)
    return get_object_or_404(schedules.select_related("job"), pk=pk)


def find_run(request: HttpRequest, pk: int) -> Run:
    runs = Run.objects.visible_to(request.user)
    return get_object_or_404(runs.select_related("job", "schedule", "claimed_by"), pk=pk)


def refuse_unless_staff(request: HttpRequest) -> None:
    if not request.user.is_staff:
        raise Http404("This is for staff.")


def find_backfill(request: HttpRequest, pk: int) -> Backfill:
    backfills = Backfill.objects.visible_to(request.user)
    return get_object_or_404(backfills.select_related("job", "schedule"), pk=pk)


def go_back(request: HttpRequest, default: str, *args: object) -> HttpResponse:
    """To the page that the form's `next` names, if it is one of ours, else to `default`."""
    target = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure())
    return redirect(target) if is_ours else redirect(default, *args)
