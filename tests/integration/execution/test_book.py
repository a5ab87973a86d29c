"""What is written of an attempt while it runs, and once it has ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, cast

import pytest
from django.db import DatabaseError

from scheduling.execution import book
from scheduling.execution.child import Child
from scheduling.execution.logbook import Line, Logbook
from scheduling.execution.verdict import Ending, StopCause
from scheduling.models import Attempt, DataSource, DueEntry, LogLine, Run
from scheduling.states import Reason, RunState
from tests.factories.jobs import NOON, a_job, a_schedule
from tests.factories.runs import a_run, a_running_run, a_worker

pytestmark = pytest.mark.django_db
END = NOON + timedelta(seconds=9)
RESULT = {"type": "result", "summary": "3 steps", "outcome": {"found": 3}}
LATER = {
    "type": "failure",
    "reason": "SOURCE_UNAVAILABLE",
    "may_retry": True,
    "after_seconds": 60.0,
    "text": "The site is down.",
    "traceback": "",
}


@dataclass
class EndedChild:
    """What the book reads of a child."""

    run: Run
    attempt: Attempt
    logbook: Logbook = field(default_factory=Logbook)
    progress: tuple[int | None, int | None, str] | None = None
    artifacts: list[dict[str, Any]] = field(default_factory=list)

    def is_group_gone(self) -> bool:
        return True

    def say(self, text: str) -> None:
        self.logbook.add(Line(NOON, "INFO", text))

    def end(
        self,
        message: dict[str, Any] | None = None,
        *,
        exit_code: int = 0,
        stop: StopCause | None = None,
    ) -> Run:
        """Write the end and return the run as it stands in the ledger."""
        assert self.attempt.worker is not None
        book.write_ending(
            cast("Child", self),
            Ending(message=message, exit_code=exit_code, stop_cause=stop),
            worker=self.attempt.worker,
            now=END,
            draw=lambda: 0.5,
        )
        self.attempt.refresh_from_db()
        return Run.objects.get(pk=self.run.pk)

    def write_progress(self) -> None:
        book.write_progress(cast("Child", self))


MakeChild = Callable[..., EndedChild]


@pytest.fixture
def a_child(job, worker) -> MakeChild:
    def make(**fields: Any) -> EndedChild:
        return EndedChild(*a_running_run(fields.pop("job", job), worker, **fields))

    return make


def test_a_result_is_recorded_with_run_and_attempt(a_child):
    child = a_child()
    run = child.end(RESULT)
    assert (run.state, run.summary, run.outcome) == (RunState.SUCCEEDED, "3 steps", {"found": 3})
    assert run.finished_at == child.attempt.finished_at == END
    assert (child.attempt.state, child.attempt.exit_code) == ("SUCCEEDED", 0)


def test_a_crash_is_recorded_with_what_was_seen(a_child):
    child = a_child()
    run = child.end(exit_code=-11)
    assert (run.state, run.reason) == (RunState.FAILED, Reason.CRASHED)
    assert (child.attempt.state, child.attempt.exit_code) == ("FAILED", -11)
    assert "SIGSEGV" in child.attempt.error == run.error


def test_a_stopped_run_is_cancelled(a_child):
    child = a_child()
    run = child.end(exit_code=-15, stop=StopCause.USER)
    assert (run.state, run.reason) == (RunState.CANCELLED, Reason.CANCELLED_BY_USER)
    assert child.attempt.state == "CANCELLED"


def test_a_run_that_may_succeed_later_is_put_back_for_as_long_as_the_source_asked(a_child):
    child = a_child()
    run = child.end(LATER)
    assert (run.state, run.reason) == (RunState.PENDING, Reason.SOURCE_UNAVAILABLE)
    assert run.available_at == END + timedelta(seconds=60)
    assert run.error == "The site is down."
    assert (run.finished_at, child.attempt.state) == (None, "FAILED")


def test_without_a_word_from_the_source_the_back_off_is_drawn(a_child):
    run = a_child().end({**LATER, "after_seconds": None})
    assert run.available_at == END + timedelta(seconds=15)


def test_the_last_try_ends_the_run(a_child):
    snapshot = a_run(a_job("other", now=NOON)).snapshot
    snapshot["job"]["max_attempts"] = 1
    run = a_child(snapshot=snapshot).end(LATER)
    assert (run.state, run.reason) == (RunState.FAILED, Reason.SOURCE_UNAVAILABLE)


@pytest.mark.parametrize(
    ("seconds", "state"), [(61, RunState.PENDING), (60, RunState.FAILED), (5, RunState.FAILED)]
)
def test_a_retry_does_not_reach_the_next_occurrence(a_child, seconds, state):
    job = a_job("daily", a_schedule(), now=NOON)
    schedule = job.schedules.get()
    DueEntry.objects.put(schedule.pk, END + timedelta(seconds=seconds))
    run = a_child(job=job, schedule=schedule, planned_at=NOON).end(LATER)
    assert run.state == state


def test_an_interrupted_run_is_given_back_only_if_it_may_be_repeated(a_child):
    assert a_child().end(stop=StopCause.SHUTDOWN).state == RunState.CANCELLED
    snapshot = {**a_run(a_job("other", now=NOON)).snapshot, "idempotent": True}
    run = a_child(snapshot=snapshot).end(stop=StopCause.SHUTDOWN)
    assert (run.state, run.reason, run.lost_count) == (RunState.PENDING, Reason.INTERRUPTED, 1)


def test_a_writer_that_comes_too_late_writes_nothing(a_child):
    child = a_child()
    taken = Run.objects.get(pk=child.run.pk)
    taken.put_back(available_at=NOON, reason=Reason.WORKER_LOST, who="recovery", now=NOON)
    taken.claim(a_worker(pid=2), now=NOON)
    child.say("late")
    child.progress = (3, 3, "done")
    run = child.end(RESULT)
    assert (run.state, run.summary, run.progress_done) == (RunState.RUNNING, "", None)
    assert child.attempt.state == "RUNNING"
    assert not LogLine.objects.exists()


def test_log_lines_and_progress_are_written_while_it_runs(a_child):
    child = a_child()
    child.say("one")
    child.say("a\x00b")
    child.progress = (1, 3, "fetching")
    child.write_progress()
    run = Run.objects.get(pk=child.run.pk)
    assert (run.progress_done, run.progress_total, run.progress_phase) == (1, 3, "fetching")
    assert list(LogLine.objects.values_list("text", "attempt_number")) == [("one", 1), ("ab", 1)]
    child.say("three")
    child.end(RESULT)
    assert list(LogLine.objects.values_list("text", flat=True)) == ["one", "ab", "three"]


def test_lines_that_the_database_did_not_take_are_kept_for_later(a_child, monkeypatch):
    def away(*_rows: object) -> None:
        raise DatabaseError("gone away")

    child = a_child()
    child.say("one")
    with monkeypatch.context() as patch:
        patch.setattr(LogLine.objects, "bulk_create", away)
        with pytest.raises(DatabaseError):
            child.write_progress()
    child.say("two")
    child.write_progress()
    assert list(LogLine.objects.values_list("text", flat=True)) == ["one", "two"]


def test_the_artifacts_are_kept_by_name(a_child):
    child = a_child()
    file = {"name": "rows.csv", "media_type": "text/csv", "size": 4, "sha256": "a" * 64}
    child.artifacts = [file, {**file, "sha256": "b" * 64, "size": 9}]
    run = child.end(RESULT)
    artifact = run.artifacts.get()
    assert (artifact.size, artifact.sha256, artifact.created_at) == (9, "b" * 64, END)


@pytest.fixture
def source() -> DataSource:
    return DataSource.objects.order_by("pk")[0]


@pytest.mark.parametrize(
    ("reason", "health"),
    [
        ("SOURCE_BLOCKED", "FAILING"),
        ("SOURCE_UNAVAILABLE", "FAILING"),
        ("LAYOUT_CHANGED", "FAILING"),
        ("BUG", "UNKNOWN"),
    ],
)
def test_a_source_is_blamed_for_its_own_faults_alone(a_child, source, reason, health):
    snapshot = a_run(a_job("other", now=NOON)).snapshot
    snapshot["job"]["sources"] = [source.slug]
    a_child(snapshot=snapshot).end({**LATER, "reason": reason, "may_retry": False})
    source.refresh_from_db()
    assert source.health == health


def test_a_success_makes_its_source_well_again(a_child, source):
    source.note_error("down", now=NOON)
    snapshot = a_run(a_job("other", now=NOON)).snapshot
    snapshot["job"]["sources"] = [source.slug]
    a_child(snapshot=snapshot).end(RESULT)
    source.refresh_from_db()
    assert (source.health, source.last_ok_at) == ("OK", END)


def test_an_end_that_the_database_refused_is_written_whole_the_next_time(a_child, monkeypatch):
    child = a_child()
    child.say("the last line")

    def refuse(*_arguments: Any, **_named: Any) -> None:
        raise DatabaseError("gone")

    with monkeypatch.context() as broken:
        broken.setattr(book, "_note_health", refuse)
        with pytest.raises(DatabaseError):
            child.end(RESULT)
    assert Run.objects.get(pk=child.run.pk).state == RunState.RUNNING
    run = child.end(RESULT)
    assert (run.state, run.summary) == (RunState.SUCCEEDED, "3 steps")
    assert child.attempt.state == "SUCCEEDED"
    assert [line.text for line in LogLine.objects.filter(run=run)] == ["the last line"]
