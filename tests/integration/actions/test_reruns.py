"""A run that is repeated: as it was, as the job is now, or not at all."""

from __future__ import annotations

from datetime import timedelta

import pytest

from scheduling.actions.jobs import remove_job
from scheduling.actions.reruns import RerunRefused, differences, rerun
from scheduling.actions.runs import JobCannotRun, RunInTheWay, request_run
from scheduling.kinds import BadParameters
from scheduling.models import Environment, Job, Origin, Run
from scheduling.registry import UnknownKind
from scheduling.states import Reason, RunState
from tests.factories.jobs import NOON, a_schedule
from tests.factories.runs import a_run, a_worker
from tests.integration.actions.conftest import edit, tick

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(hours=3)


@pytest.fixture
def run(job: Job) -> Run:
    """The run of noon, which failed."""
    tick(NOON)
    found = Run.objects.get(job=job)
    found.claim(a_worker(), now=NOON)
    found.finish(RunState.FAILED, reason=Reason.BUG, who="worker", now=NOON)
    return found


def again(run: Run, *, as_it_was: bool) -> Run:
    return rerun(run=run, as_it_was=as_it_was, by="bob", now=LATER)


@pytest.mark.parametrize("as_it_was", [True, False])
def test_a_repeated_run_stands_for_the_same_instant_and_moves_no_schedule(run, as_it_was):
    new = again(run, as_it_was=as_it_was)
    assert (new.planned_at, new.planned_local) == (run.planned_at, run.planned_local)
    assert (new.origin, new.rerun_of, new.schedule) == (Origin.RERUN, run, None)
    assert (new.state, new.requested_by, new.due_at) == (RunState.PENDING, "bob", LATER)
    assert list(run.reruns.all()) == [new]


def test_the_ledgers_row_stays_as_it_is(run):
    again(run, as_it_was=True)
    run.refresh_from_db()
    assert (run.state, run.reason) == (RunState.FAILED, Reason.BUG)


@pytest.mark.parametrize(("as_it_was", "steps", "revision"), [(True, 1, 1), (False, 5, 2)])
def test_as_it_was_keeps_the_old_parameters_and_as_it_is_now_takes_todays(
    job, run, as_it_was, steps, revision
):
    edit(job, a_schedule(), now=LATER, params={"steps": 5})
    frozen = again(run, as_it_was=as_it_was).snapshot["job"]
    assert (frozen["params"]["steps"], frozen["revision"]) == (steps, revision)


def test_where_and_when_it_runs_is_decided_by_the_job_of_today(job, run):
    Job.objects.filter(pk=job.pk).update(priority=3, weight=2)
    new = again(run, as_it_was=True)
    assert (new.weight, new.ranked_at) == (2, LATER - timedelta(minutes=15))
    assert (new.snapshot["job"]["weight"], new.snapshot["job"]["priority"]) == (2, 3)


def test_parameters_of_a_single_run_are_repeated_too(job):
    first = request_run(job=job, by="a", now=NOON, origin=Origin.HAND, params={"steps": 8})
    first.finish(RunState.CANCELLED, who="a", now=NOON)
    assert again(first, as_it_was=True).snapshot["job"]["params"]["steps"] == 8
    Run.objects.filter(rerun_of=first).update(state=RunState.CANCELLED, finished_at=LATER)
    assert again(first, as_it_was=False).snapshot["job"]["params"]["steps"] == 1


def test_a_dry_run_stays_one(job):
    assert again(a_run(job, RunState.SUCCEEDED, dry_run=True), as_it_was=True).dry_run


def test_a_date_that_was_missed_can_be_run(job):
    missed = a_run(job, RunState.MISSED, planned_at=NOON, reason=Reason.OUT_OF_WINDOW)
    assert again(missed, as_it_was=False).planned_at == NOON


def test_a_run_that_goes_on_is_not_repeated(job):
    run = request_run(job=job, by="alice", now=NOON, origin=Origin.HAND)
    with pytest.raises(RerunRefused, match=f"Run {run.pk} has not ended yet"):
        again(run, as_it_was=True)


def test_a_row_that_stands_for_many_dates_is_not_repeated(job):
    span = {"planned_at": NOON, "covers_until": LATER, "covers_count": 4}
    with pytest.raises(RerunRefused, match="stands for 4 dates"):
        again(a_run(job, RunState.MISSED, **span), as_it_was=True)


def test_a_run_of_a_removed_job_is_not_repeated(job, run):
    remove_job(job=job, by="alice", now=LATER)
    with pytest.raises(JobCannotRun, match="'morning' was removed"):
        again(run, as_it_was=True)


def test_what_is_open_meets_it_as_any_run_by_hand(job, run):
    first = again(run, as_it_was=True)
    with pytest.raises(RunInTheWay, match=f"Run {first.pk} of this job is pending"):
        again(run, as_it_was=False)


def old_definition(run: Run, **values: object) -> None:
    run.snapshot["job"].update(values)
    run.save(update_fields=["snapshot"])


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"kind": "gone"}, "No job kind is registered as 'gone'"),
        ({"params": {"steps": 0}}, "steps: Input should be greater than or equal to 1"),
    ],
)
def test_what_no_longer_fits_its_kind_cannot_run_as_it_was(run, values, why):
    old_definition(run, **values)
    with pytest.raises(RerunRefused) as caught:
        again(run, as_it_was=True)
    assert str(caught.value) == f"It cannot run as it was ({why}): run it as it is now."
    assert again(run, as_it_was=False).state == RunState.PENDING


@pytest.mark.parametrize(
    ("values", "refused"),
    [({"kind": "gone"}, UnknownKind), ({"params": {"steps": 0}}, BadParameters)],
)
def test_a_job_that_cannot_run_today_is_refused_as_it_is_now(job, run, values, refused):
    Job.objects.filter(pk=job.pk).update(**values)
    with pytest.raises(refused):
        again(run, as_it_was=False)


def test_between_then_and_now_nothing_may_have_changed(run):
    assert differences(run) == []


def test_the_difference_names_what_was_edited_and_what_code_planned_it(job, run):
    edit(job, a_schedule(type="daily", times=["13:00"]), now=LATER, params={"steps": 5})
    old = Environment.objects.get()
    packages = {**old.packages, "Django": "4.0"}
    Environment.objects.filter(pk=old.pk).update(packages=packages)
    found = {each.what: (each.then, each.now) for each in differences(Run.objects.get(pk=run.pk))}
    assert found["parameter: steps"] == ("1", "5")
    assert found["package: Django"][0] == "4.0"


def test_of_a_run_older_than_the_record_of_environments_no_package_is_named(run):
    Environment.objects.all().delete()
    assert differences(run) == []
