from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from scheduling.actions.drafts import JobRefused
from scheduling.actions.jobs import JobChanged, add_job, pause_job, resume_job
from scheduling.actions.repair import hold_job
from scheduling.kinds import BadParameters
from scheduling.models import DueEntry, Job, JobRevision, Run
from scheduling.planning.plan import occurrences
from scheduling.states import Reason, RunState
from tests.factories.jobs import NOON, a_job, a_schedule, a_spread_job, a_user
from tests.faults.accounting import faults
from tests.integration.actions.conftest import DAY, MORNING, draft_of, due_at, edit, ledger, tick

pytestmark = pytest.mark.django_db
AT_SIX = a_schedule(type="daily", times=["18:00"])
HOURLY = a_schedule(type="interval", every_seconds=3600)


def test_what_the_old_rule_named_before_the_edit_is_in_the_ledger(job):
    edit(job, AT_SIX, now=NOON + timedelta(hours=1))
    assert ledger(job) == [(NOON, RunState.PENDING, "")]


def test_an_edit_before_the_occurrence_leaves_nothing_of_the_old_rule(job):
    edit(job, AT_SIX, now=NOON - timedelta(seconds=1))
    tick(NOON + timedelta(hours=3))
    assert ledger(job) == []
    tick(NOON + timedelta(hours=6))
    assert ledger(job) == [(NOON + timedelta(hours=6), RunState.PENDING, "")]


def test_no_occurrence_is_lost_or_doubled_over_many_edits(job):
    """The same schedule changes its rule every day; an engine ticks before it or does not."""
    schedule = job.schedules.get()
    rules, since = (AT_SIX, HOURLY, a_schedule()), MORNING
    for day in range(1, 9):
        now = MORNING + day * DAY
        if day % 2:
            tick(now - timedelta(hours=5))
        schedule.refresh_from_db()
        in_force = schedule.plan()
        edit(job, replace(rules[day % 3], schedule_id=schedule.pk), now=now)
        written = Run.objects.filter(schedule=schedule, planned_at__gt=since, planned_at__lte=now)
        named = [each.planned_at for each in occurrences(in_force, since, now, limit=100)]
        assert [at for at, _, _ in ledger(job) if at is not None and since < at <= now] == named
        assert written.count() == len(named) > 0
        since = now


def test_the_ledger_stands_up_to_the_audit_after_an_edit_of_something_else(job, tmp_path):
    schedule = job.schedules.get()
    same = replace(a_schedule(), schedule_id=schedule.pk)
    for hours in (1, 30, 49, 200):
        edit(job, same, now=NOON + timedelta(hours=hours), params={"steps": hours})
    assert faults([], since={schedule.pk: MORNING}) == []


def test_the_new_rule_is_in_force_from_the_edit_on(job):
    schedule = job.schedules.get()
    now = NOON + timedelta(hours=1)
    edit(job, replace(AT_SIX, schedule_id=schedule.pk), now=now)
    schedule.refresh_from_db()
    assert (schedule.rule["times"], schedule.accounted_until) == (["18:00"], now)
    assert due_at(schedule) == NOON + timedelta(hours=6)


def test_a_schedule_that_is_left_out_is_taken_out_of_service_with_its_history(job):
    old = job.schedules.get()
    now = NOON + timedelta(hours=1)
    edit(job, AT_SIX, now=now)
    old.refresh_from_db()
    assert old.deleted_at == now
    assert not DueEntry.objects.filter(id=str(old.pk)).exists()
    assert Run.objects.get(job=job).schedule == old
    assert job.schedules.live().get() != old


def test_each_edit_is_a_revision_that_keeps_what_was_before(job):
    edit(job, a_schedule(), now=NOON, params={"steps": 5})
    edit(job, AT_SIX, now=NOON, name="evening")
    steps = [row.definition["params"]["steps"] for row in job.revisions.order_by("number")]
    names = [row.definition["name"] for row in job.revisions.order_by("number")]
    assert (steps, names) == ([1, 5, 1], ["morning", "morning", "evening"])
    last = JobRevision.objects.get(job=job, number=3)
    assert (last.note, last.changed_by) == ("edited", "bob")
    assert [each["rule"]["times"] for each in last.definition["schedules"]] == [["18:00"]]


def test_an_edit_of_what_somebody_else_has_changed_is_refused(job):
    edit(job, now=NOON, revision=1)
    with pytest.raises(JobChanged, match="Revision 2 is in force, you edited revision 1"):
        edit(job, AT_SIX, now=NOON + timedelta(hours=1), revision=1)
    assert not job.schedules.live().exists()
    assert job.revisions.count() == 2


def test_an_edit_that_is_refused_changes_nothing(job):
    now = NOON + timedelta(hours=1)
    with pytest.raises(JobRefused) as caught:
        edit(job, AT_SIX, now=now, params={"steps": 0}, name="other")
    assert list(caught.value.errors) == ["params.steps"]
    job.refresh_from_db()
    assert (job.name, job.revision, ledger(job)) == ("morning", 1, [])
    assert due_at(job.schedules.live().get()) == NOON


def test_the_name_of_another_job_of_the_owner_is_refused_and_nothing_written(job):
    a_job("evening", now=MORNING)
    with pytest.raises(JobRefused, match="already have a job of this name"):
        edit(job, AT_SIX, now=NOON + timedelta(hours=1), name="EVENING")
    assert ledger(job) == []


def test_the_schedule_of_another_job_cannot_be_changed(job):
    other = add_job(
        draft=draft_of(job, a_schedule(), name="theirs"), owner=a_user("bob"), by="bob", now=MORNING
    )
    foreign = replace(AT_SIX, schedule_id=other.schedules.get().pk)
    with pytest.raises(JobRefused, match="no longer there"):
        edit(job, foreign, now=NOON)
    assert other.schedules.get().rule["times"] == ["12:00"]


def test_an_edit_of_a_paused_job_keeps_the_pause_and_records_what_it_passed_over(job):
    pause_job(job=job, reason="holidays", by="alice", now=MORNING)
    schedule = job.schedules.get()
    edit(job, replace(AT_SIX, schedule_id=schedule.pk), now=NOON + timedelta(hours=1))
    assert ledger(job) == [(NOON, RunState.SKIPPED, Reason.PAUSED)]
    assert due_at(schedule) is None
    resume_job(job=job, by="alice", now=NOON + timedelta(hours=7))
    assert ledger(job)[1:] == [(NOON + timedelta(hours=6), RunState.SKIPPED, Reason.PAUSED)]
    assert due_at(schedule) == NOON + timedelta(hours=30)


def test_an_edit_lifts_the_hold_of_a_job_that_could_not_run(job):
    job.quarantine(Reason.BAD_PARAMETERS, "steps: too many")
    edited = edit(job, AT_SIX, now=MORNING)
    assert not edited.is_quarantined
    assert due_at(edited.schedules.live().get()) == NOON + timedelta(hours=6)


def test_what_a_hold_passed_over_before_the_edit_is_recorded(job):
    """The old parameters cannot be read any more; the occurrence is accounted for all the same."""
    Job.objects.filter(pk=job.pk).update(params={"steps": "many"})
    hold_job(Job.objects.get(pk=job.pk), BadParameters({"steps": "not a number"}))
    edit(job, AT_SIX, now=NOON + timedelta(hours=1), params={})
    assert ledger(job) == [(NOON, RunState.SKIPPED, Reason.BAD_PARAMETERS)]


def test_what_a_fault_that_nobody_noticed_passed_over_is_recorded(job):
    Job.objects.filter(pk=job.pk).update(kind="gone")
    edit(job, AT_SIX, now=NOON + timedelta(hours=1))
    assert ledger(job) == [(NOON, RunState.SKIPPED, Reason.UNKNOWN_KIND)]
    job.refresh_from_db()
    assert (job.kind, job.is_quarantined) == ("probe", False)


def test_a_schedule_that_cannot_be_read_is_replaced(job):
    schedule = job.schedules.get()
    job.schedules.update(zone="Atlantis/Capital")
    edit(job, replace(AT_SIX, schedule_id=schedule.pk), now=NOON + timedelta(hours=1))
    schedule.refresh_from_db()
    assert schedule.quarantine_reason == ""
    assert due_at(schedule) == NOON + timedelta(hours=6)


def test_an_occurrence_that_waits_for_its_jitter_survives_the_edit(db):
    job = a_spread_job(seconds=3000)
    edit(job, AT_SIX, now=NOON + timedelta(seconds=30))
    assert ledger(job) == [(NOON, RunState.PENDING, "")]
