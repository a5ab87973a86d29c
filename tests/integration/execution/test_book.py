"""What is written of an attempt while it runs, and once it has ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from django.db import DatabaseError

from scheduling.execution import book
from scheduling.execution.child import Child
from scheduling.execution.circuits import Experience, note_experiences
from scheduling.execution.logbook import Line, Logbook
from scheduling.execution.runner import Order
from scheduling.execution.verdict import Ending, StopCause, judge
from scheduling.models import Attempt, DataSource, DueEntry, LogLine, Notice, Run, RunEvent
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
    pid: int = 77
    order: Order = field(init=False)

    def __post_init__(self) -> None:
        """It may ask all sources that the run names."""
        asked = dict.fromkeys(self.run.frozen_job["sources"], 1.0)
        self.order = cast("Order", SimpleNamespace(sources=asked))

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
        is_lost: bool = False,
    ) -> Run:
        """Write the end and return the run as it stands in the ledger."""
        ending = Ending(message=message, exit_code=exit_code, stop_cause=stop, is_lost=is_lost)
        write_all((self, ending))
        self.attempt.refresh_from_db()
        return Run.objects.get(pk=self.run.pk)

    def write_progress(self) -> None:
        book.write_progress([cast("Child", self)])


def write_all(*endings: tuple[EndedChild, Ending]) -> None:
    children = cast("list[tuple[Child, Ending]]", list(endings))
    book.write_endings(children, who="worker 1", now=END, draw=lambda: 0.5)


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
    refused = RunEvent.objects.order_by("-pk")[0]
    assert (refused.before, refused.after, refused.who) == ("RUNNING", "RUNNING", "worker 1")
    assert (refused.why, refused.at) == ("LATE_WRITER_REFUSED", END)


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
    def away(*_arguments: object) -> None:
        raise DatabaseError("gone away")

    child = a_child()
    child.say("one")
    with monkeypatch.context() as patch:
        patch.setattr(book, "insert_new", away)
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


def test_what_a_source_answered_is_kept_as_far_as_a_database_can(a_child, source):
    snapshot = a_run(a_job("other", now=NOON)).snapshot
    snapshot["job"]["sources"] = [source.slug]
    a_child(snapshot=snapshot).end({**LATER, "text": "down\x00\udcff", "may_retry": False})
    source.refresh_from_db()
    assert source.last_error == "down?"


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
        broken.setattr(book, "note_experiences", refuse)
        with pytest.raises(DatabaseError):
            child.end(RESULT)
    assert Run.objects.get(pk=child.run.pk).state == RunState.RUNNING
    run = child.end(RESULT)
    assert (run.state, run.summary) == (RunState.SUCCEEDED, "3 steps")
    assert child.attempt.state == "SUCCEEDED"
    assert [line.text for line in LogLine.objects.filter(run=run)] == ["the last line"]


def a_result(child: EndedChild, message: dict[str, Any] = RESULT) -> tuple[EndedChild, Ending]:
    return child, Ending(message=message, exit_code=0, stop_cause=None)


def children(a_child: MakeChild, number: int) -> list[EndedChild]:
    return [a_child(job=a_job(f"job {each}", now=NOON)) for each in range(number)]


def test_many_ends_are_written_together(a_child, django_assert_max_num_queries):
    some = children(a_child, 3)
    for child in some:
        child.say("done")
    endings = [a_result(some[0]), a_result(some[1], LATER), a_result(some[2])]
    with django_assert_max_num_queries(25):
        write_all(*endings)
    states = Run.objects.filter(pk__in=[c.run.pk for c in some]).order_by("pk")
    assert [run.state for run in states] == ["SUCCEEDED", "PENDING", "SUCCEEDED"]
    assert [child.run.state for child in some] == ["SUCCEEDED", "PENDING", "SUCCEEDED"]
    assert LogLine.objects.count() == 3


def test_one_late_writer_keeps_no_other_end_from_being_written(a_child):
    late, other = children(a_child, 2)
    Run.objects.filter(pk=late.run.pk).update(claim_epoch=5)
    write_all(a_result(late), a_result(other))
    assert Run.objects.get(pk=late.run.pk).state == RunState.RUNNING
    assert Run.objects.get(pk=other.run.pk).state == RunState.SUCCEEDED


def test_the_end_of_a_run_that_was_deleted_is_dropped(a_child):
    gone, other = children(a_child, 2)
    gone.say("into the void")
    Run.objects.get(pk=gone.run.pk).delete()
    write_all(a_result(gone), a_result(other))
    assert Run.objects.get().state == RunState.SUCCEEDED


def test_an_end_that_no_database_can_hold_is_a_fault_of_its_kind_alone(a_child):
    bad, other = children(a_child, 2)
    bad.artifacts = [{"name": "a", "media_type": "b", "size": -1, "sha256": "c" * 64}]
    write_all(a_result(bad), a_result(other))
    run = Run.objects.get(pk=bad.run.pk)
    assert (run.state, run.reason) == (RunState.FAILED, Reason.BUG)
    assert "cannot hold" in run.error
    assert Run.objects.get(pk=other.run.pk).state == RunState.SUCCEEDED


@pytest.mark.parametrize("odd", [{"after_seconds": 1e30}, {"reason": "ODD"}])
def test_an_end_of_which_no_row_can_be_made_is_one_too(a_child, odd):
    bad, other = children(a_child, 2)
    write_all(a_result(bad, {**LATER, **odd}), a_result(other))
    assert Run.objects.get(pk=bad.run.pk).reason == Reason.BUG
    assert Run.objects.get(pk=other.run.pk).state == RunState.SUCCEEDED


def test_a_run_whose_child_was_lost_with_its_zygote_burns_no_attempt(a_child):
    snapshot = {**a_run(a_job("other", now=NOON)).snapshot, "idempotent": True}
    child = a_child(snapshot=snapshot)
    run = child.end(exit_code=-9, is_lost=True)
    assert (run.state, run.reason, run.lost_count) == (RunState.PENDING, "WORKER_LOST", 1)
    assert (run.available_at, child.attempt.state) == (END, "LOST")


def test_a_retry_of_a_run_that_somebody_stops_at_that_moment_does_not_wait(a_child):
    child = a_child()
    Run.objects.get(pk=child.run.pk).request_stop(by="alice", now=NOON)
    run = child.end(LATER)
    assert (run.state, run.reason) == (RunState.CANCELLED, Reason.CANCELLED_BY_USER)


def test_a_run_that_is_put_back_is_sent_to_the_broker_anew(a_child):
    run = a_child(dispatched_at=NOON, dispatch_count=3).end(LATER)
    assert (run.dispatched_at, run.dispatch_count) == (None, 0)


def test_the_process_of_an_attempt_is_known_while_it_runs_and_after(a_child):
    child = a_child()
    child.write_progress()
    assert Attempt.objects.get(pk=child.attempt.pk).pid == child.pid
    child.end(RESULT)
    assert child.attempt.pid == child.pid


def fails(source: DataSource, *, at: datetime = END, message: dict[str, Any] = LATER) -> None:
    experience = Experience([source.slug], judge(an_ending(message)))
    note_experiences([experience], now=at)
    source.refresh_from_db()


def an_ending(message: dict[str, Any]) -> Ending:
    return Ending(message=message, exit_code=0, stop_cause=None)


def test_a_source_that_fails_again_and_again_is_left_alone_for_longer_each_time(source):
    for _ in range(5):
        assert source.open_until is None
        fails(source)
    assert source.open_until == END + timedelta(minutes=5)
    fails(source)  # of a run that had started before
    assert (source.failures_in_row, source.open_until) == (5, END + timedelta(minutes=5))
    later = END + timedelta(minutes=5)
    fails(source, at=later)
    assert source.open_until == later + timedelta(minutes=10)


def test_a_notice_tells_of_a_source_that_is_left_alone_until_it_answers(source):
    DataSource.objects.update(opens_after=1)
    source.refresh_from_db()
    fails(source)
    fails(source, at=END + timedelta(hours=1))
    notice = Notice.objects.open().get()
    assert source.title in notice.text
    assert "The site is down." in notice.text
    fails(source, at=END + timedelta(hours=2), message=RESULT)
    assert (source.open_until, source.failures_in_row, source.health) == (None, 0, "OK")
    assert not Notice.objects.open().exists()


def test_a_source_without_a_threshold_is_never_left_alone(source):
    DataSource.objects.update(opens_after=None)
    for _ in range(9):
        fails(source)
    assert source.open_until is None


@pytest.mark.parametrize(
    ("named", "blamed"),
    [("b", {"b"}), ("", {"a", "b"}), ("elsewhere", {"a", "b"}), (None, set())],
)
def test_the_source_that_the_kind_names_is_at_fault(named, blamed):
    experience = Experience(["a", "b"], judge(an_ending({**LATER, "source": named})))
    assert set(experience.at_fault) == blamed
    assert not experience.answered
