"""The one way from what is typed after a command to a job."""

from __future__ import annotations

from django.core.management.base import CommandError

from scheduling.models import Job


def find_job(text: str, *, with_removed: bool = False) -> Job:
    """The job of this number or name; of several, the one that is not removed.

    Raises CommandError with what there is.
    """
    jobs = Job.objects.all() if with_removed else Job.objects.live()
    found = list(jobs.filter(pk=int(text))) if text.isdecimal() else list(jobs.filter(name=text))
    chosen = [job for job in found if job.deleted_at is None] if len(found) > 1 else found
    if len(chosen) == 1:
        return chosen[0]
    names = ", ".join(f"{job.pk} {job.name!r}" for job in found or jobs[:20])
    text = f"Several jobs are named {text!r}" if found else f"There is no job {text!r}"
    raise CommandError(f"{text}. Jobs: {names or 'none yet'}.")
