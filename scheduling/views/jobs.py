"""The list of jobs, and a job's own page."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from django import forms
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.shortcuts import render
from django.views.decorators.http import require_safe

from scheduling.actions.runs import foresee
from scheduling.clock import utc_now
from scheduling.models import Job, Pool, Run, Schedule
from scheduling.planning.plan import count
from scheduling.planning.refusals import BadRule
from scheduling.registry import UnknownKind, get_kind
from scheduling.states import RunState
from scheduling.views.dates import dates_of
from scheduling.views.finding import find_job
from scheduling.views.job_rows import in_force, job_rows
from scheduling.views.runs import length_of, look_of
from scheduling.views.words import HEALTH_LOOKS

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpRequest, HttpResponse

JOBS_ON_A_PAGE = 100
STRIP_LENGTH = 20
RECENT_RUNS = 10
REVISIONS_SHOWN = 20

LIVE = Q(deleted_at=None)
IS_RUNNING = Q(Exists(Run.objects.filter(job=OuterRef("pk"), state=RunState.RUNNING)))
HELD_SCHEDULES = Schedule.objects.filter(job=OuterRef("pk"), deleted_at=None).exclude(
    quarantine_reason=""
)
NEEDS_REPAIR = ~Q(quarantine_reason="") | Q(Exists(HELD_SCHEDULES))
STATES: dict[str, tuple[str, Q]] = {
    "": ("Any", LIVE),
    "active": ("Active", LIVE & Q(paused_at=None) & ~NEEDS_REPAIR),
    "running": ("Running", LIVE & IS_RUNNING),
    "paused": ("Paused", LIVE & Q(paused_at__isnull=False)),
    "repair": ("Needs repair", LIVE & NEEDS_REPAIR),
    "removed": ("Removed", ~LIVE),
}


class JobFilter(forms.Form):
    q = forms.CharField(label="Name", required=False, max_length=120, widget=forms.SearchInput)
    state = forms.ChoiceField(
        required=False, choices=[(value, label) for value, (label, _) in STATES.items()]
    )

    def narrow(self, jobs: QuerySet[Job]) -> QuerySet[Job]:
        """The jobs that the filter lets through: none, if it cannot be read."""
        if not self.is_valid():
            return jobs.none()
        _, condition = STATES[self.cleaned_data["state"]]
        return jobs.filter(condition, name__icontains=self.cleaned_data["q"])


@require_safe
def job_list(request: HttpRequest) -> HttpResponse:
    """The jobs the user may see, with state, schedule, next run, last result and controls."""
    now = utc_now()
    narrowing = JobFilter(request.GET or {"state": ""})
    jobs = narrowing.narrow(Job.objects.visible_to(request.user)).select_related("owner")
    page = Paginator(jobs.order_by("name", "pk"), JOBS_ON_A_PAGE).get_page(request.GET.get("page"))
    rows = job_rows(page.object_list, now=now)  # type: ignore[arg-type]
    context = {
        "now": now,
        "rows": rows,
        "page": page,
        "filter": narrowing,
        "is_filtered": narrowing.has_changed(),
        "is_live": any(row.open_run for row in rows),
    }
    template = "jobs/list.html#rows" if request.htmx else "jobs/list.html"  # type: ignore[attr-defined]
    return render(request, template, context)


@require_safe
def job_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything about one job."""
    now = utc_now()
    job = find_job(request, pk)
    (row,) = job_rows(Job.objects.filter(pk=job.pk), now=now)
    runs = Run.objects.filter(job=job).defer("snapshot", "traceback")[:STRIP_LENGTH]
    shown = [(run, look_of(run), length_of(run)) for run in runs]
    context = {
        "now": now,
        "job": job,
        "row": row,
        "kind_description": _description(job.kind),
        "schedules": [
            (each, dates_of(each, now), _skipped(each, now)) for each in in_force(row.job)
        ],
        "pool": Pool.objects.filter(name=job.pool_name).first(),
        "foreseen": "" if job.deleted_at else foresee(job),
        "sources": [(each, HEALTH_LOOKS[each.health]) for each in job.sources.all()],
        "params": [
            (name.replace("_", " ").capitalize(), _in_words(value))
            for name, value in job.params.items()
        ],
        "runs": shown,
        "recent": shown[:RECENT_RUNS],
        "revisions": list(job.revisions.defer("definition")[:REVISIONS_SHOWN]),
    }
    return render(request, "jobs/page.html", context)


def _skipped(schedule: Schedule, now: datetime) -> int:
    """How many of the schedule's dates to come are skipped beforehand."""
    if schedule.skip_until is None or schedule.skip_until <= now:
        return 0
    try:
        plan = replace(schedule.plan(), skip_from=None, skip_until=None)
    except BadRule:
        return 0
    return count(plan, now, schedule.skip_until)


def _description(slug: str) -> str:
    try:
        return get_kind(slug).description
    except UnknownKind as error:
        return str(error)


def _in_words(value: object) -> str:
    """A parameter's value for people."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return "not set" if value in (None, "") else str(value)
