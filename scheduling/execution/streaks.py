"""Three runs of a job in a row that were skipped because another was active: told once a streak."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from itertools import takewhile

from scheduling.events import emit
from scheduling.models import Job, Notice, NoticeCode, Origin, Run
from scheduling.states import Reason

LENGTH = 3


def note_overlaps(skipped: Mapping[int, int], *, now: datetime) -> None:
    """Raise a notice for each job whose streak grew to three.

    `skipped` says of each job how many of its scheduled runs were skipped for overlap just now.
    """
    told = Notice.objects.open().filter(code=NoticeCode.OVERLAP_STREAK, job__in=skipped)
    for job_id in skipped.keys() - set(told.values_list("job", flat=True)):
        if _streak(job_id, LENGTH + skipped[job_id]) in range(LENGTH, LENGTH + skipped[job_id]):
            _raise_notice(Job.objects.get(pk=job_id), now=now)


def end_streak(job_id: int, *, now: datetime) -> None:
    """A scheduled run of the job has started: what was told of it is over."""
    told = Notice.objects.open().filter(code=NoticeCode.OVERLAP_STREAK, job=job_id)
    for notice in told:
        notice.close(by="scheduler", now=now)


def _streak(job_id: int, most: int) -> int:
    """How many of the job's newest scheduled runs were skipped for overlap, counted to `most`."""
    newest = Run.objects.filter(job=job_id, origin=Origin.SCHEDULE).order_by("-pk")
    reasons = newest.values_list("reason", flat=True)[:most]
    return len(list(takewhile(lambda reason: reason == Reason.OVERLAP, reasons)))


def _raise_notice(job: Job, *, now: datetime) -> None:
    text = (
        f"The last {LENGTH} scheduled runs of {job.name} were skipped: each time another run of "
        "the job was still active. Look at that run, or give the job a longer rhythm or another "
        "overlap policy."
    )
    if Notice.objects.raise_once(NoticeCode.OVERLAP_STREAK, text, now=now, job=job):
        emit("overlap_streak", area="runs", level="warning", job=job.pk, name=job.name)
