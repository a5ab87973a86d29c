"""Why a job ran at a time, or did not, or will."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django import forms
from django.shortcuts import render
from django.views.decorators.http import require_safe

from scheduling.actions.why import explain
from scheduling.clock import utc_now
from scheduling.planning.moments import moments_of, read_time
from scheduling.planning.refusals import BadRule
from scheduling.views.finding import find_job

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


class WhyForm(forms.Form):
    """A reading of the job's own clock; a link may name an exact instant instead."""

    at = forms.CharField(
        label="Date and time",
        max_length=40,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local", "step": 1}),
    )

    def clean_at(self) -> datetime:
        try:
            return read_time(self.cleaned_data["at"])
        except BadRule as error:
            raise forms.ValidationError(error.reason) from error


@require_safe
def why(request: HttpRequest, pk: int) -> HttpResponse:
    """The question as a form and, once it is asked, the answer."""
    now = utc_now()
    job = find_job(request, pk)
    zones = sorted(set(job.schedules.live().values_list("zone", flat=True)))
    form = WhyForm(request.GET if "at" in request.GET else None)
    context: dict[str, Any] = {"now": now, "job": job, "zones": zones, "form": form}
    if form.is_valid():
        at = form.cleaned_data["at"]
        context["found"] = explain(job=job, at=at, now=now)
        # A field of date and time shows no offset: it gets the reading that was meant.
        context["form"] = WhyForm(initial={"at": _typed(at, zones)})
    return render(request, "jobs/why.html", context)


def _typed(at: datetime, zones: list[str]) -> str:
    try:
        reading = moments_of(at, zones[0] if zones else "UTC")[0].reading
    except BadRule:
        reading = at.replace(tzinfo=None)
    return reading.isoformat(timespec="seconds")
