"""Real children under a real engine: stopped, replaced, taken over, tried again."""

from __future__ import annotations

import signal
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from scheduling.actions.runs import cancel_run
from scheduling.clock import utc_now
from scheduling.models import LogLine, Run
from scheduling.states import Reason, RunState
from tests.factories.jobs import a_job, every
from tests.factories.runs import a_worker, asked_for
from tests.integration.engine.processes import EngineProcess, logged, wait_until_final
from tests.waiting import wait_for

pytestmark = pytest.mark.django_db(transaction=True)
GRACE = {"STOP_GRACE_SECONDS": "1", "TERM_GRACE_SECONDS": "2"}


def wait_until_working(run: Run) -> int:
    """Return the child's pid once the kind is at work."""
    wait_for(lambda: Run.objects.filter(pk=run.pk, progress_done__gt=0).exists())
    return run.attempts.get().pid or 0


def signals_sent(run: Run) -> list[str]:
    lines = LogLine.objects.filter(run=run, text__startswith="Sent ").order_by("pk")
    return [line.text.split()[1] for line in lines]


def test_a_run_is_stopped_by_no_more_than_it_takes(process_env):
    """It is asked, then signalled, then killed."""
    long: dict[str, Any] = {"seconds": 600, "steps": 6000}
    asked = [
        asked_for(a_job("listens", **long)),
        asked_for(a_job("deaf", behaviour="ignore-stop", **long)),
        asked_for(a_job("stubborn", behaviour="ignore-signals")),
    ]
    with EngineProcess(process_env, **GRACE) as engine:
        for run in asked[:2]:
            wait_until_working(run)
        wait_for(asked[2].attempts.filter(pid__isnull=False).exists)
        for run in asked:
            cancel_run(run=run, by="bob", now=utc_now())
        ended = wait_until_final(*asked)
        assert engine.terminate() == 0
    assert {run.state for run in ended} == {RunState.CANCELLED}
    assert {run.reason for run in ended} == {Reason.CANCELLED_BY_USER}
    assert [signals_sent(run) for run in ended] == [[], ["SIGTERM"], ["SIGTERM", "SIGKILL"]]
    assert [run.attempts.get().exit_code for run in ended[::2]] == [0, -signal.SIGKILL]


def test_a_run_that_runs_into_its_time_limit_is_stopped_with_its_stack_in_the_log(process_env):
    limit = timedelta(seconds=1)
    job = a_job("slow", seconds=600, steps=6000, behaviour="ignore-stop", time_limit=limit)
    run = asked_for(job)
    with EngineProcess(process_env, **GRACE) as engine:
        (run,) = wait_until_final(run)
        assert engine.terminate() == 0
    assert (run.state, run.reason) == (RunState.FAILED, Reason.TIMED_OUT)
    said = "\n".join(LogLine.objects.filter(run=run).values_list("text", flat=True))
    assert "of the 1 s allowed are over" in said
    assert "most recent call first" in said
    assert "Sent SIGTERM" in said


def test_a_run_that_waits_is_cancelled_at_once():
    run = asked_for(a_job("later"))
    cancel_run(run=run, by="bob", now=utc_now())
    run.refresh_from_db()
    assert (run.state, run.reason) == (RunState.CANCELLED, Reason.CANCELLED_BY_USER)


def test_a_run_that_was_taken_over_is_killed_and_writes_nothing_more(process_env):
    run = asked_for(a_job("long", seconds=600, steps=6000))
    with EngineProcess(process_env) as engine:
        pid = wait_until_working(run)
        run.refresh_from_db()
        other = a_worker(now=utc_now())
        run.put_back(available_at=utc_now(), reason=Reason.WORKER_LOST, who="test", now=utc_now())
        assert run.claim(other, now=utc_now())
        wait_for(lambda: not Path(f"/proc/{pid}").exists())
        wait_for(lambda: logged(process_env, "late_writer_refused"))
        run.refresh_from_db()
        assert (run.state, run.claimed_by) == (RunState.RUNNING, other)
        assert engine.terminate() == 0


def test_a_newer_occurrence_replaces_the_run_that_is_active(process_env):
    job = a_job("latest", every(1), seconds=600, steps=6000, policies={"overlap": "replace"})
    with EngineProcess(process_env, DRAIN_SECONDS="0.2") as engine:
        wait_for(lambda: Run.objects.filter(job=job, reason=Reason.REPLACED).count() >= 2)
        assert engine.terminate() == 0
    replaced = Run.objects.filter(job=job, reason=Reason.REPLACED)
    assert {run.state for run in replaced} == {RunState.CANCELLED}


def test_a_run_that_is_to_come_later_waits_with_its_reason(process_env):
    run = asked_for(a_job("later", behaviour="retry-later"))
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


def test_no_more_runs_go_on_at_once_than_this_machine_has_slots(process_env):
    runs = [asked_for(a_job(f"job {number}", seconds=600, steps=6000)) for number in range(4)]
    with EngineProcess(process_env, MAX_RUNNING="2", DRAIN_SECONDS="0.2") as engine:
        wait_until_working(runs[0])
        wait_until_working(runs[1])
        states = list(Run.objects.order_by("pk").values_list("state", flat=True))
        assert states == ["RUNNING", "RUNNING", "PENDING", "PENDING"]
        assert engine.terminate() == 0
    assert Run.objects.filter(state=RunState.CANCELLED, reason=Reason.INTERRUPTED).count() == 2
    assert Run.objects.filter(state=RunState.PENDING).count() == 2
