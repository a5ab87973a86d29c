"""The questions that are asked of the tables, and the small moves of single rows."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser, User

from scheduling.models import AttemptState, DataSource, DueEntry, Job, Run, Schedule, Worker
from scheduling.models.attempt import AttemptEnd, end_attempts
from scheduling.models.worker import SILENCE
from scheduling.states import Reason, RunState
from tests.factories.jobs import NOON, a_job, a_schedule, a_user
from tests.factories.runs import a_run, a_running_run, a_worker

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def job() -> Job:
    return a_job("morning", a_schedule(), now=NOON - HOUR)


def test_a_run_is_active_from_its_claim_to_its_end_and_queued_before(job):
    queued, ended = a_run(job), a_run(job, RunState.SUCCEEDED)
    running, _ = a_running_run(job, a_worker())
    retry, _ = a_running_run(job, a_worker())
    retry.put_back(available_at=LATER, reason=Reason.WORKER_LOST, who="w", now=NOON)
    assert set(Run.objects.active()) == {running, retry}
    assert set(Run.objects.queued()) == {queued}
    assert ended not in Run.objects.claimable()


def test_a_worker_holds_what_it_claimed_until_the_end(job):
    one, other = a_worker(pid=1), a_worker(pid=2)
    run, _ = a_running_run(job, one)
    assert list(Run.objects.held_by(one)) == [run]
    assert not Run.objects.held_by(other).exists()
    run.finish(RunState.SUCCEEDED, who="w", now=LATER)
    assert not Run.objects.held_by(one).exists()


def test_a_worker_lives_until_it_ends_or_is_silent_for_too_long():
    worker, ended = a_worker(pid=1), a_worker(pid=2)
    ended.end(now=NOON)
    assert set(Worker.objects.living(NOON + SILENCE)) == {worker}
    assert not Worker.objects.living(NOON + SILENCE + timedelta(microseconds=1)).exists()


def test_people_see_their_own_jobs_and_staff_see_all(job):
    theirs = a_job("theirs", a_schedule(), owner=a_user("bob"), now=NOON - HOUR)
    runs = {a_run(job): job, a_run(theirs): theirs}
    cases: list[tuple[User | AnonymousUser, set[Job]]] = [
        (a_user("alice"), {job}),
        (a_user("bob"), {theirs}),
        (a_user("carol"), set()),
        (a_user("boss", is_staff=True), {job, theirs}),
        (AnonymousUser(), set()),
    ]
    for user, seen in cases:
        assert set(Job.objects.visible_to(user)) == seen
        assert {runs[run] for run in Run.objects.visible_to(user)} == seen
        assert {each.job for each in Schedule.objects.visible_to(user)} == seen


def test_an_attempt_is_closed_once(job):
    _, attempt = a_running_run(job, a_worker())
    lost = AttemptEnd(
        attempt=attempt, pid=7, state=AttemptState.LOST, reason=Reason.WORKER_LOST, error="a\x00"
    )
    end_attempts([lost], now=NOON)
    end_attempts([AttemptEnd(attempt=attempt, pid=8, state=AttemptState.SUCCEEDED)], now=LATER)
    attempt.refresh_from_db()
    assert (attempt.state, attempt.finished_at, attempt.error) == ("LOST", NOON, "a")
    assert attempt.pid == 7


def test_the_due_index_names_what_is_due_longest_due_first(job):
    first = job.schedules.get()
    second = a_job("evening", a_schedule(), now=NOON - HOUR).schedules.get()
    DueEntry.objects.put(second.pk, NOON - HOUR)
    assert list(DueEntry.objects.due(NOON - 2 * HOUR)) == []
    assert list(DueEntry.objects.due(NOON - HOUR)) == [second.pk]
    assert list(DueEntry.objects.due(NOON)) == [second.pk, first.pk]
    assert DueEntry.objects.earliest_due() == NOON - HOUR


def test_what_is_held_is_never_due_and_what_is_dropped_is_gone(job):
    schedule = job.schedules.get()
    DueEntry.objects.hold([schedule.pk])
    assert list(DueEntry.objects.due(NOON + 1000 * HOUR)) == []
    assert DueEntry.objects.earliest_due() is None
    DueEntry.objects.put(schedule.pk, NOON)
    assert list(DueEntry.objects.due(NOON)) == [schedule.pk]
    DueEntry.objects.drop([schedule.pk])
    assert not DueEntry.objects.exists()


def test_no_job_is_stored_as_a_pickle(job):
    assert [bytes(entry.job_state) for entry in DueEntry.objects.all()] == [b""]


@pytest.mark.parametrize(
    ("fields", "health"),
    [
        ({}, "UNKNOWN"),
        ({"last_ok_at": NOON}, "OK"),
        ({"last_error_at": NOON}, "FAILING"),
        ({"last_ok_at": NOON, "last_error_at": LATER}, "FAILING"),
        ({"last_ok_at": LATER, "last_error_at": NOON}, "OK"),
        ({"last_ok_at": NOON, "is_enabled": False}, "OFF"),
    ],
)
def test_a_source_is_as_well_as_it_last_answered(fields, health):
    assert DataSource(slug="a", **fields).health == health


@pytest.mark.parametrize(
    ("overlap", "limit"),
    [("skip", 1), ("queue_one", 1), ("queue_all", 1), ("replace", 1), ("allow", 7)],
)
def test_runs_go_side_by_side_only_where_the_policy_allows(overlap, limit):
    assert Job(overlap=overlap, max_parallel=7).parallel_limit == limit


def test_a_definition_is_ready_for_json_and_complete(job):
    definition = job.definition()
    assert definition["sources"] == []
    assert definition["time_limit_seconds"] == 300.0
    assert definition["catchup_window_seconds"] is None
    stored = {field.name for field in Job._meta.concrete_fields}
    lengths = {"catchup_window", "time_limit"}
    assert {name.removesuffix("_seconds") for name in definition} - {"sources"} <= stored
    assert lengths <= {name.removesuffix("_seconds") for name in definition}
