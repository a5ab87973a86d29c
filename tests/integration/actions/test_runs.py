from __future__ import annotations

from datetime import timedelta

import pytest

from scheduling.actions.jobs import remove_job
from scheduling.actions.runs import (
    JobCannotRun,
    RunInTheWay,
    RunIsOver,
    cancel_run,
    request_run,
)
from scheduling.kinds import BadParameters
from scheduling.models import Job, Origin, Run
from scheduling.registry import UnknownKind
from scheduling.states import FINAL, Reason, RunState
from tests.factories.jobs import NOON, a_job
from tests.factories.runs import a_run, a_running_run, a_worker
from tests.integration.actions.conftest import due_at

pytestmark = pytest.mark.django_db


def request(job: Job, **fields) -> Run:
    return request_run(job=job, by="alice", now=NOON, origin=Origin.HAND, **fields)


def test_a_run_that_is_asked_for_waits_at_once_and_moves_no_schedule(job):
    before = due_at(job.schedules.get())
    run = request(job)
    assert (run.state, run.origin, run.requested_by) == (RunState.PENDING, "HAND", "alice")
    assert (run.due_at, run.available_at) == (NOON, NOON)
    assert (run.schedule, run.planned_at) == (None, None)
    assert due_at(job.schedules.get()) == before


def test_the_run_keeps_the_definition_it_was_asked_for_with(job):
    run = request(job)
    Job.objects.filter(pk=job.pk).update(params={"steps": 9}, revision=7)
    run.refresh_from_db()
    assert (run.snapshot["job"]["params"]["steps"], run.snapshot["job"]["revision"]) == (1, 1)
    assert (run.snapshot["schedule"], run.snapshot["idempotent"]) == (None, False)


def test_single_parameters_can_be_replaced_for_one_run(job):
    run = request(job, params={"steps": 4}, dry_run=True)
    assert run.snapshot["job"]["params"]["steps"] == 4
    assert run.snapshot["job"]["params"]["behaviour"] == "succeed"
    assert run.dry_run
    job.refresh_from_db()
    assert job.params["steps"] == 1


@pytest.mark.parametrize(
    ("params", "field"), [({"steps": 0}, "steps"), ({"colour": "red"}, "colour")]
)
def test_parameters_that_do_not_fit_are_refused_by_name(job, params, field):
    with pytest.raises(BadParameters) as caught:
        request(job, params=params)
    assert list(caught.value.errors) == [field]
    assert not Run.objects.exists()


def test_a_removed_job_cannot_run(job):
    remove_job(job=job, by="alice", now=NOON - timedelta(hours=1))
    with pytest.raises(JobCannotRun, match="'morning' was removed"):
        request(job)


def test_a_job_whose_kind_is_gone_cannot_run(job):
    Job.objects.filter(pk=job.pk).update(kind="gone")
    with pytest.raises(UnknownKind, match="gone"):
        request(job)


@pytest.mark.parametrize(
    ("overlap", "policies", "admitted"),
    [
        ("skip", {}, 1),
        ("allow", {"max_parallel": 3}, 3),
        ("queue_one", {"max_queued": 4}, 2),
        ("queue_all", {"max_queued": 4}, 5),
    ],
)
def test_as_many_runs_may_be_open_as_the_policy_lets(overlap, policies, admitted):
    job = a_job("busy", policies={"overlap": overlap, **policies})
    for _ in range(admitted):
        request(job)
    with pytest.raises(RunInTheWay):
        request(job)
    assert Run.objects.count() == admitted


def test_the_run_in_the_way_is_named(job):
    first = request(job)
    with pytest.raises(RunInTheWay, match=f"Run {first.pk} of this job is pending") as caught:
        request(job)
    assert caught.value.run == first


def test_a_run_that_waits_for_its_retry_is_in_the_way(job):
    run, _ = a_running_run(job, a_worker())
    run.put_back(available_at=NOON, reason=Reason.SOURCE_UNAVAILABLE, who="w", now=NOON)
    with pytest.raises(RunInTheWay):
        request(job)


@pytest.mark.parametrize("state", sorted(FINAL))
def test_a_run_that_has_ended_is_not_in_the_way(job, state):
    a_run(job, state)
    assert request(job).state == RunState.PENDING


def test_a_run_of_another_job_is_not_in_the_way(job):
    request(a_job("other"))
    assert request(job).job == job


def test_a_run_that_waits_is_cancelled_at_once(job):
    run = request(job)
    cancel_run(run=run, by="bob", now=NOON + timedelta(minutes=1))
    run.refresh_from_db()
    assert (run.state, run.reason) == (RunState.CANCELLED, Reason.CANCELLED_BY_USER)
    assert run.finished_at == NOON + timedelta(minutes=1)
    assert run.events.get().who == "bob"


def test_a_run_that_goes_on_is_asked_to_stop(job):
    run, _ = a_running_run(job, a_worker())
    cancel_run(run=run, by="bob", now=NOON)
    run.refresh_from_db()
    assert (run.state, run.stop_requested_by) == (RunState.RUNNING, "bob")


@pytest.mark.parametrize("state", sorted(FINAL))
def test_a_run_that_has_ended_cannot_be_stopped(job, state):
    run = a_run(job, state)
    with pytest.raises(RunIsOver, match=f"Run {run.pk} has ended already"):
        cancel_run(run=run, by="bob", now=NOON)


def test_a_run_that_a_worker_claims_just_now_is_asked_to_stop(job, monkeypatch):
    run = request(job)
    read_before = Run.objects.get(pk=run.pk)
    monkeypatch.setattr(read_before, "refresh_from_db", lambda: None)
    run.claim(a_worker(), now=NOON)
    cancel_run(run=read_before, by="bob", now=NOON)
    run.refresh_from_db()
    assert (run.state, run.stop_requested_by) == (RunState.RUNNING, "bob")


def test_a_page_that_is_out_of_date_stops_what_is_there_now(job):
    run = request(job)
    shown = Run.objects.get(pk=run.pk)
    run.claim(a_worker(), now=NOON)
    cancel_run(run=shown, by="bob", now=NOON)
    run.refresh_from_db()
    assert (run.state, run.stop_requested_by) == (RunState.RUNNING, "bob")
