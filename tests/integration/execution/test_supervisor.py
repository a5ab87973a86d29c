"""Real children under a real engine: stopped, replaced, taken over, tried again."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from scheduling.actions.runs import cancel_run, request_run
from scheduling.clock import utc_now
from scheduling.models import Job, LogLine, Origin, Run
from scheduling.states import Reason, RunState
from tests.factories.jobs import a_job, every
from tests.factories.runs import a_worker
from tests.integration.engine.processes import EngineProcess, wait_for

pytestmark = pytest.mark.django_db(transaction=True)
GRACE = {"STOP_GRACE_SECONDS": "1", "TERM_GRACE_SECONDS": "5"}


def start(job: Job) -> Run:
    return request_run(job=job, by="alice", now=utc_now(), origin=Origin.HAND)


def wait_until_working(run: Run) -> int:
    """Return the child's pid once the kind is at work."""
    wait_for(lambda: Run.objects.filter(pk=run.pk, progress_done__gt=0).exists())
    return run.attempts.get().pid or 0


def wait_for_end(run: Run) -> None:
    wait_for(lambda: Run.objects.get(pk=run.pk).is_final)
    run.refresh_from_db()


def test_a_run_that_listens_ends_at_once_when_a_person_stops_it(process_env):
    run = start(a_job("long", seconds=600, steps=6000))
    with EngineProcess(process_env) as engine:
        wait_until_working(run)
        cancel_run(run=run, by="bob", now=utc_now())
        wait_for_end(run)
        assert engine.terminate() == 0
    assert (run.state, run.reason) == (RunState.CANCELLED, Reason.CANCELLED_BY_USER)
    assert run.attempts.get().exit_code == 0
    assert not LogLine.objects.filter(text__contains="SIGTERM").exists()


def test_a_run_that_does_not_listen_is_signalled(process_env):
    run = start(a_job("deaf", seconds=600, steps=6000, behaviour="ignore-stop"))
    with EngineProcess(process_env, **GRACE) as engine:
        wait_until_working(run)
        cancel_run(run=run, by="bob", now=utc_now())
        wait_for_end(run)
        assert engine.terminate() == 0
    assert (run.state, run.reason) == (RunState.CANCELLED, Reason.CANCELLED_BY_USER)
    assert LogLine.objects.filter(run=run, text__contains="Sent SIGTERM").count() == 1
    assert not LogLine.objects.filter(run=run, text__contains="SIGKILL").exists()


def test_a_run_that_ignores_signals_is_killed(process_env):
    run = start(a_job("stubborn", behaviour="ignore-signals"))
    with EngineProcess(process_env, STOP_GRACE_SECONDS="0.5", TERM_GRACE_SECONDS="1") as engine:
        wait_for(lambda: run.attempts.filter(pid__isnull=False).exists())
        cancel_run(run=run, by="bob", now=utc_now())
        wait_for_end(run)
        assert engine.terminate() == 0
    assert (run.state, run.reason) == (RunState.CANCELLED, Reason.CANCELLED_BY_USER)
    assert run.attempts.get().exit_code == -9
    assert LogLine.objects.filter(run=run, text__contains="Sent SIGKILL").count() == 1


def test_a_run_that_runs_into_its_time_limit_is_stopped_with_its_stack_in_the_log(process_env):
    limit = timedelta(seconds=2)
    run = start(a_job("slow", seconds=600, steps=6000, behaviour="ignore-stop", time_limit=limit))
    with EngineProcess(process_env, **GRACE) as engine:
        wait_for_end(run)
        assert engine.terminate() == 0
    assert (run.state, run.reason) == (RunState.FAILED, Reason.TIMED_OUT)
    said = "\n".join(LogLine.objects.filter(run=run).values_list("text", flat=True))
    assert "of the 2 s allowed are over" in said
    assert "most recent call first" in said
    assert "Sent SIGTERM" in said


def test_a_run_that_waits_is_cancelled_at_once():
    run = start(a_job("later"))
    cancel_run(run=run, by="bob", now=utc_now())
    run.refresh_from_db()
    assert (run.state, run.reason) == (RunState.CANCELLED, Reason.CANCELLED_BY_USER)


def test_a_run_that_was_taken_over_is_killed_and_writes_nothing_more(process_env):
    run = start(a_job("long", seconds=600, steps=6000))
    with EngineProcess(process_env) as engine:
        pid = wait_until_working(run)
        run.refresh_from_db()
        other = a_worker(now=utc_now())
        run.put_back(available_at=utc_now(), reason=Reason.WORKER_LOST, who="test", now=utc_now())
        assert run.claim(other, now=utc_now())
        wait_for(lambda: not Path(f"/proc/{pid}").exists())
        wait_for(lambda: '"late_writer_refused"' in log_of(process_env))
        run.refresh_from_db()
        assert (run.state, run.claimed_by) == (RunState.RUNNING, other)
        assert engine.terminate() == 0


def log_of(env: dict[str, str]) -> str:
    return (Path(env["LOG_DIR"]) / "latest.log").read_text()


def test_a_newer_occurrence_replaces_the_run_that_is_active(process_env):
    job = a_job("latest", every(2), seconds=600, steps=6000, policies={"overlap": "replace"})
    with EngineProcess(process_env, DRAIN_SECONDS="0.2") as engine:
        wait_for(lambda: Run.objects.filter(job=job, reason=Reason.REPLACED).count() >= 2)
        assert engine.terminate() == 0
    replaced = Run.objects.filter(job=job, reason=Reason.REPLACED)
    assert {run.state for run in replaced} == {RunState.CANCELLED}


def test_a_run_that_is_to_come_later_waits_with_its_reason(process_env):
    run = start(a_job("later", behaviour="retry-later"))
    before = utc_now()
    with EngineProcess(process_env) as engine:
        wait_for(lambda: Run.objects.get(pk=run.pk).attempt_count >= 1)
        wait_for(lambda: Run.objects.get(pk=run.pk).reason == Reason.SOURCE_UNAVAILABLE)
        assert engine.terminate() == 0
    run.refresh_from_db()
    assert run.state in (RunState.PENDING, RunState.FAILED)
    assert run.attempts.order_by("number")[0].state == "FAILED"
    assert run.available_at >= before
    assert run.available_at - utc_now() < timedelta(minutes=15)


def test_a_thread_that_a_kind_left_behind_does_not_hold_its_run(process_env):
    run = start(a_job("threads", behaviour="leave-thread"))
    with EngineProcess(process_env) as engine:
        wait_for_end(run)
        assert engine.terminate() == 0
    assert run.state == RunState.SUCCEEDED


def test_no_more_runs_go_on_at_once_than_this_machine_has_slots(process_env):
    runs = [start(a_job(f"job {number}", seconds=600, steps=6000)) for number in range(4)]
    with EngineProcess(process_env, MAX_RUNNING="2", DRAIN_SECONDS="0.2") as engine:
        wait_until_working(runs[0])
        wait_until_working(runs[1])
        states = list(Run.objects.order_by("pk").values_list("state", flat=True))
        assert states == ["RUNNING", "RUNNING", "PENDING", "PENDING"]
        assert engine.terminate() == 0
    assert Run.objects.filter(state=RunState.CANCELLED, reason=Reason.INTERRUPTED).count() == 2
    assert Run.objects.filter(state=RunState.PENDING).count() == 2
