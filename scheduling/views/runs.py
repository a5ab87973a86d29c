"""The history of runs, and a run's own page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.http import StreamingHttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from scheduling.actions.reruns import RerunRefused, differences, refusal, rerun
from scheduling.actions.runs import JobCannotRun, RunInTheWay, RunIsOver, cancel_run
from scheduling.actions.why_pending import said_of_waiting
from scheduling.clock import utc_now
from scheduling.kinds import BadParameters
from scheduling.models import Job, LogLine, Run
from scheduling.registry import UnknownKind
from scheduling.states import RunState
from scheduling.views import words
from scheduling.views.definitions import definition_of
from scheduling.views.finding import find_run
from scheduling.views.numbers import number_in
from scheduling.views.paging import page_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime, timedelta

    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse

    from scheduling.actions.sentences import Sentence

LOG_TAIL = 1_000
COUNTS = ("found", "new", "changed", "unchanged", "failed")


class RunFilter(forms.Form):
    job = forms.ModelChoiceField(
        Job.objects.none(), required=False, empty_label="All jobs", label="Job"
    )
    state = forms.ChoiceField(
        required=False,
        choices=[
            ("", "Any"),
            *((state.value, words.run_look(state).word) for state in RunState),
        ],
    )

    def __init__(self, data: Any, *, jobs: QuerySet[Job]) -> None:
        super().__init__(data)
        field = self.fields["job"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = jobs

    def narrow(self, runs: QuerySet[Run]) -> QuerySet[Run]:
        """The runs that the filter lets through: none, if it cannot be read."""
        if not self.is_valid():
            return runs.none()
        chosen = {name: value for name, value in self.cleaned_data.items() if value}
        return runs.filter(**chosen)


@require_safe
def run_list(request: HttpRequest) -> HttpResponse:
    """The last runs, newest first, 50 a page."""
    jobs = Job.objects.visible_to(request.user)
    narrowing = RunFilter(request.GET, jobs=jobs)
    runs = narrowing.narrow(Run.objects.visible_to(request.user))
    page = page_of(runs.select_related("job").defer("snapshot", "traceback"), request.GET)
    context = {
        "now": utc_now(),
        "page": page,
        "runs": [(run, look_of(run), length_of(run)) for run in page.rows],
        "filter": narrowing,
        "is_filtered": narrowing.has_changed(),
        # Django's own select renders a template per option: too slow for a thousand jobs.
        "jobs": jobs.values_list("pk", "name"),
        "chosen_job": number_in(request.GET.get("job", "")),
    }
    return render(request, "runs/list.html", context)


@require_safe
def run_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One run. While it is active, htmx asks for the `live` part and for new log lines."""
    now = utc_now()
    run = find_run(request, pk)
    if "after" in request.GET:
        return _new_lines(request, run, now=now)
    context = _live_context(run, now=now)
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "runs/page.html#live", context)
    lines = list(run.log_lines.order_by("-pk")[:LOG_TAIL])[::-1]
    return render(
        request,
        "runs/page.html",
        {
            **context,
            "lines": lines,
            "is_tail": len(lines) == LOG_TAIL,
            "last_line": lines[-1].pk if lines else 0,
            "definition": definition_of(run),
            "artifacts": run.artifacts.all(),
        },
    )


def _live_context(run: Run, *, now: datetime) -> dict[str, Any]:
    outcome = run.outcome or {}
    return {
        "now": now,
        "run": run,
        "look": look_of(run),
        "length": length_of(run, now=now),
        "attempts": [
            (each, words.ATTEMPT_LOOKS[each.state], (each.finished_at or now) - each.started_at)
            for each in run.attempts.select_related("worker__environment")
        ],
        "events": [
            (each, words.run_look(each.before).word, words.run_look(each.after).word)
            for each in run.events.all()
        ],
        "reruns": run.reruns.order_by("pk").values_list("pk", flat=True),
        "differences": None if refusal(run) else differences(run),
        "counts": [(name, outcome[name]) for name in COUNTS if name in outcome],
        "percent": _percent(run),
        "waits": _waits(run, now=now),
    }


def _waits(run: Run, *, now: datetime) -> list[Sentence]:
    """Why a pending run has not started yet."""
    if run.state != RunState.PENDING or run.needs_answer:
        return []
    zone = run.schedule.zone if run.schedule else "UTC"
    return list(said_of_waiting(run, zone, now=now))


def _percent(run: Run) -> int | None:
    if run.progress_done is None or not run.progress_total:
        return None
    return min(100, 100 * run.progress_done // run.progress_total)


def _new_lines(request: HttpRequest, run: Run, *, now: datetime) -> HttpResponse:
    """Log lines after the one the browser has. The run was read before, so none is lost."""
    known = number_in(request.GET["after"]) or 0
    lines = list(run.log_lines.filter(pk__gt=known)[:LOG_TAIL])
    context = {
        "now": now,
        "run": run,
        "lines": lines,
        "last_line": lines[-1].pk if lines else known,
    }
    return render(request, "runs/page.html#lines", context)


@require_POST
def run_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Repeat the run `as` it was or is now, and show the new one, or what is in its way."""
    run = find_run(request, pk)
    by, as_it_was = request.user.get_username(), request.POST.get("as") == "was"
    try:
        new = rerun(run=run, as_it_was=as_it_was, by=by, now=utc_now())
    except RunInTheWay as error:
        messages.error(request, str(error))
        return redirect("run", error.run.pk)
    except (RerunRefused, JobCannotRun, UnknownKind, BadParameters) as error:
        messages.error(request, f"The run cannot be repeated: {error}")
        return redirect("run", run.pk)
    return redirect("run", new.pk)


@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    run = find_run(request, pk)
    try:
        cancel_run(run=run, by=request.user.get_username(), now=utc_now())
    except RunIsOver as error:
        messages.info(request, str(error))
    return redirect("run", run.pk)


@require_safe
def log_download(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    """The whole log as text."""
    run = find_run(request, pk)
    response = StreamingHttpResponse(
        _text_lines(run.log_lines.all()), content_type="text/plain; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="run-{run.pk}.log.txt"'
    return response


def _text_lines(lines: QuerySet[LogLine]) -> Iterator[str]:
    for line in lines.iterator():
        yield f"{line.at.isoformat()} [{line.attempt_number}] {line.level} {line.text}\n"


def look_of(run: Run) -> words.Look:
    return words.run_look(
        run.state,
        attempts=run.attempt_count,
        is_stopping=run.stop_requested_at is not None,
        needs_answer=run.needs_answer,
    )


def length_of(run: Run, *, now: datetime | None = None) -> timedelta | None:
    """How long the run took, or has taken until `now`; None if it never started."""
    end = run.finished_at or now
    return None if run.started_at is None or end is None else end - run.started_at
