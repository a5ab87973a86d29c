"""The one door between states: who wins, what is written, who comes too late."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection

from scheduling.models import Job, Run, RunEvent
from scheduling.models.run import note_progress
from scheduling.states import FINAL, Reason, RunState, can_move
from tests.factories.jobs import NOON, a_job
from tests.factories.runs import a_run, a_running_run, a_worker

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(minutes=5)


@pytest.fixture
def job() -> Job:
    return a_job("morning", now=NOON)


def fresh(run: Run) -> Run:
    return Run.objects.get(pk=run.pk)


def test_a_claim_starts_the_run_under_the_next_epoch(job):
    run, worker = a_run(job), a_worker()
    assert run.claim(worker, now=NOON)
    assert (run.state, run.claim_epoch, run.attempt_count) == (RunState.RUNNING, 1, 1)
    assert (run.claimed_by, run.started_at) == (worker, NOON)
    event = RunEvent.objects.get()
    assert (event.before, event.after, event.who) == ("PENDING", "RUNNING", str(worker))


def test_a_second_try_keeps_the_first_start_and_forgets_why_it_waited(job):
    run, _ = a_running_run(job, a_worker())
    assert run.put_back(available_at=LATER, reason=Reason.SOURCE_UNAVAILABLE, who="w", now=NOON)
    assert (run.state, run.reason, run.claimed_by) == ("PENDING", "SOURCE_UNAVAILABLE", None)
    assert run.claim(a_worker(pid=2), now=LATER)
    assert (run.started_at, run.attempt_count, run.claim_epoch) == (NOON, 2, 2)
    assert run.reason == ""


def test_every_move_leaves_an_event(job):
    worker = a_worker()
    run, _ = a_running_run(job, worker)
    run.put_back(available_at=LATER, reason=Reason.WORKER_LOST, who="recovery", now=LATER)
    run.claim(worker, now=LATER)
    run.finish(RunState.SUCCEEDED, who="w", now=LATER)
    moves = RunEvent.objects.values_list("before", "after", "why")
    assert list(moves) == [
        ("PENDING", "RUNNING", ""),
        ("RUNNING", "PENDING", "WORKER_LOST"),
        ("PENDING", "RUNNING", ""),
        ("RUNNING", "SUCCEEDED", ""),
    ]


@pytest.mark.parametrize("before", RunState)
@pytest.mark.parametrize("after", sorted(FINAL))
def test_a_run_ends_only_from_where_the_table_allows(job, before, after):
    run = a_run(job, before)
    assert run.finish(after, who="w", now=LATER) is can_move(before, after)
    assert fresh(run).state == (after if can_move(before, after) else before)
    assert RunEvent.objects.exists() is can_move(before, after)


def test_a_writer_whose_claim_was_taken_over_changes_nothing(job):
    stale, _ = a_running_run(job, a_worker())
    current = fresh(stale)
    current.put_back(available_at=NOON, reason=Reason.WORKER_LOST, who="recovery", now=NOON)
    current.claim(a_worker(pid=2), now=LATER)
    assert not stale.finish(RunState.SUCCEEDED, who="late", now=LATER, summary="mine")
    assert not stale.put_back(available_at=LATER, reason=Reason.BUG, who="late", now=LATER)
    assert not note_progress({stale: (5, 10, "late")})
    run = fresh(stale)
    assert (run.state, run.summary, run.progress_done) == (RunState.RUNNING, "", None)
    assert not RunEvent.objects.filter(who="late").exists()


def test_an_ended_run_is_not_ended_again(job):
    run, _ = a_running_run(job, a_worker())
    twin = fresh(run)
    assert run.finish(RunState.FAILED, reason=Reason.BUG, who="w", now=NOON, error="first")
    assert not twin.finish(RunState.SUCCEEDED, who="w", now=LATER)
    assert (fresh(run).state, fresh(run).error) == (RunState.FAILED, "first")


def test_what_both_databases_cannot_hold_is_cleaned_on_the_way(job):
    run, _ = a_running_run(job, a_worker())
    assert run.finish(RunState.FAILED, who="w", now=NOON, error="a\x00b\ud800", traceback="\x00")
    assert (fresh(run).error, fresh(run).traceback) == ("ab?", "")


def test_progress_is_shown_while_the_run_goes_on(job):
    run, _ = a_running_run(job, a_worker())
    assert note_progress({run: (3, 7, "fetching " * 50)}) == {run.pk}
    shown = fresh(run)
    assert (shown.progress_done, shown.progress_total, len(shown.progress_phase)) == (3, 7, 200)
    run.finish(RunState.SUCCEEDED, who="w", now=NOON)
    assert not note_progress({run: (4, 7, "late")})


def test_the_wish_to_stop_is_recorded_once(job):
    run, _ = a_running_run(job, a_worker())
    assert run.request_stop(by="alice", now=NOON)
    assert not run.request_stop(by="bob", now=LATER)
    asked = fresh(run)
    assert (asked.stop_requested_by, asked.stop_requested_at) == ("alice", NOON)
    assert asked.stop_reason == Reason.CANCELLED_BY_USER


@pytest.mark.parametrize("state", [RunState.PENDING, RunState.SUCCEEDED])
def test_only_a_running_run_is_asked_to_stop(job, state):
    assert not a_run(job, state).request_stop(by="alice", now=NOON)


@pytest.mark.django_db(transaction=True)
def test_of_many_workers_that_claim_at_once_one_wins():
    run = a_run(a_job("morning", now=NOON))
    workers = [a_worker(pid=pid) for pid in range(6)]
    wins: list[int] = []
    start = threading.Barrier(len(workers))

    def claim(index: int) -> None:
        try:
            mine = Run.objects.get(pk=run.pk)
            start.wait(timeout=10)
            if mine.claim(workers[index], now=NOON):
                wins.append(workers[index].pk)
        finally:
            connection.close()

    in_threads(claim, len(workers))
    run.refresh_from_db()
    assert wins == [run.claimed_by_id]
    assert (run.claim_epoch, run.attempt_count) == (1, 1)
    assert RunEvent.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_again", range(5))
def test_of_an_end_and_a_loss_at_once_one_is_recorded(_again):
    run, _ = a_running_run(a_job("morning", now=NOON), a_worker())
    won: list[str] = []
    start = threading.Barrier(2)

    def end(mine: Run) -> bool:
        return mine.finish(RunState.SUCCEEDED, who="w", now=NOON)

    def lose(mine: Run) -> bool:
        return mine.put_back(available_at=NOON, reason=Reason.WORKER_LOST, who="r", now=NOON)

    def race(index: int) -> None:
        try:
            mine = Run.objects.get(pk=run.pk)
            start.wait(timeout=10)
            if (end, lose)[index](mine):
                won.append(mine.state)
        finally:
            connection.close()

    in_threads(race, 2)
    assert won == [fresh(run).state]
    assert RunEvent.objects.filter(run=run).count() == 2


def in_threads(act: Callable[[int], None], number: int) -> None:
    threads = [threading.Thread(target=act, args=(index,)) for index in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
        assert not thread.is_alive()
