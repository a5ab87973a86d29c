"""The five policies, asked when a run is made and again when it is claimed (semantics 7)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from scheduling.actions.runs import RunInTheWay, foresee, request_run
from scheduling.models import Origin, Run
from scheduling.states import Reason, RunState
from tests.factories.claims import claim
from tests.factories.jobs import NOON, a_job, a_schedule
from tests.factories.runs import a_run, a_running_run, a_worker
from tests.integration.actions.conftest import MORNING, tick

pytestmark = pytest.mark.django_db

SKIPPED = (RunState.SKIPPED, Reason.OVERLAP)
WAITS = (RunState.PENDING, "")
STARTS = (RunState.RUNNING, "")
POLICIES = ["skip", "queue_one", "queue_all", "replace", "allow"]


def a_run_of_a_busy_job(overlap: str, active: Origin) -> Run:
    """It goes on, and was asked for so; its job is due at noon."""
    job = a_job("busy", a_schedule(), now=MORNING, policies={"overlap": overlap})
    fields = {"origin": active, "created_at": MORNING}
    if active is Origin.SCHEDULE:
        fields |= {"schedule": job.schedules.get(), "planned_at": NOON - timedelta(days=1)}
    run, _ = a_running_run(job, a_worker(), **fields)
    return run


@pytest.mark.parametrize("active", [Origin.SCHEDULE, Origin.HAND])
@pytest.mark.parametrize(
    ("overlap", "lot", "waits"),
    [
        ("skip", SKIPPED, False),
        ("queue_one", WAITS, True),
        ("queue_all", WAITS, True),
        ("replace", WAITS, True),
        ("allow", WAITS, False),
    ],
)
def test_an_occurrence_that_meets_a_run_is_made_as_the_policy_says(active, overlap, lot, waits):
    run = a_run_of_a_busy_job(overlap, active)
    tick(NOON)
    made = Run.objects.get(planned_at=NOON)
    run.refresh_from_db()
    assert ((made.state, made.reason), made.may_wait) == (lot, waits)
    assert made.in_the_way == (run if lot == SKIPPED else None)
    assert run.stop_reason == (Reason.REPLACED if overlap == "replace" else "")


@pytest.mark.parametrize("active", [Origin.SCHEDULE, Origin.HAND])
@pytest.mark.parametrize(
    ("overlap", "foreseen", "waits"),
    [
        ("skip", "wait for its end or stop it first", None),
        ("queue_one", "one asked for now waits for its turn", True),
        ("queue_all", "one asked for now waits for its turn", True),
        ("replace", "one asked for now stops it and starts after its end", True),
        ("allow", "", False),
    ],
)
def test_a_request_meets_what_was_said_beforehand(active, overlap, foreseen, waits):
    run = a_run_of_a_busy_job(overlap, active)
    said = foresee(run.job)
    assert said == (f"Run {run.pk} of this job is running; {foreseen}." if foreseen else "")
    if waits is None:
        with pytest.raises(RunInTheWay, match=said):
            request_run(job=run.job, by="alice", now=NOON, origin=Origin.HAND)
        return
    made = request_run(job=run.job, by="alice", now=NOON, origin=Origin.HAND)
    run.refresh_from_db()
    assert (made.state, made.may_wait) == (RunState.PENDING, waits)
    assert run.stop_reason == (Reason.REPLACED if overlap == "replace" else "")
    assert run.stop_requested_by == ("alice" if overlap == "replace" else "")


@pytest.mark.parametrize("made_by", [Origin.SCHEDULE, Origin.HAND])
@pytest.mark.parametrize(
    ("overlap", "lot"),
    [
        ("skip", SKIPPED),
        ("queue_one", WAITS),
        ("queue_all", WAITS),
        ("replace", WAITS),
        ("allow", STARTS),
    ],
)
def test_a_claim_asks_again(made_by, overlap, lot):
    """Nothing was in the way when the run was made; a run of the job started since."""
    job = a_job("busy", a_schedule(), now=MORNING, policies={"overlap": overlap})
    if made_by is Origin.SCHEDULE:
        tick(NOON)
    else:
        request_run(job=job, by="alice", now=NOON, origin=Origin.HAND)
    made = Run.objects.get()
    in_the_way, _ = a_running_run(job, a_worker(), parallel_limit=made.parallel_limit)
    claim(made, a_worker(pid=2), now=NOON)
    made.refresh_from_db()
    assert (made.state, made.reason) == lot
    assert made.in_the_way == (in_the_way if lot == SKIPPED else None)


@pytest.mark.parametrize(("overlap", "places"), [("queue_one", 1), ("queue_all", 3)])
def test_a_full_queue_takes_no_further_run_from_either_door(overlap, places):
    job = a_job("busy", a_schedule(), now=MORNING, policies={"overlap": overlap, "max_queued": 3})
    a_running_run(job, a_worker())
    for _ in range(places):
        request_run(job=job, by="alice", now=NOON, origin=Origin.HAND)
    with pytest.raises(RunInTheWay, match="no further one may wait"):
        request_run(job=job, by="alice", now=NOON, origin=Origin.HAND)
    tick(NOON)
    made = Run.objects.get(planned_at=NOON)
    assert (made.state, made.reason) == (RunState.SKIPPED, Reason.QUEUE_FULL)


@pytest.mark.parametrize("door", ["tick", "request"])
def test_with_replace_only_the_newest_run_waits(door):
    """A run that was to replace another, and waits for its end, is itself replaced."""
    job = a_run_of_a_busy_job("replace", Origin.SCHEDULE).job
    before = request_run(job=job, by="bob", now=MORNING, origin=Origin.HAND)
    if door == "tick":
        tick(NOON)
    else:
        request_run(job=job, by="alice", now=NOON, origin=Origin.HAND)
    before.refresh_from_db()
    assert (before.state, before.reason) == (RunState.CANCELLED, Reason.REPLACED)
    assert Run.objects.get(state=RunState.PENDING).created_at == NOON


@pytest.mark.parametrize("overlap", POLICIES)
def test_a_question_is_in_nobodys_way(overlap):
    job = a_job("asked", a_schedule(), now=MORNING, policies={"overlap": overlap})
    asked = a_run(job, needs_answer=True, created_at=MORNING)
    assert foresee(job) == ""
    request_run(job=job, by="alice", now=MORNING, origin=Origin.HAND)
    Run.objects.exclude(pk=asked.pk).delete()
    tick(NOON)
    asked.refresh_from_db()
    assert Run.objects.get(planned_at=NOON).state == RunState.PENDING
    assert asked.state == RunState.PENDING
