"""What the list of jobs shows of each job, read for all of them at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import OuterRef, Prefetch, Subquery

from scheduling.models import DueEntry, Run, Schedule
from scheduling.registry import UnknownKind, get_kind
from scheduling.states import RunState
from scheduling.views import words
from scheduling.views.dates import sentence_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from django.db.models import QuerySet

    from scheduling.models import Job

RAN = (RunState.SUCCEEDED, RunState.FAILED, RunState.CANCELLED)


@dataclass(frozen=True, kw_only=True)
class JobRow:
    """One line of the list."""

    job: Job
    kind_title: str
    looks: list[words.Look]
    schedules: list[tuple[str, str]]
    next_at: datetime | None
    next_text: str
    open_run: Run | None
    last_run: Run | None
    last_look: words.Look


def job_rows(jobs: QuerySet[Job], *, now: datetime) -> list[JobRow]:
    """Read the rows in a fixed number of queries, however many jobs there are."""
    shown = list(
        jobs.prefetch_related(
            Prefetch("schedules", Schedule.objects.filter(deleted_at=None), to_attr="in_force")
        ).annotate(last_run_id=Subquery(_newest(RAN)))
    )
    due = _due_times(shown)
    last = Run.objects.defer("snapshot", "traceback").in_bulk(
        [job.last_run_id for job in shown if job.last_run_id]
    )
    running = {
        run.job_id: run
        for run in Run.objects.filter(job__in=shown, state=RunState.RUNNING).defer("snapshot")
    }
    return [
        _row(
            job,
            due_at=due.get(job.pk),
            running=running.get(job.pk),
            last=last.get(job.last_run_id),
            now=now,
        )
        for job in shown
    ]


def _newest(states: Iterable[str]) -> QuerySet[Run, Any]:
    runs = Run.objects.filter(job=OuterRef("pk"), state__in=states)
    return runs.order_by("-pk").values("pk")[:1]


def _due_times(jobs: Sequence[Job]) -> dict[int, datetime]:
    """Job -> its next due time, of those that have one."""
    owners = {str(schedule.pk): job.pk for job in jobs for schedule in in_force(job)}
    entries = DueEntry.objects.filter(id__in=owners, next_run_time__isnull=False)
    earliest: dict[int, datetime] = {}
    for entry in entries.order_by("-next_run_time"):
        earliest[owners[entry.id]] = entry.next_run_time
    return earliest


def in_force(job: Job) -> list[Schedule]:
    """The job's schedules as `job_rows` read them beforehand."""
    schedules: list[Schedule] = job.in_force  # type: ignore[attr-defined]
    return schedules


def _row(
    job: Job, *, due_at: datetime | None, running: Run | None, last: Run | None, now: datetime
) -> JobRow:
    schedules = in_force(job)
    needs_repair = job.is_quarantined or any(each.quarantine_reason for each in schedules)
    is_held = job.deleted_at is not None or job.is_paused or job.is_quarantined
    return JobRow(
        job=job,
        kind_title=kind_title(job.kind),
        looks=words.job_looks(
            is_removed=job.deleted_at is not None,
            needs_repair=needs_repair,
            is_paused=job.is_paused,
            is_running=running is not None,
        ),
        schedules=[(sentence_of(each.rule), each.zone) for each in schedules],
        next_at=None if is_held else due_at,
        next_text=_next_text(job, due_at, has_schedule=bool(schedules), now=now),
        open_run=running,
        last_run=last,
        last_look=words.run_look(last.state) if last else words.NEVER_RUN,
    )


def _next_text(job: Job, due_at: datetime | None, *, has_schedule: bool, now: datetime) -> str:
    if job.deleted_at is not None:
        return "never, it was removed"
    if job.is_paused:
        return words.PAUSED.word
    if job.is_quarantined:
        return "held until repaired"
    if not has_schedule:
        return "no schedule"
    return words.next_run_text(due_at, now)


def kind_title(slug: str) -> str:
    """The kind's title, or its slug when it is no longer installed."""
    try:
        return get_kind(slug).title
    except UnknownKind:
        return slug
