from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from scheduling.actions.jobs import pause_job, resume_job
from scheduling.actions.repair import review_jobs
from scheduling.models import Job, Schedule
from scheduling.states import Reason, RunState
from tests.factories.jobs import NOON, a_job, a_schedule
from tests.integration.actions.conftest import DAY, MORNING, due_at, edit, ledger, tick

pytestmark = pytest.mark.django_db

FAULTS = [
    ({"kind": "gone"}, Reason.UNKNOWN_KIND, "No job kind is registered as 'gone'"),
    ({"params": {"steps": "many"}}, Reason.BAD_PARAMETERS, "steps: "),
]


def spoil(job: Job, **fields) -> Job:
    Job.objects.filter(pk=job.pk).update(**fields)
    return Job.objects.get(pk=job.pk)


def repair(job: Job) -> None:
    spoil(job, kind="probe", params={"steps": 1})


@pytest.mark.parametrize(("fields", "code", "text"), FAULTS)
def test_a_job_that_cannot_run_is_held_with_the_reason(job, fields, code, text):
    spoil(job, **fields)
    review_jobs(now=MORNING)
    job.refresh_from_db()
    assert (job.is_quarantined, job.quarantine_code) == (True, code)
    assert text in job.quarantine_reason
    assert due_at(job.schedules.get()) is None
    tick(NOON + DAY)
    assert ledger(job) == []


@pytest.mark.parametrize(("fields", "code", "_text"), FAULTS)
def test_the_hold_is_lifted_once_the_job_can_run_again(job, fields, code, _text):
    spoil(job, **fields)
    review_jobs(now=MORNING)
    repair(job)
    review_jobs(now=NOON + timedelta(hours=1))
    job.refresh_from_db()
    assert (job.is_quarantined, job.quarantine_code) == (False, "")
    assert ledger(job) == [(NOON, RunState.SKIPPED, code)]
    assert due_at(job.schedules.get()) == NOON + DAY


def test_a_job_whose_fault_changed_says_the_new_one(job):
    spoil(job, kind="gone")
    review_jobs(now=MORNING)
    spoil(job, kind="gone-too")
    review_jobs(now=MORNING)
    job.refresh_from_db()
    assert "'gone-too'" in job.quarantine_reason


def test_a_sound_job_is_left_alone(job):
    review_jobs(now=NOON + timedelta(hours=1))
    assert ledger(job) == []
    assert due_at(job.schedules.get()) == NOON


def test_a_held_job_that_is_paused_stays_paused_after_its_repair(job):
    pause_job(job=job, reason="holidays", by="alice", now=MORNING)
    spoil(job, kind="gone")
    review_jobs(now=MORNING)
    repair(job)
    review_jobs(now=NOON + timedelta(hours=1))
    job.refresh_from_db()
    assert (job.is_paused, job.is_quarantined) == (True, False)
    assert due_at(job.schedules.get()) is None
    resume_job(job=job, by="alice", now=NOON + timedelta(hours=2))
    assert ledger(job) == [(NOON, RunState.SKIPPED, Reason.PAUSED)]


def test_a_job_that_is_resumed_while_it_is_held_stays_held(job):
    pause_job(job=job, reason="holidays", by="alice", now=MORNING)
    spoil(job, kind="gone")
    review_jobs(now=MORNING)
    resume_job(job=job, by="alice", now=NOON + timedelta(hours=1))
    tick(NOON + DAY)
    states = {state for _, state, _ in ledger(job)}
    assert states == {RunState.SKIPPED}


def edit_it(job: Job, *, now: datetime) -> None:
    edit(job, a_schedule(type="daily", times=["18:00"]), now=now, params={"steps": 1})


def pause_it(job: Job, *, now: datetime) -> None:
    pause_job(job=job, reason="holidays", by="alice", now=now)


def review_it(job: Job, *, now: datetime) -> None:
    repair(job)
    review_jobs(now=now)


@pytest.mark.parametrize("change", [edit_it, pause_it, review_it])
@pytest.mark.parametrize(
    ("code", "recorded"),
    [
        ("UNKNOWN_KIND", Reason.UNKNOWN_KIND),
        ("BAD_PARAMETERS", Reason.BAD_PARAMETERS),
        ("", Reason.BAD_PARAMETERS),
        ("of another time", Reason.BAD_PARAMETERS),
    ],
)
def test_whatever_code_a_hold_has_it_can_be_changed_and_lifted(job, change, code, recorded):
    spoil(job, params={"steps": "many"}, quarantine_reason="steps: ", quarantine_code=code)
    change(job, now=NOON + timedelta(hours=1))
    assert ledger(job) == [(NOON, RunState.SKIPPED, recorded)]


def test_a_removed_job_is_not_looked_at(job):
    spoil(job, kind="gone", deleted_at=MORNING)
    review_jobs(now=MORNING)
    job.refresh_from_db()
    assert not job.is_quarantined


def test_a_job_that_turns_bad_between_reviews_is_held_by_the_tick_and_disturbs_no_other(job):
    good = a_job("good", a_schedule(), now=MORNING)
    spoil(job, kind="gone")
    tick(NOON)
    job.refresh_from_db()
    assert job.quarantine_code == Reason.UNKNOWN_KIND
    assert due_at(job.schedules.get()) is None
    assert ledger(job) == []
    assert ledger(good) == [(NOON, RunState.PENDING, "")]


def test_a_schedule_that_cannot_be_read_is_held_by_the_tick_and_disturbs_no_other(job):
    good = a_job("good", a_schedule(), now=MORNING)
    Schedule.objects.filter(job=job).update(zone="Atlantis/Capital")
    tick(NOON)
    schedule = job.schedules.get()
    assert "Atlantis/Capital" in schedule.quarantine_reason
    assert due_at(schedule) is None
    assert ledger(good) == [(NOON, RunState.PENDING, "")]


def test_a_schedule_that_can_be_read_again_goes_on(job):
    """Newer time-zone data may know a zone that the old did not."""
    schedule = job.schedules.get()
    Schedule.objects.filter(pk=schedule.pk).update(zone="Atlantis/Capital")
    tick(NOON + timedelta(minutes=1))
    assert Schedule.objects.get().quarantine_reason
    Schedule.objects.update(zone=schedule.zone)
    review_jobs(now=NOON + timedelta(hours=1))
    assert Schedule.objects.get().quarantine_reason == ""
    assert ledger(job) == [(NOON, RunState.SKIPPED, Reason.BAD_PARAMETERS)]
    assert due_at(schedule) == NOON + DAY


def test_a_schedule_that_still_cannot_be_read_stays_held(job):
    Schedule.objects.update(zone="Atlantis/Capital")
    tick(NOON + timedelta(minutes=1))
    review_jobs(now=NOON + timedelta(hours=1))
    assert "Atlantis/Capital" in Schedule.objects.get().quarantine_reason
    assert ledger(job) == []
