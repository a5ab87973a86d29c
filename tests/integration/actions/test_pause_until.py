"""A pause with an end: it ends by itself, as of that end, whenever somebody notices."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from scheduling.actions.drafts import JobRefused
from scheduling.actions.jobs import end_pauses, pause_job, remove_job, resume_job
from scheduling.actions.repair import hold_job
from scheduling.kinds import BadParameters
from scheduling.models import Job, JobRevision
from scheduling.states import Reason, RunState
from tests.factories.jobs import NOON, a_job, a_schedule
from tests.integration.actions.conftest import DAY, MORNING, due_at, edit, ledger, tick

pytestmark = pytest.mark.django_db

EVENING = NOON + timedelta(hours=8)
PAUSED = (RunState.SKIPPED, Reason.PAUSED)
DUE = (RunState.PENDING, "")


def pause(job: Job, until=EVENING, now=MORNING) -> None:
    pause_job(job=job, reason="site rebuilt", by="alice", now=now, until=until)


def look(now) -> None:
    """What an engine does at `now`: pauses first, then what is due."""
    end_pauses(now=now)
    tick(now)


def test_the_engine_looks_at_the_schedules_when_the_pause_ends(job):
    pause(job)
    job.refresh_from_db()
    assert (job.paused_until, due_at(job.schedules.get())) == (EVENING, EVENING)
    assert JobRevision.objects.get(job=job, number=2).note == (
        "paused until 2026-03-02 20:00 UTC: site rebuilt"
    )


@pytest.mark.parametrize("until", [MORNING, MORNING - timedelta(seconds=1)])
def test_an_end_that_has_passed_is_refused(job, until):
    with pytest.raises(JobRefused) as caught:
        pause(job, until=until)
    assert list(caught.value.errors) == ["until"]
    job.refresh_from_db()
    assert not job.is_paused


def test_nothing_runs_before_the_end_and_the_next_date_runs_after_it(job):
    pause(job)
    look(NOON)
    assert ledger(job) == []
    look(EVENING)
    assert ledger(job) == [(NOON, *PAUSED)]
    look(NOON + DAY)
    assert ledger(job)[1:] == [(NOON + DAY, *DUE)]


def test_the_job_goes_on_as_if_it_had_been_resumed_in_time(job):
    pause(job)
    end_pauses(now=NOON + 2 * DAY)
    job.refresh_from_db()
    assert (job.is_paused, job.paused_until, job.paused_by) == (False, None, "")
    revision = JobRevision.objects.get(job=job, number=3)
    assert (revision.changed_at, revision.changed_by) == (EVENING, "end of the pause")


def test_what_was_missed_after_the_end_is_caught_up_and_not_called_paused(job):
    """Nobody planned for two days after the end."""
    pause(job)
    look(NOON + 2 * DAY + timedelta(hours=1))
    assert ledger(job) == [
        (NOON, *PAUSED),
        (NOON + DAY, RunState.MISSED, Reason.OUT_OF_WINDOW),
        (NOON + 2 * DAY, *DUE),
    ]


def test_a_tick_that_comes_before_the_pause_is_ended_leaves_the_job_alone(job):
    pause(job)
    tick(EVENING + DAY)
    assert ledger(job) == []


@pytest.mark.parametrize("change", ["resume", "edit", "remove", "pause"])
def test_whoever_changes_the_job_after_the_end_finds_the_pause_over(job, change):
    pause(job)
    now = NOON + DAY + timedelta(hours=1)
    if change == "resume":
        resume_job(job=job, by="bob", now=now)
        tick(now)
    elif change == "edit":
        edit(job, a_schedule(), now=now)
    elif change == "remove":
        remove_job(job=job, by="bob", now=now)
    else:
        pause(job, until=None, now=now)
    first, second = ledger(job)
    assert first == (NOON, *PAUSED)
    assert second[:2] == (
        NOON + DAY,
        RunState.CANCELLED if change == "remove" else RunState.PENDING,
    )
    job.refresh_from_db()
    assert job.is_paused is (change == "pause")


def test_a_date_at_the_very_end_of_the_pause_runs(job):
    pause(job, until=NOON)
    look(NOON)
    assert ledger(job) == [(NOON, *DUE)]


def test_one_job_that_cannot_be_resumed_keeps_no_other_from_it(job, monkeypatch):
    pause(job)
    other = a_job("other", a_schedule(), now=MORNING)
    pause(other)

    def resume(**named):
        if named["job"] == job:
            raise RuntimeError("broken")
        resume_job(**named)

    monkeypatch.setattr("scheduling.actions.jobs.resume_job", resume)
    end_pauses(now=EVENING)
    assert set(Job.objects.filter(paused_at=None)) == {other}


@pytest.mark.django_db(transaction=True)
def test_a_job_that_somebody_changes_is_left_to_the_next_tick(job):
    pause(job)
    taken, done = threading.Event(), threading.Event()

    def change() -> None:
        with transaction.atomic():
            Job.objects.locked().get(pk=job.pk)
            taken.set()
            done.wait(1)
        connection.close()

    thread = threading.Thread(target=change)
    thread.start()
    taken.wait(10)
    end_pauses(now=EVENING)
    job.refresh_from_db()
    done.set()
    thread.join()
    # On SQLite there is one writer at a time, and whoever writes waits for the one before.
    assert job.is_paused == (connection.vendor == "postgresql")
    end_pauses(now=EVENING)
    job.refresh_from_db()
    assert not job.is_paused


def test_a_pause_within_a_pause_is_refused(job):
    pause(job)
    with pytest.raises(JobRefused, match="paused already"):
        pause(job, until=None, now=NOON)
    job.refresh_from_db()
    assert (job.paused_until, job.revision) == (EVENING, 2)


def test_an_edit_during_the_pause_keeps_its_end(job):
    pause(job)
    edited = edit(job, a_schedule(type="daily", times=["18:00"]), now=NOON + timedelta(hours=1))
    assert edited.paused_until == EVENING
    assert due_at(edited.schedules.live().get()) == EVENING


def test_a_job_that_is_resumed_early_is_not_resumed_again(job):
    pause(job)
    resume_job(job=job, by="bob", now=NOON + timedelta(hours=1))
    end_pauses(now=EVENING)
    job.refresh_from_db()
    assert (job.paused_until, job.revision) == (None, 3)


def test_other_pauses_go_on(job):
    endless = a_job("endless", a_schedule(), now=MORNING)
    pause(endless, until=None)
    longer = a_job("longer", a_schedule(), now=MORNING)
    pause(longer, until=EVENING + DAY)
    pause(job)
    end_pauses(now=EVENING)
    assert set(Job.objects.filter(paused_at=None)) == {job}


def test_a_job_that_is_held_when_its_pause_ends_stays_held(job):
    pause(job)
    Job.objects.filter(pk=job.pk).update(params={"steps": "many"})
    hold_job(Job.objects.get(pk=job.pk), BadParameters({"steps": "not a number"}))
    look(EVENING)
    look(NOON + DAY)
    job.refresh_from_db()
    assert (job.is_paused, job.is_quarantined) == (False, True)
    assert ledger(job) == [(NOON, *PAUSED)]
