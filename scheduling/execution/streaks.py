"""Three runs of a job in a row that were skipped because another was active: told once a streak."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce

from scheduling.events import emit
from scheduling.models import Job, Notice, NoticeCode, Origin, Run
from scheduling.states import Reason

if TYPE_CHECKING:
    from django.db.models import QuerySet

LENGTH = 3


def note_overlaps(skipped: Mapping[int, int], *, now: datetime) -> None:
    """Raise a notice for each job whose streak grew to three. Asks once for all jobs of a tick.

    `skipped` says of each job how many of its scheduled runs were skipped for overlap just now.
    """
    told = Notice.objects.open().filter(code=NoticeCode.OVERLAP_STREAK, job__in=skipped)
    untold = skipped.keys() - set(told.values_list("job", flat=True))
    found = _streaks(untold, most=LENGTH + max(skipped.values()))
    grown = [job for job in found if LENGTH <= job.streak < LENGTH + skipped[job.pk]]
    texts = {job: _text(job) for job in grown}
    for job in Notice.objects.raise_each(NoticeCode.OVERLAP_STREAK, texts, now=now):
        emit("overlap_streak", area="runs", level="warning", job=job.pk, name=job.name)


def end_streaks(job_ids: Collection[int], *, now: datetime) -> None:
    """Scheduled runs of the jobs have started: what was told of them is over."""
    if job_ids:
        told = Notice.objects.filter(code=NoticeCode.OVERLAP_STREAK, job__in=job_ids)
        told.close(by="scheduler", now=now)


def _streaks(job_ids: Collection[int], *, most: int) -> QuerySet[Job, Any]:
    """The jobs, each with its `streak`: how many of its newest scheduled runs overlap ended.

    Counted to `most`.
    """
    runs = Run.objects.filter(job=OuterRef("pk"), origin=Origin.SCHEDULE).order_by("-pk")
    newest = runs.filter(pk__gte=OuterRef("oldest"))
    others = newest.exclude(reason=Reason.OVERLAP)
    since = newest.filter(pk__gt=OuterRef("other")).order_by().values("job")
    return (
        Job.objects.filter(pk__in=job_ids)
        .annotate(oldest=Coalesce(Subquery(runs.values("pk")[most - 1 : most]), 0))
        .annotate(other=Coalesce(Subquery(others.values("pk")[:1]), 0))
        .annotate(streak=Coalesce(Subquery(since.annotate(number=Count("pk")).values("number")), 0))
        .only("name")
        .order_by("pk")
    )


def _text(job: Job) -> str:
    return (
        f"The last {LENGTH} scheduled runs of {job.name} were skipped: each time another run of "
        "the job was still active. Look at that run, or give the job a longer rhythm or another "
        "overlap policy."
    )
