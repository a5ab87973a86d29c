"""What was missed under the policy `ask` waits in the ledger until a person answers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from scheduling.actions.jobs import pause_job, remove_job
from scheduling.actions.questions import Answer, NothingToAnswer, answer
from scheduling.actions.runs import cancel_run
from scheduling.models import Job, Run, Schedule
from scheduling.states import Reason, RunState
from tests.factories.claims import candidates, claim
from tests.factories.jobs import NOON, a_job, a_schedule
from tests.factories.runs import a_worker
from tests.integration.actions.conftest import DAY, MORNING, edit, ledger, tick

pytestmark = pytest.mark.django_db

BACK = NOON + 3 * DAY + timedelta(hours=1)
LATER = BACK + timedelta(minutes=5)
MISSED = [NOON + n * DAY for n in range(4)]
POLICIES: dict[str, Any] = {"misfire": "ask", "catchup_window": 10 * DAY}


@pytest.fixture
def job(db: None) -> Job:
    """Daily at noon; nothing planned it for four days."""
    job = a_job("asked", a_schedule(), now=MORNING, policies=POLICIES)
    tick(BACK)
    return job


@pytest.fixture
def schedule(job: Job) -> Schedule:
    return job.schedules.get()


def say(schedule: Schedule, word: Answer, by: str = "alice") -> int:
    return answer(schedule=schedule, answer=word, by=by, now=LATER)


def unanswered() -> int:
    return Run.objects.unanswered().count()


def test_what_was_missed_waits_and_is_not_claimed(job):
    assert ledger(job) == [(at, RunState.PENDING, "") for at in MISSED]
    assert unanswered() == 4
    assert candidates(LATER, limit=10) == []


def test_dates_on_time_go_on_while_a_question_is_open(job):
    tick(NOON + 4 * DAY)
    due = candidates(NOON + 4 * DAY, limit=10)
    assert [run.planned_at for run in due] == [NOON + 4 * DAY]
    assert unanswered() == 4


def test_to_run_the_latest_lets_it_start_and_the_others_count_as_covered(job, schedule):
    assert say(schedule, Answer.RUN_LATEST) == 1
    *older, newest = Run.objects.order_by("planned_at")
    assert [(run.state, run.reason) for run in older] == [(RunState.MISSED, Reason.COALESCED)] * 3
    assert {run.covered_by_planned_at for run in older} == {MISSED[-1]}
    assert (newest.state, newest.needs_answer, newest.may_wait) == (RunState.PENDING, False, True)
    assert (newest.available_at, newest.requested_by) == (LATER, "alice")
    assert candidates(LATER, limit=10) == [newest]


def test_to_run_all_lets_them_start_oldest_first(job, schedule):
    assert say(schedule, Answer.RUN_ALL) == 4
    worker, started = a_worker(), []
    while due := candidates(LATER, limit=1):
        assert claim(due[0], worker, now=LATER) is not None
        started.append(due[0].planned_at)
        due[0].finish(RunState.SUCCEEDED, who="w", now=LATER)
    assert started == MISSED


def test_to_drop_cancels_them_and_says_who_did(job, schedule):
    assert say(schedule, Answer.DROP) == 0
    cancelled = (RunState.CANCELLED, Reason.CANCELLED_BY_USER)
    assert ledger(job) == [(at, *cancelled) for at in MISSED]
    assert {run.events.get().who for run in Run.objects.all()} == {"alice"}
    assert not Run.objects.filter(needs_answer=True).exists()


@pytest.mark.parametrize("first", Answer)
@pytest.mark.parametrize("second", Answer)
def test_who_answers_second_is_told_and_changes_nothing(job, schedule, first, second):
    say(schedule, first)
    before = ledger(job)
    with pytest.raises(NothingToAnswer, match="somebody was faster"):
        say(schedule, second, by="bob")
    assert ledger(job) == before
    assert not Run.objects.filter(requested_by="bob").exists()


def test_an_answer_is_for_one_schedule():
    job = a_job("two", a_schedule(), a_schedule(), now=MORNING, policies=POLICIES)
    tick(BACK)
    one, other = job.schedules.all()
    assert say(one, Answer.DROP) == 0
    assert Run.objects.unanswered().filter(schedule=other).count() == 4


def test_one_run_of_a_question_can_be_cancelled_alone(job, schedule):
    cancel_run(run=Run.objects.get(planned_at=MISSED[0]), by="alice", now=LATER)
    assert unanswered() == 3
    assert say(schedule, Answer.RUN_ALL) == 3


def test_a_pause_keeps_the_question_and_it_can_be_answered(job, schedule):
    pause_job(job=job, reason="holidays", by="alice", now=LATER)
    assert unanswered() == 4
    assert say(schedule, Answer.RUN_LATEST) == 1


def test_an_edit_keeps_the_question_with_the_definition_it_was_planned_with(job, schedule):
    evening = a_schedule(type="daily", times=["18:00"])
    edit(job, evening, now=LATER, params={"steps": 5}, **POLICIES)
    assert say(schedule, Answer.RUN_LATEST) == 1
    due = candidates(LATER, limit=5)
    assert [run.snapshot["job"]["params"]["steps"] for run in due] == [1]


def test_a_removal_takes_the_question_back(job, schedule):
    remove_job(job=job, by="alice", now=LATER)
    assert {state for _, state, _ in ledger(job)} == {RunState.CANCELLED}
    with pytest.raises(NothingToAnswer):
        say(schedule, Answer.RUN_ALL)
