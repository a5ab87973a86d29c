"""An honest history is complete, and every fault that is put into the ledger is found."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from scheduling.actions.drafts import ScheduleDraft
from scheduling.actions.jobs import pause_job, remove_job, resume_job
from scheduling.actions.occurrence_audit import Report, audit_last_day, audit_occurrences
from scheduling.actions.repair import hold_job, review_jobs
from scheduling.actions.skips import skip_next
from scheduling.models import (
    Installation,
    Job,
    JobRevision,
    Notice,
    OccurrenceAudit,
    Run,
    Schedule,
)
from scheduling.planning.audit import Fault
from scheduling.registry import UnknownKind
from scheduling.states import Reason, RunState
from tests.factories.calendars import a_calendar, a_day_off, not_on
from tests.factories.jobs import NOON, a_job, a_schedule, a_spread_job, every
from tests.factories.runs import a_run
from tests.integration.actions.conftest import DAY, MORNING, edit, tick

pytestmark = pytest.mark.django_db

CLOSED = a_day_off(date(2026, 3, 4))
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def audit(now: datetime, *, job: Job | None = None, since: datetime = MORNING - DAY) -> Report:
    return audit_occurrences(since=since, until=now, now=now, job=job)


def faults(report: Report) -> list[Fault]:
    return [each.difference.fault for each in report.differences]


def a_week() -> datetime:
    """A tick at each noon, each run ending at once; returns the last."""
    for day in range(8):
        now = NOON + day * DAY
        tick(now)
        Run.objects.filter(state=RunState.PENDING).update(state=RunState.SUCCEEDED, finished_at=now)
    return now


def kept(job: Job, **changes: Any) -> ScheduleDraft:
    """The job's only schedule, changed."""
    schedule = job.schedules.live().get()
    values = {"rule": schedule.rule, "zone": schedule.zone, "schedule_id": schedule.pk, **changes}
    return ScheduleDraft(**values)


def test_a_week_of_runs_is_complete(job):
    report = audit(a_week())
    assert (faults(report), report.occurrence_count, report.held_count) == ([], 8, 0)


def test_an_outage_is_complete_with_its_range_rows(job):
    edit(job, every(60), now=MORNING)
    tick(NOON + 3 * DAY)
    report = audit(NOON + 3 * DAY)
    assert (faults(report), report.occurrence_count) == ([], 3 * 24 * 60 + 120)
    assert Run.objects.filter(covers_count__gt=1000).exists()
    part = audit(NOON + 2 * DAY, since=NOON + DAY)
    assert (faults(part), part.occurrence_count) == ([], 24 * 60 + 1)


def test_a_history_of_edits_pauses_and_removal_is_complete(job):
    tick(NOON)
    edit(job, kept(job, rule={"type": "daily", "times": ["18:00"]}), now=NOON)
    tick(NOON + 6 * HOUR)
    pause_job(job=job, reason="holidays", by="alice", now=NOON + DAY)
    edit(job, every(3600), now=NOON + 2 * DAY)  # another schedule, while it is paused
    resume_job(job=job, by="bob", now=NOON + 3 * DAY + MINUTE)
    tick(NOON + 4 * DAY)
    edit(job, kept(job), now=NOON + 4 * DAY + MINUTE, name="renamed")
    edit(job, now=NOON + 4 * DAY + 2 * HOUR)
    edit(job, a_schedule(), now=NOON + 5 * DAY + HOUR)
    tick(NOON + 6 * DAY)
    remove_job(job=job, by="alice", now=NOON + 7 * DAY + MINUTE)
    report = audit(NOON + 20 * DAY)
    assert [str(each) for each in report.differences] == []
    assert report.occurrence_count == Run.objects.count() + sum(
        run.covers_count - 1 for run in Run.objects.all()
    )


def test_calendars_and_skipped_dates_have_their_rows():
    closed = a_calendar("Closed", **CLOSED)
    job = a_job("closed", not_on(closed, type="interval", every_seconds=600), now=MORNING)
    tick(NOON)
    skip_next(job=job, schedule=job.schedules.get(), count=3, by="alice", now=NOON)
    tick(NOON + HOUR)
    tick(NOON + 3 * DAY)
    report = audit(NOON + 3 * DAY)
    assert [str(each) for each in report.differences] == []
    assert report.occurrence_count == 12 + 6 * 24 * 3
    reasons = set(Run.objects.filter(state=RunState.SKIPPED).values_list("reason", flat=True))
    assert reasons >= {Reason.BLACKOUT, Reason.CANCELLED_BY_USER}


def test_what_waits_for_its_jitter_is_no_difference():
    due = a_spread_job(seconds=7200).schedules.get().next_due_at(MORNING)
    assert due is not None
    tick(NOON + MINUTE)
    assert faults(audit(due)) == []
    assert faults(audit(due + MINUTE)) == [Fault.NOT_YET]
    tick(due)
    assert audit(NOON + DAY - MINUTE).is_complete


@pytest.mark.parametrize("gap_policy", ["shift", "shift_by_gap", "skip"])
@pytest.mark.parametrize("repeat_policy", ["first", "second", "both"])
def test_a_year_with_both_clock_changes_is_complete(gap_policy, repeat_policy):
    start = datetime(2026, 1, 1, tzinfo=UTC)
    rule = {"type": "daily", "times": ["02:00", "02:30", "12:00"]}
    policies = {"gap_policy": gap_policy, "repeat_policy": repeat_policy}
    a_job("clock", ScheduleDraft(rule=rule, zone="Europe/Stockholm", **policies), now=start)
    for week in range(1, 53):
        tick(start + timedelta(weeks=week))
    report = audit(start + timedelta(weeks=52), since=start)
    assert [str(each) for each in report.differences] == []
    shifted_onto_one = gap_policy == "shift"
    assert report.occurrence_count == 3 * 364 - shifted_onto_one + 2 * (repeat_policy == "both")


def test_what_the_clock_left_out_during_a_pause_keeps_its_reason():
    start = datetime(2026, 3, 28, tzinfo=UTC)
    rule = {"type": "daily", "times": ["02:30"]}
    job = a_job(
        "clock", ScheduleDraft(rule=rule, zone="Europe/Stockholm", gap_policy="skip"), now=start
    )
    pause_job(job=job, reason="holidays", by="alice", now=start)
    resume_job(job=job, by="alice", now=start + 4 * DAY)
    report = audit(start + 4 * DAY, since=start)
    assert [str(each) for each in report.differences] == []
    assert report.occurrence_count == 4


def test_what_a_pause_holds_back_is_counted(job):
    tick(NOON)
    pause_job(job=job, reason="holidays", by="alice", now=NOON + HOUR)
    report = audit(NOON + 3 * DAY)
    assert (faults(report), report.occurrence_count, report.held_count) == ([], 1, 3)
    resume_job(job=job, by="alice", now=NOON + 3 * DAY)
    report = audit(NOON + 3 * DAY)
    assert (faults(report), report.occurrence_count, report.held_count) == ([], 4, 0)


def test_a_pause_that_should_have_ended_holds_nothing_back(job):
    end = NOON + 2 * DAY + HOUR
    pause_job(job=job, reason="holidays", by="alice", now=MORNING, until=end)
    assert faults(audit(end + timedelta(seconds=59))) == []
    assert faults(audit(end + MINUTE)) == [Fault.NOT_YET]


def test_what_a_quarantine_holds_back_is_counted(job):
    hold_job(job, UnknownKind("gone"))
    assert audit(NOON + 3 * DAY).held_count == 4
    review_jobs(now=NOON + 3 * DAY)
    report = audit(NOON + 3 * DAY)
    assert (faults(report), report.occurrence_count, report.held_count) == ([], 4, 0)


def test_what_a_restored_copy_holds_back_is_counted(job):
    Installation.objects.create(uid="a", seen_at=MORNING, held_at=MORNING, held_reason="a copy")
    assert (faults(audit(NOON + DAY)), audit(NOON + DAY).held_count) == ([], 2)


def test_without_a_scheduler_the_ledger_is_not_complete(job):
    assert faults(audit(NOON + MINUTE - timedelta(seconds=1))) == []
    assert faults(audit(NOON + 5 * DAY)) == [Fault.NOT_YET]


def test_runs_by_hand_are_no_occurrences(job):
    a_run(job)
    assert audit(NOON).occurrence_count == 0


def lose_one() -> None:
    Run.objects.get(planned_at=NOON + DAY).delete()


def invent_one() -> None:
    Run.objects.filter(planned_at=NOON + DAY).update(planned_at=NOON + DAY + HOUR)


def call_one_left_out() -> None:
    Run.objects.filter(planned_at=NOON + DAY).update(state=RunState.SKIPPED, reason=Reason.BLACKOUT)


def skip_one_silently() -> None:
    Run.objects.filter(planned_at=NOON + DAY).update(state=RunState.SKIPPED, reason="")


def cover_one_with_nothing() -> None:
    Run.objects.filter(planned_at=NOON + DAY).update(
        state=RunState.MISSED,
        reason=Reason.COALESCED,
        covered_by_planned_at=NOON + DAY + HOUR,
    )


def count_one_twice() -> None:
    Run.objects.filter(planned_at=NOON + DAY).update(
        covers_count=2, covers_until=NOON + 2 * DAY, state=RunState.MISSED, reason="COALESCED"
    )


def stretch_a_range() -> None:
    count_one_twice()
    Run.objects.filter(planned_at=NOON + 2 * DAY).delete()
    Run.objects.filter(planned_at=NOON + DAY).update(covers_count=3)


def move_the_mark_ahead() -> None:
    Schedule.objects.update(accounted_until=NOON + 30 * DAY)
    Run.objects.filter(planned_at=NOON + 7 * DAY).delete()


def change_the_rule_behind_its_back() -> None:
    revision = JobRevision.objects.get()
    revision.definition["schedules"][0]["zone"] = "Mars/Olympus"
    revision.save()


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (lose_one, [Fault.LOST]),
        (invent_one, [Fault.LOST, Fault.INVENTED]),
        (call_one_left_out, [Fault.WRONG_REASON]),
        (skip_one_silently, [Fault.NO_REASON]),
        (cover_one_with_nothing, [Fault.NO_COVER]),
        (count_one_twice, [Fault.TWICE]),
        (stretch_a_range, [Fault.WRONG_COUNT]),
        (move_the_mark_ahead, [Fault.LOST]),
        (change_the_rule_behind_its_back, [Fault.UNREADABLE]),
    ],
)
def test_a_fault_in_the_ledger_is_found(job, spoil, expected):
    now = a_week()
    assert audit(now).is_complete
    spoil()
    report = audit(now)
    assert faults(report) == expected
    assert str(report.differences[0]).startswith(f"morning, schedule {job.schedules.get().pk}: ")


def test_a_blackout_that_ran_is_found(job):
    now = a_week()
    revision = JobRevision.objects.get()
    calendar = {"name": "Closed", "zone": "UTC", "rule": CLOSED}
    revision.definition["schedules"][0]["blackouts"] = [calendar]
    revision.save()
    assert faults(audit(now)) == [Fault.WRONG_REASON]


def test_one_job_can_be_asked_for(job):
    other = a_job("other", a_schedule(), now=MORNING)
    a_week()
    Run.objects.filter(job=other).delete()
    now = NOON + 7 * DAY
    assert audit(now, job=job).is_complete
    assert faults(audit(now, job=other)) == [Fault.LOST]


def test_a_removed_job_is_audited_for_the_time_it_lived(job):
    tick(NOON)
    remove_job(job=job, by="alice", now=NOON + HOUR)
    assert (audit(NOON + 9 * DAY).occurrence_count, faults(audit(NOON + 9 * DAY))) == (1, [])
    Run.objects.all().delete()
    assert faults(audit(NOON + 9 * DAY)) == [Fault.LOST]


def test_a_run_after_the_window_may_stand_for_what_is_inside():
    a_job("hourly", every(3600), now=MORNING, policies={"catchup_window": DAY})
    tick(NOON + 5 * HOUR)
    assert Run.objects.filter(reason=Reason.COALESCED).exists()
    report = audit_occurrences(since=MORNING, until=NOON, now=NOON + 5 * HOUR)
    assert (faults(report), report.occurrence_count) == ([], 2)


def test_many_jobs_cost_few_statements(django_assert_max_num_queries):
    for number in range(30):
        a_job(f"job {number}", a_schedule(), now=MORNING)
    tick(NOON)
    with django_assert_max_num_queries(7):
        assert audit(NOON).occurrence_count == 30


def test_the_daily_audit_keeps_its_result_and_begins_where_the_last_one_ended(job):
    now = a_week()
    first = audit_last_day(now=now + HOUR)
    assert (first.is_complete, first.occurrence_count) == (True, 1)
    assert (first.until, first.since) == (now + 59 * MINUTE, now + 59 * MINUTE - DAY)
    later = audit_last_day(now=now + 3 * DAY)
    assert later.since == first.until
    assert OccurrenceAudit.objects.count() == 2


def test_the_instant_of_an_edit_belongs_to_the_rule_before_it(job):
    tick(NOON)
    edit(job, a_schedule(type="daily", times=["18:00"]), now=NOON)
    assert audit(NOON + HOUR, since=NOON).is_complete
    assert audit(NOON + HOUR, since=NOON).occurrence_count == 1


def test_a_difference_raises_a_notice_that_stays_until_somebody_has_seen_it(job):
    now = a_week()
    lost = Run.objects.get(planned_at=now)
    Run.objects.filter(pk=lost.pk).delete()
    audit = audit_last_day(now=now + HOUR)
    assert (audit.is_complete, audit.difference_count) == (False, 1)
    assert audit.differences[0].endswith("2026-03-09 12:00:00 UTC is not in the ledger.")
    assert audit_last_day(now=now + 2 * HOUR).difference_count == 1
    notice = Notice.objects.open().get()
    assert notice.code == "LEDGER_INCOMPLETE"
    lost.save()
    assert audit_last_day(now=now + 3 * HOUR).is_complete
    notice = Notice.objects.open().get()
    assert notice.text.count("The ledger differs from what the rules named in one place") == 2
