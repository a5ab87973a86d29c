"""Which definition of a job was in force at an instant, and what held the job then."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cached_property
from itertools import takewhile

from django.db.models import Max, Min

from scheduling.actions.revisions import PAUSE_END
from scheduling.actions.sentences import Sentence
from scheduling.models import Installation, Job, JobRevision, Schedule, Worker, WorkerRole
from scheduling.models.worker import SILENCE
from scheduling.planning.history import Change, Tenure, tenures_of
from scheduling.planning.moments import clock_text


class JobHistory:
    """The revisions of a job, oldest first. A revision is in force after its instant."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.revisions: Sequence[JobRevision] = list(job.revisions.order_by("number"))

    @cached_property
    def tenures(self) -> list[Tenure]:
        return tenures_of(Change(each.changed_at, each.definition) for each in self.revisions)

    @property
    def zone(self) -> str:
        """The clock by which a time is read that no schedule covers: the last known one, or UTC."""
        return next((each.definition["zone"] for each in reversed(self.tenures)), "UTC")

    def at(self, instant: datetime) -> JobRevision | None:
        """The revision in force, None before the job was there."""
        before = [each for each in self.revisions if each.changed_at < instant]
        return before[-1] if before else None

    def said_of_revision(self, instant: datetime, zone: str) -> Iterator[Sentence]:
        revision = self.at(instant)
        if revision is None:
            first = self.revisions[0]
            added = clock_text(first.changed_at, zone)
            yield Sentence(f"The job was added at {added} by {first.changed_by}.", revision=1)
            return
        yield Sentence(_origin(revision, zone), revision=revision.number)
        if revision.in_force_at is not None:
            at = clock_text(revision.in_force_at, zone)
            text = f"The scheduler on {revision.in_force_on} planned with it from {at} on."
            yield Sentence(text, revision=revision.number)

    def absence(self, instant: datetime) -> str:
        """Why no schedule of the job was in force."""
        revision = self.at(instant)
        if revision is None:
            return "the job was not there yet."
        if revision.definition.get("is_deleted"):
            return "the job was removed."
        return "the job has no schedule."

    def pause_at(self, instant: datetime, zone: str) -> Iterator[Sentence]:
        """The pause that the instant fell into, if any."""
        place = sum(_is_before(each, instant) for each in self.revisions)
        held = list(takewhile(_is_paused, reversed(self.revisions[:place])))
        is_open = place == len(self.revisions) and self.job.is_paused
        if not held or (is_open and not self.job.is_paused_at(instant)):
            return
        begin, reason = held[-1], held[-1].definition["paused_reason"]
        since = clock_text(begin.changed_at, zone)
        text = f"The job was paused at {since} by {begin.changed_by}: {reason.rstrip('.')}."
        resumed = next((each for each in self.revisions[place:] if not _is_paused(each)), None)
        yield Sentence(f"{text} {self._end(resumed, zone)}", revision=begin.number)

    def _end(self, resumed: JobRevision | None, zone: str) -> str:
        if resumed is not None:
            return f"That ended at {clock_text(resumed.changed_at, zone)}, by {resumed.changed_by}."
        until = self.job.paused_until
        return f"It lasts until {clock_text(until, zone)}." if until else "It still is."


def _is_before(revision: JobRevision, instant: datetime) -> bool:
    """A revision counts after its instant; that of a pause's own end from the instant itself."""
    ends_pause = revision.changed_by == PAUSE_END
    return revision.changed_at <= instant if ends_pause else revision.changed_at < instant


def _is_paused(revision: JobRevision) -> bool:
    return bool(revision.definition.get("paused_reason"))


def _origin(revision: JobRevision, zone: str) -> str:
    since = clock_text(revision.changed_at, zone)
    return (
        f"In force then: revision {revision.number} ({revision.note}), "
        f"since {since} by {revision.changed_by}."
    )


def holds_now(job: Job, schedule: Schedule, zone: str) -> Iterator[Sentence]:
    """What keeps the schedule from being planned as things are, but for a pause."""
    if job.is_quarantined:
        yield Sentence(f"The job is held until it is repaired: {job.quarantine_reason}")
    if schedule.quarantine_reason:
        text = f"The schedule is held until it is repaired: {schedule.quarantine_reason}"
        yield Sentence(text)
    for installation in Installation.objects.held():
        yield said_of_hold(installation, zone)


def said_of_hold(installation: Installation, zone: str) -> Sentence:
    since = f" since {clock_text(installation.held_at, zone)}" if installation.held_at else ""
    return Sentence(f"All schedules are held{since}: {installation.held_reason}")


def downtime(instant: datetime, zone: str, *, now: datetime) -> Iterator[Sentence]:
    """The time without a scheduler that the instant fell into, by their signs of life."""
    engines = Worker.objects.filter(role=WorkerRole.ENGINE)
    if engines.filter(started_at__lte=instant, heartbeat_at__gte=instant).exists():
        return
    last = engines.filter(heartbeat_at__lt=instant).aggregate(at=Max("heartbeat_at"))["at"]
    following = engines.filter(started_at__gt=instant).aggregate(at=Min("started_at"))["at"]
    if last is not None and (following or now) - last < SILENCE:
        return
    yield Sentence(_silence_text(last, following, zone))


def _silence_text(since: datetime | None, until: datetime | None, zone: str) -> str:
    bounds = {"from": since, "until": until}
    told = [f"{word} {clock_text(at, zone)}" for word, at in bounds.items() if at is not None]
    if not told:
        return "No scheduler has ever given a sign of life."
    return f"No scheduler gave a sign of life {' '.join(told)}."
