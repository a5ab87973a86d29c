"""The audit of the faults is itself held to account: each seeded fault turns it red."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from scheduling.models import Attempt, Run, Schedule
from scheduling.models.run_event import LATE_WRITER_REFUSED, RunEvent
from scheduling.states import RunState
from tests.factories.jobs import NOON, a_job, every
from tests.factories.runs import a_run, a_running_run, a_worker
from tests.faults.accounting import faults

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]
MINUTE = timedelta(minutes=1)

Evidence = list[dict[str, Any]]


@pytest.fixture
def evidence() -> Evidence:
    return []


@pytest.fixture
def schedule(evidence: Evidence) -> Schedule:
    """Two occurrences that ran, each in one attempt, and the evidence of both."""
    schedule = a_job("beat", every(60), now=NOON).schedules.get()
    worker = a_worker()
    for number in (1, 2):
        at = NOON + number * MINUTE
        run, attempt = a_running_run(schedule.job, worker, schedule=schedule, planned_at=at)
        run.finish(RunState.SUCCEEDED, who="test", now=at)
        Attempt.objects.filter(pk=attempt.pk).update(state="SUCCEEDED", finished_at=at)
        leave(evidence, number, "start", "end")
    schedule.accounted_until = NOON + 2 * MINUTE
    schedule.save()
    return schedule


def leave(evidence: Evidence, number: int, *events: str, token: str = "") -> None:
    at = NOON + number * MINUTE
    entry = {"job": "beat", "scheduled_for": at.isoformat(), "token": token or str(number)}
    for second, event in enumerate(events):
        if event:
            evidence.append({**entry, "ev": event, "monotonic": at.timestamp() + second})


def first() -> Run:
    return Run.objects.earliest("pk")


def an_extra_row(schedule: Schedule, evidence: Evidence) -> None:
    at = NOON + timedelta(seconds=90)
    a_run(schedule.job, RunState.SKIPPED, schedule=schedule, planned_at=at, reason="PAUSED")


def a_retry_too_many(schedule: Schedule, evidence: Evidence) -> None:
    Run.objects.filter(pk=first().pk).update(attempt_count=4)


def a_late_writer(schedule: Schedule, evidence: Evidence) -> None:
    move = {"before": RunState.FAILED, "after": RunState.SUCCEEDED, "who": "late"}
    RunEvent.objects.create(run=first(), at=NOON, **move)


def a_refused_writer_that_moved_something(schedule: Schedule, evidence: Evidence) -> None:
    a_late_writer(schedule, evidence)
    RunEvent.objects.filter(who="late").update(why=LATE_WRITER_REFUSED)


def an_end_called_missed(schedule: Schedule, evidence: Evidence) -> None:
    Run.objects.filter(pk=first().pk).update(state=RunState.MISSED)


SEEDED: dict[str, Callable[[Schedule, Evidence], object]] = {
    "was lost": lambda *_: first().delete(),
    "was never planned": an_extra_row,
    "the range of": lambda *_: Run.objects.filter(pk=first().pk).update(
        covers_count=9, covers_until=NOON + 2 * MINUTE
    ),
    "stands 2 times": lambda *_: Run.objects.filter(pk=first().pk).update(
        covers_count=2, covers_until=NOON + 2 * MINUTE
    ),
    "ran 2 times in 1 attempts": lambda _, evidence: leave(evidence, 1, "start", token="again"),
    "called a success and never ended": lambda _, evidence: evidence.clear(),
    "ran all the same": an_end_called_missed,
    "went on": lambda _, evidence: leave(evidence, 0, "start", *[""] * 99, "end"),
    "still called running": lambda *_: Run.objects.filter(pk=first().pk).update(
        state=RunState.RUNNING, finished_at=None
    ),
    "is open, its run is not": lambda *_: Attempt.objects.update(state="RUNNING", finished_at=None),
    "was tried 4 times": a_retry_too_many,
    "was lost 4 times": lambda *_: Run.objects.update(lost_count=4),
    "FAILED -> SUCCEEDED: what is final has moved": a_late_writer,
    "SUCCEEDED: what is final has moved": a_refused_writer_that_moved_something,
}


def test_a_ledger_in_order_has_no_faults(schedule, evidence):
    assert faults(evidence, since={schedule.pk: NOON}) == []


def test_a_late_writer_that_was_refused_moved_nothing(schedule, evidence):
    refused = {"before": RunState.FAILED, "after": RunState.FAILED, "why": LATE_WRITER_REFUSED}
    RunEvent.objects.create(run=first(), at=NOON, who="late", **refused)
    assert faults(evidence, since={schedule.pk: NOON}) == []


@pytest.mark.parametrize("sentence", SEEDED)
def test_a_seeded_fault_is_found(schedule, evidence, sentence):
    SEEDED[sentence](schedule, evidence)
    found = faults(evidence, since={schedule.pk: NOON})
    assert any(sentence in each for each in found), found
