"""Writes what children did into the ledger: progress as it comes, the end once.

Many ends are written together, in one transaction and with a few statements for all of them. A
database error leaves the children as they were, so that the next call writes the whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction

from scheduling.events import emit
from scheduling.execution.circuits import Experience, note_experiences
from scheduling.execution.loss import to_give_back_or_end
from scheduling.execution.retry import next_try_at
from scheduling.execution.verdict import Ending, Verdict, judge
from scheduling.models import Artifact, AttemptState, DueEntry, LogLine, Run, RunEvent
from scheduling.models.attempt import AttemptEnd, end_attempts, note_pids
from scheduling.models.bulk import UNWRITABLE, insert_new
from scheduling.models.moves import Move, make, to_finish, to_put_back
from scheduling.models.run import note_progress, progress_fields
from scheduling.models.run_event import LATE_WRITER_REFUSED
from scheduling.models.text import storable
from scheduling.states import Reason, RunState

if TYPE_CHECKING:
    from scheduling.execution.child import Child
    from scheduling.execution.logbook import Line

LOSSES = {Reason.INTERRUPTED, Reason.WORKER_LOST}
ATTEMPT_STATES = {
    RunState.SUCCEEDED: AttemptState.SUCCEEDED,
    RunState.FAILED: AttemptState.FAILED,
    RunState.CANCELLED: AttemptState.CANCELLED,
}
LINES_AT_ONCE = 5_000
Draw = Callable[[], float]


@dataclass(frozen=True)
class End:
    """An attempt that is over, and what that means. `run` becomes what the ledger then says."""

    child: Child
    run: Run
    ending: Ending
    verdict: Verdict

    @classmethod
    def of(cls, child: Child, ending: Ending) -> End:
        return cls(child, copy(child.run), ending, judge(ending))

    def of_attempt(self) -> AttemptEnd:
        return AttemptEnd(
            attempt=self.child.attempt,
            pid=self.child.pid,
            state=AttemptState.LOST if self.ending.is_lost else ATTEMPT_STATES[self.verdict.state],
            reason=self.verdict.reason,
            exit_code=self.ending.exit_code,
            error=self.verdict.error,
            traceback=self.verdict.traceback,
        )

    def experience(self) -> Experience:
        return Experience(self.child.order.sources, self.verdict)


def write_progress(children: Sequence[Child]) -> None:
    """Move new pids, log lines and progress into the database."""
    new = [child for child in children if child.attempt.pid is None]
    moved = {child.run: child.progress for child in children if child.progress is not None}
    with _lines(children, is_over=False) as rows:
        if not (new or moved or rows):
            return
        with transaction.atomic():
            note_pids({child.attempt: child.pid for child in new})
            _insert_lines(rows)
            note_progress(moved)
    for child in new:
        child.attempt.pid = child.pid
    for child in children:
        child.progress = None


def write_endings(
    endings: Sequence[tuple[Child, Ending]], *, who: str, now: datetime, draw: Draw
) -> None:
    """Record the ends of attempts and what becomes of their runs.

    A writer whose claim was taken over changes nothing; that is recorded. An end that the database
    cannot hold keeps nobody else's from being written: it is recorded as a fault of its kind.
    """
    try:
        _write_together(endings, who=who, now=now, draw=draw)
    except UNWRITABLE as error:
        if len(endings) == 1:
            _write_together([_unstorable(*endings[0], error)], who=who, now=now, draw=draw)
            return
        for each in endings:
            write_endings([each], who=who, now=now, draw=draw)


def _unstorable(child: Child, ending: Ending, error: Exception) -> tuple[Child, Ending]:
    child.artifacts, child.progress = [], None
    message = {
        "type": "failure",
        "reason": Reason.BUG,
        "may_retry": False,
        "text": f"The database cannot hold what it left: {error}",
    }
    return child, replace(ending, message=message, stop_cause=None)


def _write_together(
    endings: Sequence[tuple[Child, Ending]], *, who: str, now: datetime, draw: Draw
) -> None:
    ends = [End.of(child, ending) for child, ending in endings]
    with _lines([end.child for end in ends], is_over=True) as rows, transaction.atomic():
        moved = {move.run.pk for move in make(_moves(ends, who=who, now=now, draw=draw))}
        written = [end for end in ends if end.run.pk in moved]
        end_attempts([end.of_attempt() for end in written], now=now)
        _insert_lines([row for row in rows if row["run"] in moved])
        _write_artifacts([end.child for end in written], now=now)
        note_experiences([end.experience() for end in written], now=now)
        _stop_what_waits(written, who=who, now=now)
        _record_refused([end for end in ends if end.run.pk not in moved], who=who, now=now)
    for end in written:
        end.child.run = end.run
        _tell(end)


@contextmanager
def _lines(children: Sequence[Child], *, is_over: bool) -> Iterator[list[dict[str, Any]]]:
    """The rows of new log lines; the lines are given back if they could not be written."""
    taken = [
        (child, child.logbook.close() if is_over else child.logbook.take()) for child in children
    ]
    try:
        yield [_row(child, line) for child, lines in taken for line in lines]
    except BaseException:
        for child, lines in taken:
            child.logbook.give_back(lines)
        raise


def _row(child: Child, line: Line) -> dict[str, Any]:
    return {
        "run": child.run.pk,
        "attempt_number": child.attempt.number,
        "at": line.at,
        "level": storable(line.level)[:10],
        "text": storable(line.text),
    }


def _insert_lines(rows: Sequence[dict[str, Any]]) -> None:
    for start in range(0, len(rows), LINES_AT_ONCE):
        insert_new(LogLine, rows[start : start + LINES_AT_ONCE])


def _moves(ends: Sequence[End], *, who: str, now: datetime, draw: Draw) -> list[Move]:
    deadlines = _next_occurrences([end.run for end in ends if end.verdict.may_retry])
    return [
        _move(end, deadline=deadlines.get(end.run.schedule_id), who=who, now=now, draw=draw)
        for end in ends
    ]


def _next_occurrences(runs: Sequence[Run]) -> dict[int | None, datetime | None]:
    """Schedule -> when it is next due: no retry of its runs goes on until then."""
    schedules = [str(run.schedule_id) for run in runs if run.schedule_id is not None]
    if not schedules:
        return {}
    entries = DueEntry.objects.filter(id__in=schedules).values_list("id", "next_run_time")
    return {int(schedule): due_at for schedule, due_at in entries}


def _move(end: End, *, deadline: datetime | None, who: str, now: datetime, draw: Draw) -> Move:
    run, verdict, progress = end.run, end.verdict, _progress(end.child)
    if verdict.reason in LOSSES:
        return to_give_back_or_end(
            run, reason=verdict.reason, end_as=verdict.state, error=verdict.error, who=who, now=now
        )
    at = _retry_at(run, verdict, deadline=deadline, now=now, draw=draw)
    if at is not None and verdict.reason is not None:
        return to_put_back(
            run,
            available_at=at,
            reason=verdict.reason,
            error=storable(verdict.error),
            who=who,
            now=now,
            **progress,
        )
    return to_finish(
        run,
        verdict.state,
        reason=verdict.reason,
        error=verdict.error,
        traceback=verdict.traceback,
        outcome=verdict.outcome,
        summary=storable(verdict.summary)[:500],
        who=who,
        now=now,
        **progress,
    )


def _retry_at(
    run: Run, verdict: Verdict, *, deadline: datetime | None, now: datetime, draw: Draw
) -> datetime | None:
    if not verdict.may_retry:
        return None
    return next_try_at(
        tries=run.attempt_count - run.lost_count,
        max_attempts=run.frozen_job.get("max_attempts", 1),
        now=now,
        asked_delay=verdict.after,
        deadline=deadline,
        draw=draw,
    )


def _progress(child: Child) -> dict[str, Any]:
    return {} if child.progress is None else progress_fields(*child.progress)


def _write_artifacts(children: Sequence[Child], *, now: datetime) -> None:
    """Of several of one name in a run the last counts."""
    named = [_artifact(child, item, now=now) for child in children for item in child.artifacts]
    Artifact.objects.bulk_create(
        {(artifact.run_id, artifact.name): artifact for artifact in named}.values(),
        update_conflicts=True,
        unique_fields=["run", "name"],
        update_fields=["media_type", "size", "sha256", "created_at"],
    )


def _artifact(child: Child, item: dict[str, Any], *, now: datetime) -> Artifact:
    return Artifact(
        run=child.run,
        name=storable(item["name"])[:200],
        media_type=storable(item["media_type"])[:100],
        size=item["size"],
        sha256=item["sha256"],
        created_at=now,
    )


def _stop_what_waits(ends: Sequence[End], *, who: str, now: datetime) -> None:
    """A run that goes back although somebody asked it to stop, just now, ends here."""
    waiting = [end.run.pk for end in ends if end.run.state == RunState.PENDING]
    if not waiting:
        return
    stopped = Run.objects.filter(pk__in=waiting, stop_requested_at__isnull=False)
    make(
        [
            to_finish(run, RunState.CANCELLED, reason=Reason(run.stop_reason), who=who, now=now)
            for run in stopped
        ]
    )


def _record_refused(ends: Sequence[End], *, who: str, now: datetime) -> None:
    """Tell that a worker came too late. A run that was deleted meanwhile has no place for it."""
    if not ends:
        return
    states = Run.objects.filter(pk__in=[end.run.pk for end in ends]).values_list("pk", "state")
    rows = [
        {
            "run": run,
            "at": now,
            "before": state,
            "after": state,
            "who": who[:150],
            "why": LATE_WRITER_REFUSED,
        }
        for run, state in states
    ]
    insert_new(RunEvent, rows)
    for end in ends:
        emit("late_writer_refused", area="supervisor", level="warning", run=end.run.pk)


def _tell(end: End) -> None:
    run = end.run
    emit(
        "run_finished" if run.is_final else "run_put_back",
        area="supervisor",
        level="error" if run.state == RunState.FAILED else "info",
        run=run.pk,
        job=run.job_id,
        state=run.state,
        reason=end.verdict.reason,
        error=end.verdict.error[:500],
        group_gone=end.child.is_group_gone(),
    )
