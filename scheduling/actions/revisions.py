"""What every change of a job has in common: books closed before it, a revision written after it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from scheduling.actions.fingerprints import stamp
from scheduling.actions.ledger import account_until_now, skip_span
from scheduling.models import DueEntry, Job, JobRevision, Schedule
from scheduling.states import Reason

PAUSE_END = "end of the pause"
TICK = timedelta(microseconds=1)


def takes_effect_at(job: Job, *, now: datetime) -> datetime:
    """From when on a change of the job counts: now, or from where its books stand already.

    The clock may have gone back since they were written, and what is in the ledger is not planned
    a second time by another rule.
    """
    return max([now, *job.schedules.live().values_list("accounted_until", flat=True)])


def close_books(job: Job, *, now: datetime) -> None:
    """Write down what the rules in force named until now, before they change.

    A pause whose end has come meanwhile ends first. The schedules in the database have moved on
    afterwards: read them anew.
    """
    if job.is_paused and not job.is_paused_at(now):
        end_pause(job, by=PAUSE_END, now=now)
    for schedule in job.schedules.live():
        if job.is_paused:
            skip_span(schedule, reason=Reason.PAUSED, now=now)
        elif job.is_quarantined:
            skip_span(schedule, reason=job.held_for, now=now)
        else:
            account_until_now(schedule, now=now)


def end_pause(job: Job, *, by: str, now: datetime) -> None:
    """Go on with the next occurrence after the pause, which ended at `paused_until` if not later.

    Those paused over are recorded as skipped; what came after the end was missed, not paused.
    """
    ended_at = min(now, job.paused_until or now)
    # A date at the very end that was set runs: the pause lasted until then.
    last = ended_at - TICK if ended_at == job.paused_until else ended_at
    job.resume()
    for schedule in job.schedules.live():
        skip_span(schedule, reason=Reason.PAUSED, now=last)
    write_revision(job, by=by, now=takes_effect_at(job, now=ended_at), note="resumed")


def put_in_force(schedule: Schedule, *, now: datetime) -> None:
    """Save a schedule whose dates changed (a new one: once before) and enter it into the due index.

    Its books must be closed; `accounted_until` is the caller's.
    """
    stamp(schedule, now=now)
    schedule.save()
    DueEntry.objects.put(schedule.pk, _looked_at(schedule, now))


def _looked_at(schedule: Schedule, now: datetime) -> datetime | None:
    """When the engine looks at the schedule next; None while it is held."""
    job = schedule.job
    if job.is_paused:
        return job.paused_until
    if job.is_quarantined or schedule.quarantine_reason:
        return None
    return schedule.next_due_at(now)


def write_revision(job: Job, *, by: str, now: datetime, note: str) -> None:
    """Freeze the definition under the next number. A pause or a resume is a revision too."""
    job.next_revision()
    definition: dict[str, Any] = {
        **job.definition(),
        "schedules": [schedule.definition() for schedule in job.schedules.live()],
        "paused_reason": job.paused_reason,
        "is_deleted": job.deleted_at is not None,
    }
    JobRevision.objects.create(
        job=job,
        number=job.revision,
        definition=definition,
        changed_at=now,
        changed_by=by[:150],
        note=note[:200],
    )
