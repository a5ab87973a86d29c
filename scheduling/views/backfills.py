"""Backfills: a job's own with the form for a new one, and each backfill's page and controls."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from scheduling.actions.backfills import (
    BackfillIsOver,
    BackfillRefused,
    cancel_backfill,
    counts,
    pause_backfill,
    plan_backfill,
    progress_of,
    resume_backfill,
    start_backfill,
)
from scheduling.actions.feeding import why_waits
from scheduling.clock import utc_now
from scheduling.models import Backfill, Reprocess
from scheduling.planning.backfill import DateVerdict, Lot
from scheduling.planning.moments import clock_text
from scheduling.planning.refusals import BadRule
from scheduling.planning.words import counted
from scheduling.registry import UnknownKind, get_kind
from scheduling.states import RunState
from scheduling.views import words
from scheduling.views.finding import find_backfill, find_live_job
from scheduling.views.forms.backfill import BackfillForm
from scheduling.views.paging import page_of
from scheduling.views.runs import length_of, look_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from django.core.paginator import Page
    from django.http import HttpRequest, HttpResponse

    from scheduling.actions.backfills import BackfillDraft

DATES_ON_A_PAGE = 100
BACKFILLS_SHOWN = 20
LOT_LOOKS = {
    Lot.RUN: words.Look("play", "busy", "Run"),
    Lot.KEEP: words.Look("success", "calm", "Keep"),
    Lot.LEFT_OUT: words.Look("skipped", "calm", "Left out"),
}


class DryRun(NamedTuple):
    """How many dates have which lot, and one page of them: each with its look, and why.

    `warning` is empty where nothing is to be feared.
    """

    counts: list[tuple[words.Look, int]]
    runs: int
    page: Page[DateVerdict]
    dates: list[tuple[str, words.Look, str]]
    warning: str


@require_http_methods(["GET", "HEAD", "POST"])
def job_backfills(request: HttpRequest, pk: int) -> HttpResponse:
    """The form, what it would do to each date, and the job's backfills. A POST starts one."""
    now = utc_now()
    job = find_live_job(request, pk)
    form = BackfillForm(request.POST or request.GET or None, schedules=job.schedules.live())
    found = None
    if form.is_valid():
        try:
            if request.method == "POST":
                return _start(request, form, now=now)
            found = _dry_run(request, form, now=now)
        except BackfillRefused as error:
            form.add_error(None, str(error))
    context = {
        "now": now,
        "job": job,
        "form": form,
        "found": found,
        "backfills": [(each, _look_of(each)) for each in job.backfills.all()[:BACKFILLS_SHOWN]],
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "backfills/job.html", context, status=status)


def _start(request: HttpRequest, form: BackfillForm, *, now: datetime) -> HttpResponse:
    backfill = start_backfill(draft=form.draft(), by=request.user.get_username(), now=now)
    messages.success(request, f"The backfill has begun: {counted(backfill.total_count, 'date')}.")
    return redirect("backfill", backfill.pk)


def _dry_run(request: HttpRequest, form: BackfillForm, *, now: datetime) -> DryRun:
    draft = form.draft()
    verdicts = plan_backfill(draft, now=now)
    numbers = counts(verdicts)
    page = Paginator(verdicts, DATES_ON_A_PAGE).get_page(request.GET.get("page"))
    zone = draft.schedule.zone
    return DryRun(
        counts=[(LOT_LOOKS[lot], number) for lot, number in numbers.items()],
        runs=numbers[Lot.RUN],
        page=page,
        dates=[(clock_text(each.planned_at, zone), LOT_LOOKS[each.lot], each.why) for each in page],
        warning=_warning(draft),
    )


def _warning(draft: BackfillDraft) -> str:
    """What to know before dates run twice, of a kind that does not promise that it is safe."""
    try:
        is_idempotent = get_kind(draft.schedule.job.kind).idempotent
    except UnknownKind:
        return ""
    if is_idempotent or draft.reprocess == Reprocess.MISSING:
        return ""
    return (
        "This kind of job does not promise that running a date twice is the same as running it "
        "once: what a date has stored already may be stored again."
    )


@require_safe
def backfill_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One backfill with its runs. Until it is over, htmx asks for it again."""
    now = utc_now()
    backfill = find_backfill(request, pk)
    page = page_of(backfill.runs.defer("snapshot", "traceback"), request.GET)
    context = {
        "now": now,
        "backfill": backfill,
        "job": backfill.job,
        "look": _look_of(backfill),
        "progress": progress_of(backfill),
        "waits": "" if backfill.is_over else why_waits(backfill, now=now),
        "since": _clock_text(backfill.since, backfill.schedule.zone),
        "until": _clock_text(backfill.until, backfill.schedule.zone),
        "page": page,
        "runs": [(run, look_of(run), length_of(run)) for run in page.rows],
    }
    template = "backfills/page.html#live" if request.htmx else "backfills/page.html"  # type: ignore[attr-defined]
    return render(request, template, context)


def _clock_text(at: datetime, zone: str) -> str:
    """By UTC alone if the zone is not known here."""
    try:
        return clock_text(at, zone)
    except BadRule:
        return clock_text(at, "UTC")


def _look_of(backfill: Backfill) -> words.Look:
    if backfill.cancelled_at is not None:
        return words.RUN_LOOKS[RunState.CANCELLED] if backfill.is_over else words.STOPPING
    if backfill.is_over:
        return words.Look("success", "good", "Done")
    return words.PAUSED if backfill.paused_at is not None else words.RUNNING


@require_POST
def pause(request: HttpRequest, pk: int) -> HttpResponse:
    by, now = request.user.get_username(), utc_now()
    return _change(request, pk, lambda found: pause_backfill(backfill=found, by=by, now=now))


@require_POST
def resume(request: HttpRequest, pk: int) -> HttpResponse:
    by = request.user.get_username()
    return _change(request, pk, lambda found: resume_backfill(backfill=found, by=by))


@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    by, now = request.user.get_username(), utc_now()
    return _change(request, pk, lambda found: cancel_backfill(backfill=found, by=by, now=now))


def _change(request: HttpRequest, pk: int, change: Callable[[Backfill], None]) -> HttpResponse:
    """Back to its page; with a message if it has ended meanwhile."""
    backfill = find_backfill(request, pk)
    try:
        change(backfill)
    except BackfillIsOver as error:
        messages.info(request, str(error))
    return redirect("backfill", backfill.pk)
