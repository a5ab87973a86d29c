"""A table of situations, each with the sentence that decides."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from scheduling.actions.drafts import ScheduleDraft
from scheduling.actions.jobs import pause_job, remove_job, resume_job
from scheduling.actions.repair import hold_job
from scheduling.actions.skips import skip_next
from scheduling.actions.why import Explanation, explain
from scheduling.models import Installation, Job, Origin, Run, Schedule, Worker
from scheduling.planning.policy import Misfire
from scheduling.registry import UnknownKind
from scheduling.states import Reason, RunState
from tests.factories.calendars import a_calendar, a_closure, not_on
from tests.factories.jobs import NOON, a_job, a_schedule, a_spread_job, every
from tests.factories.runs import a_run, a_running_run, a_worker
from tests.integration.actions.conftest import DAY, MORNING, edit, tick

pytestmark = pytest.mark.django_db

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def why(job: Job, at: datetime = NOON, *, now: datetime = NOON + HOUR) -> Explanation:
    job.refresh_from_db()
    return explain(job=job, at=at, now=now)


def text_of(found: Explanation) -> str:
    return "\n".join(link.text for link in found.links)


def clock_job(zone: str, *times: str, now: datetime, **fields: Any) -> Job:
    rule = {"type": "daily", "times": list(times)}
    return a_job("clock", ScheduleDraft(rule=rule, zone=zone, **fields), now=now)


def ended(state: RunState, **fields: Any) -> Run:
    Run.objects.update(state=state, started_at=NOON, finished_at=NOON + MINUTE, **fields)
    return Run.objects.get()


def test_the_minute_before_a_skipped_time_is_not_that_time():
    job = clock_job("America/New_York", "02:30", now=NEW_YEAR, gap_policy="skip")
    tick(IN_2027)
    found = why(job, datetime(2026, 3, 8, 1, 59), now=IN_2027)  # noqa: DTZ001 - a reading
    assert found.verdict == "Nothing was planned then."
    assert "The rule does not name it." in text_of(found)


def test_a_time_that_no_schedule_covers_is_read_by_the_last_known_clock():
    job = clock_job("Asia/Tokyo", "12:00", now=NOON)
    found = why(job, datetime(2026, 3, 2, 13, 0))  # noqa: DTZ001 - 04:00 UTC, before the job
    assert found.verdict == "Nothing to run: the job was not there yet."


def test_what_a_definition_named_before_it_was_in_force_is_told_so():
    job = clock_job("UTC", "12:00", now=NOON + timedelta(seconds=20))
    found = why(job, NOON)
    assert "The rule names this time, but was in force only after 2026-03-02 12:00" in text_of(
        found
    )


def test_a_date_at_the_end_of_a_pause_runs(job):
    pause_job(job=job, reason="holiday", by="alice", now=MORNING, until=NOON)
    found = why(job, NOON, now=MORNING + MINUTE)
    assert found.verdict.startswith("It will run at 2026-03-02 12:00 UTC")


def test_a_run_that_succeeded(job):
    tick(NOON)
    run = ended(RunState.SUCCEEDED)
    found = why(job)
    assert found.verdict == f"It ran: run {run.pk} succeeded."
    assert text_of(found) == "\n".join(
        [
            f"Schedule {job.schedules.get().pk}: every day at 12:00, by the clock in UTC.",
            "The clock shows 2026-03-02 12:00 UTC.",
            "The rule names 2026-03-02 12:00 UTC.",
            f"Run {run.pk} stands for it in the ledger.",
            "It started at 2026-03-02 12:00 UTC.",
            "It ended at 2026-03-02 12:01 UTC.",
            "No scheduler has ever given a sign of life.",
            "In force then: revision 1 (added), since 2026-03-02 10:00 UTC by alice.",
        ]
    )
    assert [link.run_id for link in found.links if link.run_id] == [run.pk]
    assert found.links[-1].revision == 1


def test_a_run_that_failed_says_why(job):
    tick(NOON)
    ended(RunState.FAILED, reason=Reason.TIMED_OUT)
    assert why(job).verdict == "It ran and failed: it ran into its time limit."


def test_a_run_that_goes_on(job):
    tick(NOON)
    Run.objects.update(state=RunState.RUNNING)
    assert why(job).verdict == "It is running now."


def test_a_run_that_waits_to_be_started(job):
    tick(NOON)
    found = why(job)
    assert found.verdict == "It waits to be started."
    assert "No scheduler or worker that starts runs gives a sign of life." in text_of(found)


def test_a_run_that_is_held_back_in_a_storm(job):
    tick(NOON)
    Run.objects.update(available_at=NOON + 2 * HOUR)
    found = why(job)
    assert found.verdict == "It is held back for now."
    assert "It may start at 2026-03-02 14:00 UTC." in text_of(found)


def test_a_run_that_waits_for_a_retry(job):
    tick(NOON)
    Run.objects.update(attempt_count=1, available_at=NOON + 2 * HOUR)
    assert why(job).verdict == "It was tried, and waits for its next attempt."


def test_a_run_that_waits_for_an_answer():
    job = a_job("asked", a_schedule(), now=MORNING, policies={"misfire": Misfire.ASK.value})
    tick(NOON + HOUR)
    found = why(job)
    assert found.verdict == "It was missed, and waits for a person to say what becomes of it."
    assert "The job's policy after an outage is: ask a person." in text_of(found)


def test_an_overlap_links_the_run_in_the_way(job):
    first, _ = a_running_run(job, a_worker())
    tick(NOON)
    found = why(job)
    assert found.verdict == "It was skipped: another run of the job was still active."
    (link,) = [each for each in found.links if "in the way" in each.text]
    assert link == (
        f"Run {first.pk} was in the way. The job's policy is: skip the new run.",
        first.pk,
        None,
    )


def test_an_outage_tells_its_span_the_policy_and_the_run_that_stands_for_it():
    job = a_job("hourly", every(3600), now=MORNING, policies={"catchup_window": DAY})
    worker = a_worker(now=MORNING)
    Worker.objects.filter(pk=worker.pk).update(heartbeat_at=NOON - MINUTE)
    a_worker(pid=2, now=NOON + 5 * HOUR)
    tick(NOON + 5 * HOUR)
    newest = Run.objects.get(state=RunState.PENDING)
    found = why(job, now=NOON + 6 * HOUR)
    assert found.verdict == "It was missed: a newer missed run covered it."
    said = text_of(found)
    assert (
        "No scheduler gave a sign of life from 2026-03-02 11:59 UTC until 2026-03-02 17:00 UTC."
        in said
    )
    assert "The job's policy after an outage is: run the newest missed occurrence once." in said
    assert f"Run {newest.pk}, planned for 2026-03-02 17:00 UTC, stands for it." in said
    assert newest.pk in [link.run_id for link in found.links]


def test_a_date_within_a_range_row_is_told_with_it(job):
    pause_job(job=job, reason="holidays", by="alice", now=MORNING)
    resume_job(job=job, by="bob", now=NOON + 100 * DAY)
    row = Run.objects.get()
    found = why(job, NOON + 50 * DAY, now=NOON + 200 * DAY)
    assert found.verdict == "It was skipped: the job was paused."
    said = text_of(found)
    assert f"Row {row.pk} of the ledger stands for 101 dates, 2026-03-02 12:00 UTC to" in said
    assert "It was due" not in said
    assert (
        "The job was paused at 2026-03-02 10:00 UTC by alice: holidays. "
        "That ended at 2026-06-10 12:00 UTC, by bob." in said
    )


def test_a_pause_that_lasts_holds_the_past_and_the_future(job):
    pause_job(job=job, reason="site rebuilt", by="alice", now=MORNING)
    said = "the job was paused at 2026-03-02 10:00 UTC by alice: site rebuilt. It still is."
    past, future = why(job), why(job, NOON + DAY)
    assert past.verdict == f"It did not run as things are: {said}"
    assert "What a hold passes over is written down when it ends." in text_of(past)
    assert future.verdict == f"It will not run as things are: {said}"


def test_a_pause_with_an_end_holds_only_until_then(job):
    pause_job(job=job, reason="site rebuilt", by="alice", now=MORNING, until=NOON + DAY + HOUR)
    assert "It lasts until 2026-03-03 13:00 UTC." in why(job, NOON + DAY).verdict
    assert why(job, NOON + 2 * DAY).verdict == "It will run at 2026-03-04 12:00 UTC."


def test_a_quarantined_job(job):
    hold_job(job, UnknownKind("The kind 'gone' is not installed."))
    verdict = why(job, NOON + DAY).verdict
    assert verdict.startswith("It will not run as things are: the job is held until it is repaired")


def test_a_quarantined_schedule(job):
    Schedule.objects.update(quarantine_reason="zone: no such zone.")
    assert "the schedule is held until it is repaired: zone" in why(job, NOON + DAY).verdict


def test_a_restored_copy(job):
    Installation.objects.create(uid="a", seen_at=MORNING, held_at=MORNING, held_reason="a copy.")
    verdict = why(job, NOON + DAY).verdict
    assert verdict.endswith("all schedules are held since 2026-03-02 10:00 UTC: a copy.")


def test_a_calendar_says_which_and_why():
    office = a_calendar("Office", **a_closure("2026-03-02T00:00", "2026-03-04T00:00", "moving"))
    job = a_job("c", not_on(office), now=MORNING)
    tick(NOON)
    past, future = why(job), why(job, NOON + DAY)
    assert past.verdict == "It was skipped: it fell into a time when the job does not run."
    assert "The calendar Office leaves it out: moving." in text_of(past)
    assert future.verdict == "It will not run: the calendar Office leaves it out: moving."


def test_a_calendar_without_a_label_is_named_all_the_same():
    office = a_calendar("Office", **a_closure("2026-03-02T00:00", "2026-03-04T00:00", ""))
    job = a_job("c", not_on(office), now=MORNING)
    assert why(job, NOON + DAY).verdict == "It will not run: the calendar Office leaves it out."


def test_dates_that_somebody_skipped(job):
    skip_next(job=job, schedule=job.schedules.get(), count=2, by="bob", now=MORNING + MINUTE)
    verdict = why(job, NOON + DAY, now=NOON - HOUR).verdict
    assert verdict == (
        "It will not run: it is among the dates that somebody skipped beforehand, "
        "up to 2026-03-03 12:00 UTC."
    )
    tick(NOON)
    assert why(job).verdict == "It was skipped: somebody skipped the date beforehand."
    assert "skips the next 2 dates" in text_of(why(job))


NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
SPRING, AUTUMN = datetime(2026, 3, 8, 2, 30), datetime(2026, 11, 1, 1, 30)  # noqa: DTZ001 - readings
IN_2027 = datetime(2027, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        ("shift", "it is made up for at 2026-03-08 03:00 EDT (07:00 UTC)."),
        ("shift_by_gap", "it is made up for at 2026-03-08 03:30 EDT (07:30 UTC)."),
        ("skip", "The clock skips 2026-03-08 02:30, and it is not made up for."),
    ],
)
def test_a_time_that_the_clock_skips(policy, said):
    job = clock_job("America/New_York", "02:30", now=NEW_YEAR, gap_policy=policy)
    found = why(job, SPRING, now=NEW_YEAR + HOUR)
    text = text_of(found)
    assert said in text
    assert (
        "The clock in America/New_York never shows 2026-03-08 02:30: it jumps from 02:00 to 03:00."
        in text
    )
    assert found.verdict.startswith("It will not run" if policy == "skip" else "It will run")
    for week in range(1, 20):
        tick(NEW_YEAR + timedelta(weeks=week))
    verdict = why(job, SPRING, now=IN_2027).verdict
    assert verdict.startswith("It was ")
    assert (verdict == "It was skipped: the clock skipped this time of day.") == (policy == "skip")


def test_a_skipped_time_that_the_rule_does_not_name():
    job = clock_job("America/New_York", "02:30", now=NEW_YEAR)
    found = why(job, SPRING - 10 * MINUTE, now=NEW_YEAR + HOUR)
    assert found.verdict == "Nothing is planned then."


@pytest.mark.parametrize(
    ("policy", "instants"),
    [("first", ["05:30"]), ("second", ["06:30"]), ("both", ["05:30", "06:30"])],
)
def test_a_time_that_the_clock_shows_twice_is_both(policy, instants):
    job = clock_job("America/New_York", "01:30", now=NEW_YEAR, repeat_policy=policy)
    found = why(job, AUTUMN, now=NEW_YEAR + HOUR)
    text = text_of(found)
    assert "(05:30 UTC) for the first time of two." in text
    assert "(06:30 UTC) for the second time of two." in text
    names = [link.text for link in found.links if link.text.startswith("The rule names")]
    assert len(names) == len(instants)
    assert all(instant in name for instant, name in zip(instants, names, strict=True))
    assert found.verdict.startswith("It will run at 2026-11-01 01:30")
    once = f"Of a time that the clock shows twice, the rule names the {policy} one."
    assert (once in text) == (policy != "both")
    assert text.count("Schedule ") == 1


def test_an_instant_with_its_offset_is_exact():
    job = clock_job("America/New_York", "01:30", now=NEW_YEAR)
    found = why(job, datetime(2026, 11, 1, 6, 30, tzinfo=UTC), now=NEW_YEAR + HOUR)
    assert found.verdict == "Nothing is planned then."


def test_a_time_that_no_rule_names_tells_the_dates_beside_it(job):
    found = why(job, NOON + MINUTE)
    assert found.verdict == "Nothing was planned then."
    assert (
        "The date before is 2026-03-02 12:00 UTC, the one after is 2026-03-03 12:00 UTC."
        in text_of(found)
    )


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (datetime(2026, 3, 14, 16, tzinfo=UTC), "does not trade that day: weekend."),
        (datetime(2026, 7, 3, 16, tzinfo=UTC), "does not trade that day: Independence Day"),
        (datetime(2026, 3, 16, 12, tzinfo=UTC), "trades from 09:30 to 16:00 America/New_York"),
        (datetime(2026, 11, 27, 19, tzinfo=UTC), "trades from 09:30 to 13:00 America/New_York"),
    ],
)
def test_a_market_that_is_closed_says_so(at, said):
    draft = ScheduleDraft(
        rule={"type": "interval", "every_seconds": 900}, zone="UTC", market="XNYS"
    )
    found = why(a_job("trade", draft, now=NEW_YEAR), at, now=NEW_YEAR + HOUR)
    assert found.verdict == "Nothing is planned then."
    assert f"The New York Stock Exchange {said}" in text_of(found)


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (NOON + DAY, "The schedule begins at 2026-03-05 00:00 UTC."),
        (NOON + 9 * DAY, "The schedule ended at 2026-03-08 00:00 UTC."),
    ],
)
def test_the_bounds_of_a_schedule(at, said):
    start, end = NOON + 2.5 * DAY, NOON + 5.5 * DAY
    job = clock_job("UTC", "12:00", now=MORNING, starts_at=start, ends_at=end)
    assert said in text_of(why(job, at))


def test_a_spread_tells_when_it_is_due():
    job = a_spread_job(seconds=7200)
    due = job.schedules.get().next_due_at(MORNING)
    assert due is not None
    found = why(job, now=NOON + MINUTE)
    at = f"{due:%Y-%m-%d %H:%M:%S} UTC".replace(":00 UTC", " UTC")
    assert found.verdict == f"It will run at {at}."
    assert f"Its runs are spread over 7200 s: this one is due at {at}." in text_of(found)


def test_before_the_job_was_there(job):
    found = why(job, MORNING - DAY)
    assert found.verdict == "Nothing to run: the job was not there yet."
    assert "The job was added at 2026-03-02 10:00 UTC by alice." in text_of(found)


def test_after_the_job_was_removed(job):
    remove_job(job=job, by="alice", now=NOON - HOUR)
    found = why(job)
    assert found.verdict == "Nothing to run: the job was removed."
    assert "In force then: revision 2 (removed), since 2026-03-02 11:00 UTC by alice." in text_of(
        found
    )


def test_a_job_without_a_schedule():
    bare = a_job("bare", now=MORNING)
    assert why(bare).verdict == "Nothing to run: the job has no schedule."


def test_the_rule_that_was_in_force_then_is_told_and_not_the_one_of_today(job):
    tick(NOON)
    ended(RunState.SUCCEEDED)
    evening = a_schedule(type="daily", times=["18:00"])
    edit(job, replace(evening, schedule_id=job.schedules.get().pk), now=NOON + HOUR)
    job.revisions.filter(number=2).update(in_force_at=NOON + HOUR, in_force_on="host-a")
    before, after = why(job, now=NOON + DAY), why(job, NOON + DAY)
    assert before.verdict.startswith("It ran")
    assert "In force then: revision 1" in text_of(before)
    assert after.verdict == "Nothing is planned then."
    assert "The scheduler on host-a planned with it from 2026-03-02 13:00 UTC on." in text_of(after)


def test_without_a_scheduler_nothing_is_written_down(job):
    found = why(job)
    assert found.verdict == (
        "It was due at 2026-03-02 12:00 UTC, and the scheduler has not written down "
        "what became of it."
    )
    assert "No scheduler has ever given a sign of life." in text_of(found)
    assert why(job, now=NOON + timedelta(seconds=30)).verdict == "It is due just now."


def test_a_scheduler_that_is_there_is_not_called_away(job):
    worker = a_worker(now=MORNING)
    Worker.objects.filter(pk=worker.pk).update(heartbeat_at=NOON + HOUR)
    assert "No scheduler" not in text_of(why(job))
    Worker.objects.filter(pk=worker.pk).update(heartbeat_at=NOON - timedelta(seconds=5))
    assert "No scheduler" not in text_of(why(job, now=NOON + timedelta(seconds=5)))


def test_a_run_that_is_active_may_be_in_the_way(job):
    run, _ = a_running_run(job, a_worker())
    found = why(job, NOON + DAY)
    assert found.verdict == "It will run at 2026-03-03 12:00 UTC."
    assert f"Run {run.pk} is active. If it still is by then, the job's policy is" in text_of(found)


def test_a_run_by_hand_at_that_time_is_mentioned(job):
    run = a_run(job, RunState.SUCCEEDED, requested_by="bob", created_at=NOON + 32 * MINUTE)
    found = why(job, NOON + 30 * MINUTE)
    assert found.verdict == "Nothing was planned then."
    assert found.links[-1] == (
        f"Run {run.pk} was asked for (by hand) by bob at 2026-03-02 12:32 UTC.",
        run.pk,
        None,
    )
    assert run.origin == Origin.HAND


def test_of_two_schedules_the_one_with_a_run_gives_the_verdict():
    job = a_job("two", every(7 * 3600), a_schedule(), now=MORNING)
    tick(NOON)
    found = why(job)
    assert found.verdict == "It waits to be started."
    assert text_of(found).count("Schedule ") == 2


def test_a_definition_that_cannot_be_read_is_told(job):
    revision = job.revisions.get()
    revision.definition["schedules"][0]["zone"] = "Mars/Olympus"
    revision.save()
    found = why(job)
    assert found.verdict == "What was planned then is not known: the schedule cannot be read."
    assert "Mars/Olympus" in text_of(found)


def test_a_minute_of_a_fast_rule_tells_how_many():
    job = a_job("fast", every(10), now=MORNING)
    assert "It names 6 dates in that minute; this is about the first." in text_of(why(job))
