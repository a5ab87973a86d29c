"""What the database itself refuses, whoever writes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, models, transaction
from django.db.models import Value

from scheduling.models import (
    Artifact,
    Attempt,
    DataSource,
    Job,
    JobRevision,
    Run,
    RunEvent,
    Schedule,
)
from scheduling.models.moves import Move, make
from scheduling.states import FINAL, Reason, RunState
from tests.factories.jobs import NOON, a_job, a_schedule, a_user
from tests.factories.runs import a_run, a_running_run, a_worker
from tests.factories.sources import a_source

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(hours=1)
OPEN = sorted(set(RunState) - FINAL)


@pytest.fixture
def job() -> Job:
    return a_job("morning", a_schedule(), now=NOON)


@pytest.fixture
def schedule(job: Job) -> Schedule:
    return job.schedules.get()


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        act()
    return str(caught.value)


def test_an_occurrence_stands_once_in_the_ledger(job, schedule):
    a_run(job, schedule=schedule, planned_at=NOON)
    refused(lambda: a_run(job, schedule=schedule, planned_at=NOON))
    a_run(job, schedule=schedule, planned_at=LATER)
    assert Run.objects.count() == 2


def test_runs_by_hand_are_no_occurrences(job):
    a_run(job)
    a_run(job)
    assert Run.objects.filter(planned_at=None).count() == 2


@pytest.mark.parametrize("state", sorted(FINAL))
def test_a_final_run_has_its_end(job, state):
    a_run(job, state)
    assert "run_finished_exactly_when_final" in refused(lambda: a_run(job, state, finished_at=None))


@pytest.mark.parametrize("state", OPEN)
def test_a_run_that_goes_on_has_no_end(job, state):
    a_run(job, state)
    assert "run_finished_exactly_when_final" in refused(lambda: a_run(job, state, finished_at=NOON))


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"state": "DAYDREAMING"}, "run_state_is_known"),
        ({"state": ""}, "run_state_is_known"),
        ({"reason": "BECAUSE"}, "run_reason_is_known"),
        ({"snapshot": Value(None, models.JSONField())}, "run_snapshot_is_not_null"),
        ({"covers_count": 0}, "run_range_has_an_end"),
        ({"planned_at": NOON, "covers_count": 3}, "run_range_has_an_end"),
        ({"planned_at": NOON, "covers_count": 3, "covers_until": NOON}, "run_range_has_an_end"),
        ({"planned_at": NOON, "covers_until": LATER}, "run_range_has_an_end"),
    ],
)
def test_a_row_of_the_ledger_that_makes_no_sense_is_refused(job, fields, constraint):
    assert constraint in refused(lambda: a_run(job, **fields))


def test_a_run_without_a_snapshot_is_refused(job):
    refused(lambda: a_run(job, snapshot=None))


@pytest.mark.parametrize("reason", ["", *Reason])
def test_every_reason_there_is_can_be_written(job, reason):
    assert a_run(job, reason=reason).reason == reason


def test_a_range_covers_more_than_one_occurrence(job, schedule):
    fields = {"schedule": schedule, "planned_at": NOON, "covers_count": 2, "covers_until": LATER}
    assert a_run(job, RunState.MISSED, **fields).covers_count == 2


def test_a_run_of_a_schedule_has_its_instant(job, schedule):
    assert "run_of_a_schedule_has_its_instant" in refused(lambda: a_run(job, schedule=schedule))


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"paused_at": NOON}, "job_pause_has_a_reason"),
        ({"paused_reason": "holidays"}, "job_pause_has_a_reason"),
        ({"misfire": "perhaps"}, "job_misfire_is_known"),
        ({"misfire": ""}, "job_misfire_is_known"),
        ({"overlap": "both"}, "job_overlap_is_known"),
        ({"time_limit": timedelta(0)}, "job_time_limit_is_positive"),
        ({"time_limit": timedelta(seconds=-1)}, "job_time_limit_is_positive"),
        ({"max_attempts": 0}, "job_limits_are_positive"),
        ({"max_parallel": 0}, "job_limits_are_positive"),
    ],
)
def test_a_job_that_makes_no_sense_is_refused(job, fields, constraint):
    assert constraint in refused(lambda: Job.objects.filter(pk=job.pk).update(**fields))


def test_a_pause_with_its_reason_is_kept(job):
    Job.objects.filter(pk=job.pk).update(paused_at=NOON, paused_reason="holidays")
    job.refresh_from_db()
    assert job.is_paused


@pytest.mark.parametrize("name", ["morning", "MORNING"])
def test_an_owner_has_one_job_of_a_name_whatever_its_case(job, name):
    refused(lambda: a_plain_job(name))


def a_plain_job(name: str, **fields: Any) -> Job:
    values = {"kind": "probe", "owner": a_user(), "created_at": NOON}
    return Job.objects.create(name=name, **{**values, **fields})


def test_another_owner_and_a_removed_job_leave_the_name_free(job):
    a_plain_job("morning", owner=a_user("bob"))
    job.soft_delete(now=NOON)
    a_plain_job("morning")
    assert Job.objects.filter(name="morning").count() == 3


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"gap_policy": "jump"}, "schedule_gap_policy_is_known"),
        ({"repeat_policy": "thrice"}, "schedule_repeat_policy_is_known"),
        ({"starts_at": LATER, "ends_at": NOON}, "schedule_ends_after_it_starts"),
        ({"starts_at": NOON, "ends_at": NOON}, "schedule_ends_after_it_starts"),
    ],
)
def test_a_schedule_that_makes_no_sense_is_refused(schedule, fields, constraint):
    rows = Schedule.objects.filter(pk=schedule.pk)
    assert constraint in refused(lambda: rows.update(**fields))


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"state": "RUNNING", "finished_at": NOON}, "attempt_finished_exactly_when_over"),
        ({"state": "SUCCEEDED", "finished_at": None}, "attempt_finished_exactly_when_over"),
        ({"state": "MISSED", "finished_at": NOON}, "attempt_state_is_known"),
    ],
)
def test_an_attempt_that_makes_no_sense_is_refused(job, fields, constraint):
    _, attempt = a_running_run(job, a_worker())
    rows = Attempt.objects.filter(pk=attempt.pk)
    assert constraint in refused(lambda: rows.update(**fields))


def test_the_attempts_of_a_run_have_each_their_number(job):
    run, _ = a_running_run(job, a_worker())
    again = {"run": run, "number": 1, "claim_epoch": 2, "started_at": NOON}
    refused(lambda: Attempt.objects.create(**again))


def test_the_revisions_of_a_job_have_each_their_number(job):
    again = {"job": job, "number": 1, "definition": {}, "changed_at": NOON}
    refused(lambda: JobRevision.objects.create(**again))


def test_the_artifacts_of_a_run_have_each_their_name(job):
    file = {"run": a_run(job), "name": "a.csv", "size": 1, "sha256": "0" * 64, "created_at": NOON}
    Artifact.objects.create(**file)
    refused(lambda: Artifact.objects.create(**file))


def test_a_source_cannot_be_asked_faster_than_at_once():
    rows = DataSource.objects.filter(pk=a_source(min_interval_seconds=0).pk)
    found = refused(lambda: rows.update(min_interval_seconds=-0.1))
    assert "source_interval_not_negative" in found


def test_a_move_that_the_database_refuses_leaves_no_event(job):
    run = a_run(job)
    with pytest.raises(IntegrityError), transaction.atomic():
        make([Move(run, RunState.RUNNING, "x", NOON, {"reason": "BECAUSE"})])
    assert not RunEvent.objects.exists()
