from __future__ import annotations

import pytest
from django.core.management import CommandError

from scheduling.actions.drafts import ScheduleDraft
from scheduling.actions.jobs import remove_job
from scheduling.models import Run
from scheduling.states import RunState
from tests.factories.jobs import NOON, a_job, a_schedule
from tests.integration.actions.conftest import DAY, MORNING, tick

pytestmark = pytest.mark.django_db


def test_the_verdict_comes_first_and_its_causes_below(call):
    job = a_job("morning", a_schedule(), now=MORNING)
    tick(NOON)
    run = Run.objects.get()
    run.finish(RunState.CANCELLED, who="alice", now=NOON)
    first, *causes = call("why", "morning", "--at", "2026-03-02 12:00").splitlines()
    assert first == "It was cancelled: no reason is recorded."
    assert causes[0] == (
        f"  - Schedule {job.schedules.get().pk}: every day at 12:00, by the clock in UTC."
    )
    assert causes[-1].startswith("  - In force then: revision 1")


def test_a_time_without_an_offset_is_read_by_the_schedules_own_clock(call):
    rule = {"type": "daily", "times": ["12:00"]}
    a_job("far", ScheduleDraft(rule=rule, zone="Asia/Tokyo"), now=MORNING)
    assert "The rule names 2035-03-02 12:00 JST" in call("why", "far", "--at", "2035-03-02 12:00")
    assert "Nothing is planned then." in call("why", "far", "--at", "2035-03-02T12:00Z")
    assert "It will run at" in call("why", "far", "--at", "2035-03-02T12:00+09:00")


def test_now_is_meant_when_no_time_is_given(call):
    a_job("morning", now=MORNING)
    assert call("why", "morning").startswith("Nothing to run: the job has no schedule.")


def test_a_removed_job_can_be_asked_about_by_its_number(call):
    job = a_job("morning", a_schedule(), now=MORNING)
    remove_job(job=job, by="alice", now=NOON - DAY)
    said = call("why", str(job.pk), "--at", "2026-03-02 12:00")
    assert said.startswith("Nothing to run: the job was removed.")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("none",), "There is no job 'none'. Jobs: none yet."),
        (("morning", "--at", "noon"), "'noon' is not a time: write it like 2026-11-01 02:00"),
        (("morning", "--at", "0001-01-01"), "The year must lie between"),
    ],
)
def test_a_bad_question_is_answered_with_a_sentence(call, arguments, said):
    if arguments[0] == "morning":
        a_job("morning", now=MORNING)
    with pytest.raises(CommandError, match=said):
        call("why", *arguments)
