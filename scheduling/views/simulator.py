"""What if: the schedules played through for a time to come, with an outage or slower runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.shortcuts import render
from django.utils.timezone import localtime
from django.views.decorators.http import require_safe

from scheduling.actions.forecast import (
    LARGEST_FACTOR,
    SMALLEST_FACTOR,
    ForecastRefused,
    JobFigures,
    figures_of_fleet,
    fleet_of,
    forecast,
)
from scheduling.clock import utc_now
from scheduling.models import Job
from scheduling.planning.forecast import Figures, Outage, figures
from scheduling.views.forecast_words import remarks
from scheduling.views.forms.clock import MomentField

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse

MOST_DATES = 100_000
MOST_DAYS = 31
SHOWN_AT_FIRST = timedelta(days=7)


class SimulatorForm(forms.Form):
    """A question to the simulator."""

    job = forms.ModelChoiceField(Job.objects.none(), required=False)
    start = MomentField(label="From")
    end = MomentField(label="To", help_text=f"At most {MOST_DAYS} days later.")
    down_from = MomentField(label="No scheduler from", required=False)
    down_to = MomentField(label="No scheduler until", required=False)
    factor = forms.FloatField(
        label="Slower by the factor",
        help_text="2: runs take twice as long as usual.",
        min_value=SMALLEST_FACTOR,
        max_value=LARGEST_FACTOR,
    )

    def __init__(self, data: Any, *, jobs: QuerySet[Job], now: datetime) -> None:
        first = localtime(now).replace(minute=0, second=0, microsecond=0)
        defaults = {"start": first, "end": first + SHOWN_AT_FIRST, "factor": 1.0}
        super().__init__(data, initial=defaults, use_required_attribute=False)
        self._jobs = jobs
        self.fields["job"] = forms.ModelChoiceField(
            jobs.order_by("name", "pk"), required=False, empty_label="All jobs"
        )

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or self.cleaned_data
        start, end = typed.get("start"), typed.get("end")
        if start and end and end - start > timedelta(days=MOST_DAYS):
            self.add_error("end", f"Choose at most {MOST_DAYS} days; the command takes more.")
        if bool(typed.get("down_from")) != bool(typed.get("down_to")):
            self.add_error("down_to", "Say both when the outage begins and when it ends.")
        return typed

    def answer(self) -> Answer:
        """Play it through. Raises ForecastRefused. Call it after `is_valid()`."""
        typed = self.cleaned_data
        job: Job | None = typed["job"]
        fleet = fleet_of(self._jobs if job is None else self._jobs.filter(pk=job.pk))
        down = (typed["down_from"], typed["down_to"])
        foreseen = forecast(
            fleet,
            start=typed["start"],
            end=typed["end"],
            outages=[Outage(*down)] if all(down) else [],
            length_factor=typed["factor"],
            most=MOST_DATES,
        )
        rows = figures_of_fleet(fleet, foreseen)
        return Answer(
            rows,
            figures(foreseen.rows, end=foreseen.end),
            [*remarks(foreseen, rows, slots=settings.MAX_RUNNING), *fleet.left_out],
        )


@dataclass(frozen=True)
class Answer:
    """The figures of each job and of all, and what is to be said beside them."""

    rows: list[JobFigures]
    total: Figures
    remarks: list[str]


@require_safe
def simulator(request: HttpRequest) -> HttpResponse:
    """The form, and the answer to what the address asks."""
    jobs = Job.objects.visible_to(request.user).live()
    form = SimulatorForm(request.GET or None, jobs=jobs, now=utc_now())
    answer = None
    if form.is_valid():
        try:
            answer = form.answer()
        except ForecastRefused as error:
            form.add_error(None, str(error))
    return render(request, "simulator.html", {"form": form, "answer": answer})
