from __future__ import annotations

import signal
from datetime import timedelta
from pathlib import Path

import pytest

from scheduling.clock import utc_now
from scheduling.models import DueEntry, EngineLease, LogLine, Run, Schedule, Worker
from scheduling.states import Reason, RunState
from tests.factories.backfills import a_backfill
from tests.factories.jobs import NOON, a_job, a_schedule, every, once_soon
from tests.factories.runs import asked_for
from tests.integration.engine.processes import (
    EngineProcess,
    begun,
    evidence,
    logged,
    run_command,
    ticking,
    wait_until_final,
)
from tests.waiting import wait_for

pytestmark = pytest.mark.django_db(transaction=True)
# What a job does -> why it failed, and the exit code of its child.
ENDS = {
    "succeed": ("", 0),
    "leave-thread": ("", 0),
    "fail": (Reason.BUG, 0),
    "give-up": (Reason.LAYOUT_CHANGED, 0),
    "exit": (Reason.CRASHED, 0),
    "segfault": (Reason.CRASHED, -signal.SIGSEGV),
    "abort": (Reason.CRASHED, -signal.SIGABRT),
    "kill": (Reason.CRASHED, -signal.SIGKILL),
    "eat-memory": (Reason.OUT_OF_MEMORY, 0),
}
HANGING = ("hang", "spin", "regex")


def end_of(run: Run) -> tuple[str, int | None]:
    assert run.state == (RunState.FAILED if run.reason else RunState.SUCCEEDED)
    return run.reason, run.attempts.get().exit_code


def test_each_occurrence_runs_once_and_sigterm_ends_the_engine_in_order(process_env):
    job = a_job("beat", every(1))
    with EngineProcess(process_env) as engine:
        wait_for(lambda: Run.objects.filter(job=job, state=RunState.SUCCEEDED).count() >= 3)
        assert engine.terminate() == 0
    starts = begun(process_env)
    assert len(starts) == len(set(starts)) >= 3
    assert Worker.objects.filter(ended_at=None).count() == 0
    assert EngineLease.objects.get().holder is None


@pytest.mark.one_database
def test_misbehaving_jobs_end_as_they_should_and_others_go_on(process_env):
    limit = timedelta(seconds=2)
    jobs = [a_job(each, behaviour=each) for each in ENDS]
    jobs += [a_job(each, behaviour=each, time_limit=limit) for each in HANGING]
    good = a_job("good", every(1))
    runs = [asked_for(job) for job in jobs]
    grace = {"STOP_GRACE_SECONDS": "0.5", "TERM_GRACE_SECONDS": "10", "RUN_MEMORY_LIMIT_MB": "700"}
    with EngineProcess(process_env, MAX_RUNNING="16", **grace):
        runs = wait_until_final(*runs)
        later = Run.objects.filter(job=good, state=RunState.SUCCEEDED, planned_at__gt=utc_now())
        wait_for(later.exists)
    ends = {job.name: end_of(run) for job, run in zip(jobs, runs, strict=True)}
    assert ends == ENDS | dict.fromkeys(HANGING, (Reason.TIMED_OUT, -signal.SIGTERM))
    assert {bool(run.error) == (run.state == RunState.FAILED) for run in runs} == {True}


@pytest.mark.one_database
def test_a_run_that_floods_its_output_is_kept_head_and_tail(process_env):
    job = a_job("flood", once_soon(), behaviour="print", megabytes=30)
    with EngineProcess(process_env):
        wait_for(lambda: Run.objects.filter(job=job, state=RunState.SUCCEEDED).exists())
    lines = LogLine.objects.filter(run__job=job)
    kept = sum(len(line.text) for line in lines)
    assert 4_000_000 < kept < 5_100_000
    assert lines.filter(level="NOTICE", text__contains="lines left out").count() == 1
    assert not any("\x00" in line.text for line in lines)


def test_a_run_asked_for_by_hand_starts_within_two_seconds(process_env):
    job = a_job("by hand")
    with ticking(process_env):
        code, _, _ = run_command(process_env, "runjob", "by hand")
        wait_for(lambda: Run.objects.filter(job=job, started_at__isnull=False).exists())
    assert code == 0
    run = Run.objects.get(job=job)
    assert run.started_at is not None
    assert run.started_at - run.created_at < timedelta(seconds=2)


def test_an_engine_that_only_schedules_leaves_the_run_waiting(process_env):
    job = a_job("beat", every(1), policies={"overlap": "queue_all"})
    with EngineProcess(process_env, "--no-execute") as engine:
        wait_for(lambda: Run.objects.filter(job=job).count() >= 2)
        assert engine.terminate() == 0
    assert not Run.objects.filter(started_at__isnull=False).exists()
    assert Run.objects.filter(state=RunState.PENDING).exists()


def test_sigterm_lets_a_short_run_finish(process_env):
    run = asked_for(a_job("short", seconds=1.5))
    with EngineProcess(process_env) as engine:
        wait_for(lambda: Run.objects.filter(state=RunState.RUNNING).exists())
        assert engine.terminate() == 0
    run.refresh_from_db()
    assert run.state == RunState.SUCCEEDED


def test_sigterm_stops_a_long_run_after_the_grace_and_says_so(process_env):
    run = asked_for(a_job("long", seconds=600, steps=6000))
    with EngineProcess(process_env, DRAIN_SECONDS="0.5", STOP_GRACE_SECONDS="5") as engine:
        wait_for(lambda: Run.objects.filter(state=RunState.RUNNING).exists())
        assert engine.terminate() == 0
    run.refresh_from_db()
    assert (run.state, run.reason) == (RunState.CANCELLED, Reason.INTERRUPTED)


def test_a_second_signal_ends_a_run_without_grace(process_env):
    run = asked_for(a_job("long", behaviour="hang"))
    patience = {"DRAIN_SECONDS": "600", "STOP_GRACE_SECONDS": "600"}
    with EngineProcess(process_env, **patience) as engine:
        wait_for(lambda: evidence(process_env))
        engine.process.send_signal(signal.SIGINT)  # two alike at once are one to the kernel
        assert engine.terminate(seconds=30) == 0
    run.refresh_from_db()
    assert (run.state, run.reason) == (RunState.CANCELLED, Reason.INTERRUPTED)
    assert run.attempts.get().exit_code == -signal.SIGKILL


def test_the_children_of_a_killed_engine_die_and_their_run_is_called_lost(process_env):
    run = asked_for(a_job("long", seconds=600, steps=6000))
    with EngineProcess(process_env) as engine:
        wait_for(lambda: evidence(process_env))
        pid = run.attempts.get().pid
        engine.kill()
    wait_for(lambda: not Path(f"/proc/{pid}").exists(), seconds=5)
    with EngineProcess(process_env):
        (run,) = wait_until_final(run)
    assert (run.state, run.reason) == (RunState.FAILED, Reason.WORKER_LOST)
    assert run.attempts.get().state == "LOST"


def test_once_at_a_named_instant_decides_and_executes_what_was_due_then(process_env):
    job = a_job("noon", a_schedule(), now=NOON - timedelta(hours=2))
    backfill = a_backfill(job, days=1, now=NOON)
    code, _, error = run_command(
        process_env, "runscheduler", "--once", "--now", (NOON + timedelta(seconds=5)).isoformat()
    )
    assert code == 0, error
    assert backfill.runs.get().state == RunState.SUCCEEDED
    run = Run.objects.get(job=job, backfill=None)
    assert (run.state, run.planned_at) == (RunState.SUCCEEDED, NOON)
    assert run.started_at is not None
    assert timedelta(0) < run.started_at - NOON < timedelta(seconds=20)
    schedule = Schedule.objects.get(job=job)
    entry = DueEntry.objects.get(id=str(schedule.pk))
    assert entry.next_run_time == NOON + timedelta(days=1)
    assert bytes(entry.job_state) == b""


def test_a_schedule_that_cannot_be_read_is_held_and_disturbs_no_other(process_env):
    broken, unknown = a_job("broken", every(1)), a_job("unknown", every(1))
    Schedule.objects.filter(job=broken).update(zone="Atlantis/Capital")
    unknown.kind = "gone"
    unknown.save(update_fields=["kind"])
    good = a_job("good", every(1))
    with EngineProcess(process_env) as engine:
        wait_for(lambda: Run.objects.filter(job=good, state=RunState.SUCCEEDED).count() >= 2)
        assert engine.terminate() == 0
    broken_schedule = Schedule.objects.get(job=broken)
    assert "Atlantis/Capital" in broken_schedule.quarantine_reason
    assert DueEntry.objects.get(id=str(broken_schedule.pk)).next_run_time is None
    unknown.refresh_from_db()
    assert unknown.quarantine_code == Reason.UNKNOWN_KIND
    assert not Run.objects.filter(job__in=[broken, unknown]).exists()


def test_a_failing_tick_is_told_once_and_the_next_one_makes_up_for_it(process_env):
    job = a_job("beat", every(1))
    with EngineProcess(process_env, FAILPOINTS="engine.before_commit:raise@1") as engine:
        wait_for(lambda: Run.objects.filter(job=job, state=RunState.SUCCEEDED).count() >= 2)
        assert engine.terminate() == 0
    assert len(logged(process_env, "tick_failed")) == 1
