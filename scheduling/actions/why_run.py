"""What a row of the ledger says of the occurrence it stands for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from scheduling.actions.sentences import Sentence
from scheduling.actions.why_pending import said_of_waiting
from scheduling.models import Misfire, Overlap, Run
from scheduling.planning.moments import clock_text
from scheduling.states import REASONS, Reason, RunState

LATE = timedelta(seconds=60)
ENDS = {
    RunState.SUCCEEDED: "It ran: run {pk} succeeded.",
    RunState.FAILED: "It ran and failed: {why}",
    RunState.CANCELLED: "It was cancelled: {why}",
    RunState.SKIPPED: "It was skipped: {why}",
    RunState.MISSED: "It was missed: {why}",
    RunState.RUNNING: "It is running now.",
}
OUTAGE = {Reason.COALESCED, Reason.OUT_OF_WINDOW}


def verdict_of_run(run: Run, *, now: datetime) -> str:
    """What became of the run, in one sentence."""
    state = RunState(run.state)
    if state is not RunState.PENDING:
        why = REASONS[Reason(run.reason)] if run.reason else "no reason is recorded."
        if state is RunState.SKIPPED and run.reason == Reason.CANCELLED_BY_USER:
            why = "Somebody skipped the date beforehand."
        return ENDS[state].format(pk=run.pk, why=why[0].lower() + why[1:])
    if run.needs_answer:
        return "It was missed, and waits for a person to say what becomes of it."
    if run.attempt_count:
        return "It was tried, and waits for its next attempt."
    return "It is held back for now." if run.available_at > now else "It waits to be started."


def said_of_run(run: Run, zone: str, *, now: datetime) -> Iterator[Sentence]:
    """The causes that the row shows, with the other runs that they name."""
    yield Sentence(_standing(run, zone), run_id=run.pk)
    if run.in_the_way_id is not None:
        policy = Overlap(_frozen(run, "overlap")).label
        text = f"Run {run.in_the_way_id} was in the way. The job's policy is: {policy}."
        yield Sentence(text, run_id=run.in_the_way_id)
    if run.covered_by_planned_at is not None:
        yield _cover(run, run.covered_by_planned_at, zone)
    if run.reason in OUTAGE or run.needs_answer or run.is_late:
        yield Sentence(_outage_policy(run))
    yield from map(Sentence, _times(run, zone))
    if run.state == RunState.PENDING and not run.needs_answer:
        yield from said_of_waiting(run, zone, now=now)


def _standing(run: Run, zone: str) -> str:
    if run.covers_until is None or run.planned_at is None:
        return f"Run {run.pk} stands for it in the ledger."
    first, last = clock_text(run.planned_at, zone), clock_text(run.covers_until, zone)
    return f"Row {run.pk} of the ledger stands for {run.covers_count} dates, {first} to {last}."


def _cover(run: Run, planned_at: datetime, zone: str) -> Sentence:
    found = Run.objects.filter(schedule=run.schedule_id, planned_at=planned_at).first()
    name, pk = (f"Run {found.pk}", found.pk) if found else ("The run", None)
    return Sentence(f"{name}, planned for {clock_text(planned_at, zone)}, stands for it.", pk)


def _outage_policy(run: Run) -> str:
    seconds = _frozen(run, "catchup_window_seconds")
    window = "one period, 1 hour to 7 days" if seconds is None else f"{timedelta(seconds=seconds)}"
    policy = Misfire(_frozen(run, "misfire")).label
    return f"The job's policy after an outage is: {policy}. Dates may be caught up for: {window}."


def _times(run: Run, zone: str) -> Iterator[str]:
    if run.covers_until is None and run.created_at - run.due_at > LATE:
        created, due = clock_text(run.created_at, zone), clock_text(run.due_at, zone)
        yield f"It was due at {due} and entered into the ledger at {created}."
    if run.started_at is not None:
        yield f"It started at {clock_text(run.started_at, zone)}."
    if run.finished_at is not None and run.started_at is not None:
        yield f"It ended at {clock_text(run.finished_at, zone)}."


def _frozen(run: Run, name: str) -> Any:
    """A policy as it was when the row was written."""
    return run.snapshot["job"][name]
