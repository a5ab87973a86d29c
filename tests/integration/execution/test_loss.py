"""Runs whose worker went away: who is given up, and what becomes of the run."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.db import connection

from scheduling.clock import utc_now
from scheduling.execution import process
from scheduling.execution.loss import recover, to_give_back_or_end
from scheduling.execution.recovery import recover_lost_runs
from scheduling.models import Attempt, Job, Run, Worker
from scheduling.models.attempt import note_pids
from scheduling.models.moves import make
from scheduling.models.worker import SILENCE
from scheduling.states import Reason, RunState
from tests.factories.jobs import NOON, a_job, every
from tests.factories.runs import a_run, a_running_run, a_worker

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(minutes=5)


def idempotent(job: Job) -> dict[str, object]:
    return {**a_run(job, RunState.SUCCEEDED).snapshot, "idempotent": True}


def test_a_run_that_may_not_be_repeated_fails_as_lost(job, worker):
    run, attempt = a_running_run(job, worker)
    assert recover([run], who="recovery", now=LATER)
    attempt.refresh_from_db()
    assert (run.state, run.reason, run.lost_count) == (RunState.FAILED, Reason.WORKER_LOST, 1)
    assert "died before it could report" in run.error
    assert (attempt.state, attempt.reason, attempt.finished_at) == ("LOST", "WORKER_LOST", LATER)


def test_a_run_that_may_be_repeated_waits_again_and_burns_no_attempt(job, worker):
    run, attempt = a_running_run(job, worker, snapshot=idempotent(job))
    assert recover([run], who="recovery", now=LATER)
    attempt.refresh_from_db()
    assert (run.state, run.reason, run.available_at) == (RunState.PENDING, "WORKER_LOST", LATER)
    assert (run.attempt_count - run.lost_count, attempt.state) == (0, "LOST")


def test_a_run_that_is_lost_for_the_third_time_fails(job, worker):
    run, _ = a_running_run(job, worker, snapshot=idempotent(job))
    for expected in (RunState.PENDING, RunState.PENDING, RunState.FAILED):
        recover([run], who="recovery", now=LATER)
        assert run.state == expected
        if expected is RunState.PENDING:
            run.claim(worker, now=LATER)
    assert (run.reason, run.lost_count) == (Reason.WORKER_LOST, 3)


def test_a_run_that_was_asked_to_stop_is_not_given_back(job, worker):
    run, _ = a_running_run(job, worker, snapshot=idempotent(job))
    run.request_stop(by="alice", now=NOON)
    run.refresh_from_db()
    move = to_give_back_or_end(
        run,
        reason=Reason.INTERRUPTED,
        end_as=RunState.CANCELLED,
        error="stopped",
        who="w",
        now=LATER,
    )
    assert make([move])
    assert (run.state, run.reason) == (RunState.CANCELLED, Reason.INTERRUPTED)


def test_a_run_that_moved_on_meanwhile_is_left_alone(job, worker):
    run, attempt = a_running_run(job, worker)
    Run.objects.get(pk=run.pk).finish(RunState.SUCCEEDED, who="w", now=NOON)
    assert not recover([run], who="recovery", now=LATER)
    attempt.refresh_from_db()
    assert attempt.state == "RUNNING"
    assert Run.objects.get(pk=run.pk).state == RunState.SUCCEEDED


@pytest.fixture
def listener() -> Iterator[subprocess.Popen[bytes]]:
    """A process in a group of its own, which answers once and ends."""
    with subprocess.Popen(
        [sys.executable, "-c", "print(input())"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as child:
        yield child
        child.kill()


def lives(child: subprocess.Popen[bytes]) -> bool:
    return child.communicate(b"here\n", timeout=10)[0] == b"here\n"


def recover_attempt_by(child: subprocess.Popen[bytes], worker: Worker, *, began_at: datetime):
    """Take over a run that this process made, by what the ledger says."""
    run, attempt = a_running_run(worker=worker, job=a_job("listening", every(60), now=NOON))
    note_pids({attempt: child.pid})
    Attempt.objects.filter(pk=attempt.pk).update(started_at=began_at)
    assert recover([run], who="recovery", now=LATER)


def test_what_a_lost_worker_of_this_machine_left_running_is_killed(listener):
    here = a_worker(host=socket.gethostname())
    recover_attempt_by(listener, here, began_at=utc_now())
    assert listener.wait(timeout=10) == -9


def test_a_process_that_was_forked_for_the_attempt_is_killed_too(listener):
    here = a_worker(host=socket.gethostname())
    recover_attempt_by(listener, here, began_at=utc_now() - timedelta(seconds=20))
    assert listener.wait(timeout=10) == -9


def test_a_process_that_began_after_the_attempt_only_has_its_number(listener):
    here = a_worker(host=socket.gethostname())
    recover_attempt_by(listener, here, began_at=utc_now() - timedelta(minutes=2))
    assert lives(listener)


def test_a_process_of_another_machine_is_not_touched(listener, worker):
    recover_attempt_by(listener, worker, began_at=utc_now())
    assert lives(listener)


def write(value: str, column: str, run: Run) -> None:
    """Past the models, as a person with a database shell would."""
    table, _, name = column.partition(".")
    key = "id" if table == "scheduling_run" else "run_id"
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {name} = {value} WHERE {key} = {run.pk}")  # noqa: S608 - ours


@pytest.mark.parametrize(
    "column", ["scheduling_run.lost_count", "scheduling_run.claim_epoch", "scheduling_attempt.pid"]
)
@pytest.mark.one_database  # PostgreSQL refuses such values
def test_a_run_whose_row_is_damaged_keeps_no_other_from_its_recovery(job, worker, column):
    runs = [a_running_run(job, worker)[0] for _ in range(3)]
    write("'many'", column, runs[1])
    assert recover_lost_runs(now=LATER) == 2
    states = dict(Run.objects.values_list("pk", "state"))
    assert [states[run.pk] for run in runs] == ["FAILED", "RUNNING", "FAILED"]


def test_a_run_whose_row_was_mended_is_recovered_after_all(job, worker):
    runs = [a_running_run(job, worker)[0] for _ in range(2)]
    most = "32767" if connection.vendor == "postgresql" else "'many'"
    write(most, "scheduling_run.lost_count", runs[0])
    assert recover_lost_runs(now=LATER) == 1
    write("0", "scheduling_run.lost_count", runs[0])
    assert recover_lost_runs(now=LATER) == 1
    worker.refresh_from_db()
    assert worker.ended_at == LATER


def this_process(**fields: object) -> Worker:
    worker = a_worker(pid=os.getpid(), host=socket.gethostname())
    Worker.objects.filter(pk=worker.pk).update(
        **{"process_started_at": process.started_at(os.getpid()), **fields}
    )
    return Worker.objects.get(pk=worker.pk)


def recovered(worker: Worker, job: Job, *, now=NOON + timedelta(seconds=1)) -> bool:
    """True if a run of the worker is taken from it."""
    run, _ = a_running_run(job, worker)
    number = recover_lost_runs(now=now)
    run.refresh_from_db()
    worker.refresh_from_db()
    assert (run.state != RunState.RUNNING) is bool(number) is (worker.ended_at is not None)
    return bool(number)


def test_a_worker_that_lives_keeps_its_runs(job):
    assert not recovered(this_process(), job)


def test_a_worker_of_this_machine_whose_process_is_gone_is_lost_at_once(job):
    assert recovered(a_worker(pid=2**22 + 1, host=socket.gethostname()), job)


def test_a_pid_that_came_again_does_not_save_a_worker(job):
    assert recovered(this_process(process_started_at="1"), job)


def test_a_worker_of_another_machine_is_believed_while_it_beats(job):
    assert not recovered(a_worker(), job, now=NOON + SILENCE)


def test_a_worker_that_fell_silent_is_lost_wherever_it_is(job):
    assert recovered(a_worker(), job, now=NOON + SILENCE + timedelta(seconds=1))
    assert recovered(this_process(), job, now=NOON + SILENCE + timedelta(seconds=1))


def test_a_worker_that_has_ended_is_not_looked_at(job):
    worker = a_worker(pid=2**22 + 1, host=socket.gethostname())
    worker.end(now=NOON)
    a_running_run(job, worker)
    assert recover_lost_runs(now=LATER) == 0


def test_a_worker_that_woke_again_counts_as_living():
    worker = a_worker()
    recover_lost_runs(now=LATER)
    worker.beat(now=LATER, last_tick_at=None)
    worker.refresh_from_db()
    assert worker.ended_at is None
    assert recover_lost_runs(now=LATER) == 0


def test_a_run_that_never_began_goes_back_whatever_its_kind(job, worker):
    run, _ = a_running_run(job, worker)
    assert recover([run], who="w", now=LATER, have_begun=False) == 1
    assert (run.state, run.lost_count) == (RunState.PENDING, 1)


def test_the_runs_of_a_lost_worker_are_recovered_together(job, worker):
    runs = [a_running_run(job, worker, snapshot=idempotent(job))[0] for _ in range(3)]
    done = Run.objects.get(pk=runs[2].pk)
    done.finish(RunState.SUCCEEDED, who="w", now=NOON)
    assert recover(runs, who="recovery", now=LATER) == 2
    assert {run.state for run in runs[:2]} == {RunState.PENDING}
    assert Attempt.objects.filter(state="LOST").count() == 2
