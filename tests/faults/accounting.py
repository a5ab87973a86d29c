"""Holds the ledger against the rules and against the evidence of what really ran.

The invariants are those of the catalogue of faults: I1 each occurrence has one record, I2 runs of a
job do not overlap, I3 nothing stays open, I4 no more tries than allowed, I5 what is final is true
and stays.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.db.models import F, Q

from scheduling.execution.loss import MOST_LOSSES
from scheduling.models import Attempt, AttemptState, Run, RunEvent, Schedule
from scheduling.models.run_event import LATE_WRITER_REFUSED
from scheduling.planning.plan import occurrences
from scheduling.states import FINAL, RunState

MOST = 1_000_000


class Piece(NamedTuple):
    """One attempt as the probe left evidence of it: monotonic seconds, as the wall clock may have
    been set meanwhile. `ended_at` is None if it was cut short.
    """

    job: str
    planned_at: str | None
    started_at: float
    ended_at: float | None = None


def faults(evidence: list[dict[str, Any]], *, since: dict[int, datetime]) -> list[str]:
    """Every way in which ledger, rules and evidence disagree; empty when all is accounted for.

    `since` maps a schedule to the instant from which it was in force. Asked once all engines have
    stopped in order.
    """
    found: list[str] = []
    for schedule in Schedule.objects.filter(pk__in=since).select_related("job"):
        found += _completeness(schedule, since[schedule.pk])
    pieces = _pieces(evidence)
    return [*found, *_evidence(pieces), *_overlaps(pieces), *_ends()]


def _completeness(schedule: Schedule, since: datetime) -> Iterator[str]:
    """I1: what the rule names up to the mark is in the ledger, each once, and nothing else."""
    plan = schedule.plan()
    named = {
        occurrence.planned_at
        for occurrence in occurrences(plan, since, schedule.accounted_until, limit=MOST)
    }
    written: Counter[datetime] = Counter()
    for run in Run.objects.filter(schedule=schedule):
        assert run.planned_at is not None
        if run.covers_until is None:
            written[run.planned_at] += 1
            continue
        covered = [at for at in named if run.planned_at <= at <= run.covers_until]
        if len(covered) != run.covers_count:
            yield f"{schedule}: the range of {run} counts {run.covers_count}, not {len(covered)}"
        written.update(covered)
    yield from (f"{schedule}: {at} was lost" for at in sorted(named - set(written)))
    yield from (f"{schedule}: {at} was never planned" for at in sorted(set(written) - named))
    yield from (f"{schedule}: {at} stands {n} times" for at, n in written.items() if n > 1)


def _pieces(evidence: list[dict[str, Any]]) -> list[Piece]:
    found: dict[str, Piece] = {}
    for entry in evidence:
        if entry["ev"] == "start":
            planned_at, at = entry["scheduled_for"], entry["monotonic"]
            found[entry["token"]] = Piece(entry["job"], planned_at, at)
        else:
            found[entry["token"]] = found[entry["token"]]._replace(ended_at=entry["monotonic"])
    return list(found.values())


def _evidence(pieces: list[Piece]) -> Iterator[str]:
    """I4 and I5: at most once per attempt and occurrence, complete exactly when it succeeded."""
    starts = Counter((piece.job, piece.planned_at) for piece in pieces)
    ended = {(piece.job, piece.planned_at) for piece in pieces if piece.ended_at is not None}
    for run in Run.objects.filter(schedule__isnull=False).select_related("job"):
        assert run.planned_at is not None
        key = (run.snapshot["job"]["name"], run.planned_at.astimezone(UTC).isoformat())
        if starts[key] > run.attempt_count:
            yield f"{run} of {key} ran {starts[key]} times in {run.attempt_count} attempts"
        if run.state == RunState.SUCCEEDED and key not in ended:
            yield f"{run} of {key} is called a success and never ended"
        if run.state in (RunState.SKIPPED, RunState.MISSED) and starts[key]:
            yield f"{run} of {key} is {run.state} and ran all the same"


def _overlaps(pieces: list[Piece]) -> Iterator[str]:
    """I2: no run of a job began between another's beginning and end."""
    for one in pieces:
        for other in pieces:
            if one.ended_at is None or other.job != one.job:
                continue
            if one.started_at < other.started_at < one.ended_at:
                yield f"{other} began while {one} went on"


def _ends() -> Iterator[str]:
    """I3, I4 and I5: nothing goes on, no try too many, nothing final has moved."""
    for run in Run.objects.filter(state=RunState.RUNNING):
        yield f"{run} is still called running"
    closed = Q(run__state__in=[*FINAL, RunState.PENDING])
    for attempt in Attempt.objects.filter(closed, state=AttemptState.RUNNING):
        yield f"{attempt} is open, its run is not"
    for run in Run.objects.filter(attempt_count__gt=F("lost_count") + 1):
        if run.attempt_count - run.lost_count > run.snapshot["job"]["max_attempts"]:
            yield f"{run} was tried {run.attempt_count} times"
    for run in Run.objects.filter(lost_count__gt=MOST_LOSSES + 1):
        yield f"{run} was lost {run.lost_count} times"
    refused = Q(why=LATE_WRITER_REFUSED, before=F("after"))
    for event in RunEvent.objects.filter(before__in=FINAL).exclude(refused):
        yield f"{event}: what is final has moved"
