"""Writes what a child did into the ledger: progress as it comes, the end once."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import DatabaseError, transaction

from scheduling.events import emit
from scheduling.execution.loss import give_back_or_end
from scheduling.execution.retry import next_try_at
from scheduling.execution.verdict import Ending, Verdict, judge
from scheduling.models import (
    Artifact,
    AttemptState,
    DataSource,
    DueEntry,
    LogLine,
    Run,
    Worker,
)
from scheduling.models.run import storable
from scheduling.states import Reason, RunState

if TYPE_CHECKING:
    from scheduling.execution.child import Child
    from scheduling.execution.logbook import Line

SOURCE_FAULTS = {Reason.SOURCE_BLOCKED, Reason.SOURCE_UNAVAILABLE, Reason.LAYOUT_CHANGED}
ATTEMPT_STATES = {
    RunState.SUCCEEDED: AttemptState.SUCCEEDED,
    RunState.FAILED: AttemptState.FAILED,
    RunState.CANCELLED: AttemptState.CANCELLED,
}


def write_progress(child: Child) -> None:
    """Move new log lines, progress and artifacts into the database."""
    lines = child.logbook.take()
    try:
        _write_lines(child, lines)
    except DatabaseError:
        child.logbook.give_back(lines)
        raise
    if child.progress is not None:
        child.run.note_progress(*child.progress)
        child.progress = None


def write_ending(
    child: Child, ending: Ending, *, worker: Worker, now: datetime, draw: Callable[[], float]
) -> None:
    """Record the end of an attempt and what becomes of its run; a fenced writer changes nothing.

    A database error leaves the child as it was, so that the next call writes the whole end.
    """
    verdict = judge(ending)
    run = copy(child.run)
    lines = child.logbook.close()
    try:
        with transaction.atomic():
            if _move(run, verdict, who=str(worker), now=now, draw=draw):
                _close_attempt(child, verdict, ending, now=now)
                _write_lines(child, lines)
                _write_rest(child, now=now)
                _note_health(run, verdict, now=now)
            else:
                emit("late_writer_refused", area="supervisor", level="warning", run=run.pk)
    except DatabaseError:
        child.logbook.give_back(lines)
        raise
    child.run = run
    emit(
        "run_finished" if child.run.is_final else "run_put_back",
        area="supervisor",
        level="error" if child.run.state == RunState.FAILED else "info",
        run=child.run.pk,
        job=child.run.job_id,
        state=child.run.state,
        reason=verdict.reason,
        error=verdict.error[:500],
        group_gone=child.is_group_gone(),
    )


def _close_attempt(child: Child, verdict: Verdict, ending: Ending, *, now: datetime) -> None:
    child.attempt.end(
        ATTEMPT_STATES[verdict.state],
        now=now,
        reason=verdict.reason,
        exit_code=ending.exit_code,
        error=verdict.error,
        traceback=verdict.traceback,
    )


def _move(
    run: Run, verdict: Verdict, *, who: str, now: datetime, draw: Callable[[], float]
) -> bool:
    if verdict.reason is Reason.INTERRUPTED:
        return give_back_or_end(
            run,
            reason=verdict.reason,
            end_as=verdict.state,
            error=verdict.error,
            who=who,
            now=now,
        )
    at = _retry_at(run, verdict, now=now, draw=draw)
    if at is not None and verdict.reason is not None:
        return run.put_back(
            available_at=at, reason=verdict.reason, who=who, now=now, error=storable(verdict.error)
        )
    return run.finish(
        verdict.state,
        who=who,
        now=now,
        reason=verdict.reason,
        error=verdict.error,
        traceback=verdict.traceback,
        outcome=verdict.outcome,
        summary=verdict.summary,
    )


def _retry_at(
    run: Run, verdict: Verdict, *, now: datetime, draw: Callable[[], float]
) -> datetime | None:
    if not verdict.may_retry:
        return None
    return next_try_at(
        tries=run.attempt_count - run.lost_count,
        max_attempts=run.snapshot["job"]["max_attempts"],
        now=now,
        asked_delay=verdict.after,
        deadline=_next_occurrence(run),
        draw=draw,
    )


def _next_occurrence(run: Run) -> datetime | None:
    if run.schedule_id is None:
        return None
    entry = DueEntry.objects.filter(id=str(run.schedule_id)).first()
    return None if entry is None else entry.next_run_time


def _write_rest(child: Child, *, now: datetime) -> None:
    if child.progress is not None:
        done, total, phase = child.progress
        Run.objects.filter(pk=child.run.pk).update(
            progress_done=done, progress_total=total, progress_phase=phase[:200]
        )
    for item in child.artifacts:
        Artifact.objects.update_or_create(
            run=child.run,
            name=item["name"][:200],
            defaults={
                "media_type": item["media_type"][:100],
                "size": item["size"],
                "sha256": item["sha256"],
                "created_at": now,
            },
        )


def _write_lines(child: Child, lines: list[Line]) -> None:
    LogLine.objects.bulk_create(
        LogLine(
            run=child.run,
            attempt_number=child.attempt.number,
            at=line.at,
            level=line.level[:10],
            text=storable(line.text),
        )
        for line in lines
    )


def _note_health(run: Run, verdict: Verdict, *, now: datetime) -> None:
    """Tell the run's sources whether they answered."""
    for source in DataSource.objects.filter(slug__in=run.snapshot["job"]["sources"]):
        if verdict.state is RunState.SUCCEEDED:
            source.note_ok(now=now)
        elif verdict.reason in SOURCE_FAULTS:
            source.note_error(verdict.error, now=now)
