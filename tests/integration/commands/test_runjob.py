from __future__ import annotations

import signal
import subprocess

import pytest
from django.core.management import CommandError

from scheduling.models import Run, Worker
from scheduling.states import Reason, RunState
from tests.factories.jobs import a_job, a_user
from tests.integration.engine.processes import MANAGE, run_command
from tests.waiting import wait_for

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_run_is_queued_for_a_scheduler(call):
    job = a_job("morning")
    said = call("runjob", "morning")
    run = Run.objects.get(job=job)
    assert said == f"Run {run.pk} waits for a scheduler.\n"
    assert (run.state, run.origin) == (RunState.PENDING, "COMMAND")
    assert run.requested_by == "command line"


def test_a_job_is_found_by_its_number_too(call):
    job = a_job("morning")
    call("runjob", str(job.pk))
    assert Run.objects.get().job == job


@pytest.mark.parametrize(
    ("pair", "name", "value"),
    [
        ("steps=4", "steps", 4),
        ("seconds=0.5", "seconds", 0.5),
        ("behaviour=fail", "behaviour", "fail"),
        ('behaviour="fail"', "behaviour", "fail"),
    ],
)
def test_a_parameter_is_read_as_json_if_it_is_json(call, pair, name, value):
    a_job("morning")
    call("runjob", "morning", "--param", pair)
    assert Run.objects.get().snapshot["job"]["params"][name] == value


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["evening"], r"There is no job 'evening'. Jobs: \d+ 'morning'"),
        (["99999999"], "There is no job '99999999'"),
        (["morning", "--param", "steps"], "'steps' is not a parameter; write NAME=VALUE"),
        (["morning", "--param", "=4"], "'=4' is not a parameter"),
        (["morning", "--param", "steps=0"], "steps: Input should be greater than or equal to 1"),
        (["morning", "--param", "colour=red"], "colour: Extra inputs are not permitted"),
    ],
)
def test_what_cannot_be_run_is_refused_with_a_sentence(call, arguments, sentence):
    a_job("morning")
    with pytest.raises(CommandError, match=sentence):
        call("runjob", *arguments)
    assert not Run.objects.exists()


def test_a_name_that_several_owners_use_is_not_guessed(call):
    a_job("morning")
    a_job("morning", owner=a_user("bob"))
    with pytest.raises(CommandError, match="Several jobs are named 'morning'"):
        call("runjob", "morning")


def test_a_run_in_the_way_is_named(call):
    a_job("morning")
    call("runjob", "morning")
    with pytest.raises(CommandError, match=r"Run \d+ of this job is pending"):
        call("runjob", "morning")


def test_in_the_foreground_success_is_exit_code_0(process_env):
    job = a_job("morning", steps=3)
    code, out, error = run_command(process_env, "runjob", "morning", "--wait")
    run = Run.objects.get(job=job)
    assert (code, out) == (0, f"Run {run.pk} succeeded: 3 steps\n"), error
    assert run.state == RunState.SUCCEEDED
    assert run.outcome == {"found": 3, "new": 3, "changed": 0, "unchanged": 0, "failed": 0}
    worker = Worker.objects.get()
    assert (worker.role, worker.ended_at is None) == ("COMMAND", False)


def test_in_the_foreground_failure_is_exit_code_1_and_says_why(process_env):
    job = a_job("morning")
    code, out, error = run_command(
        process_env, "runjob", "morning", "--wait", "--param", "behaviour=give-up"
    )
    run = Run.objects.get(job=job)
    assert (code, out) == (1, "")
    assert f"Run {run.pk} failed (LAYOUT_CHANGED): The probe was told to give up." in error
    assert "Traceback" not in error


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_the_run_in_order(process_env, number):
    job = a_job("long", seconds=600, steps=60_000)
    command = subprocess.Popen(
        [*MANAGE, "runjob", "long", "--wait"],
        env=process_env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    wait_for(lambda: Run.objects.filter(job=job, progress_done__gt=0).exists())
    command.send_signal(number)
    _, error = command.communicate(timeout=60)
    run = Run.objects.get(job=job)
    assert command.returncode == 1
    assert (run.state, run.reason) == (RunState.CANCELLED, Reason.CANCELLED_BY_USER)
    assert f"Run {run.pk} cancelled (CANCELLED_BY_USER)" in error
