from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from scheduling.actions.jobs import pause_job, remove_job
from scheduling.clock import utc_now
from scheduling.models import Job, Run
from tests.factories.jobs import NOON, a_job, a_schedule
from tests.integration.actions.conftest import DAY, MORNING, tick
from tests.integration.commands.conftest import lines_of

pytestmark = pytest.mark.django_db

WEEK = ("--from", "2026-03-02T00:00", "--to", "2026-03-08T23:59:59Z")


@pytest.fixture
def job() -> Job:
    """Daily at noon; a week of it is in the ledger."""
    job = a_job("morning", a_schedule(), now=MORNING)
    for day in range(8):
        tick(NOON + day * DAY)
    return job


def failing(*arguments: str) -> str:
    out = StringIO()
    with pytest.raises(SystemExit) as caught:
        call_command("audit_occurrences", *arguments, stdout=out, stderr=StringIO())
    assert caught.value.code == 1
    return out.getvalue()


def test_a_complete_ledger_says_how_many(call, job):
    assert call("audit_occurrences", *WEEK) == "complete: 7 occurrences\n"


def test_each_difference_is_a_line_and_the_exit_is_1(job):
    Run.objects.filter(planned_at__in=[NOON, NOON + 3 * DAY]).delete()
    schedule = job.schedules.get().pk
    assert failing(*WEEK).splitlines() == [
        f"morning, schedule {schedule}: 2026-03-02 12:00:00 UTC is not in the ledger.",
        f"morning, schedule {schedule}: 2026-03-05 12:00:00 UTC is not in the ledger.",
        "2 differences; 5 occurrences stand in the ledger",
    ]


def test_machines_read_differences_as_json_lines(job):
    Run.objects.filter(planned_at=NOON).delete()
    assert lines_of(failing(*WEEK, "--jsonl")) == [
        {
            "job": "morning",
            "job_id": job.pk,
            "schedule": job.schedules.get().pk,
            "fault": "LOST",
            "at": "2026-03-02T12:00:00Z",
            "text": "2026-03-02 12:00:00 UTC is not in the ledger.",
        }
    ]


@pytest.mark.parametrize("by_number", [True, False])
def test_one_job_can_be_named_a_removed_one_too(call, job, by_number):
    other = a_job("other", a_schedule(), now=MORNING)
    Run.objects.filter(job=other).delete()
    remove_job(job=job, by="alice", now=NOON + 8 * DAY)
    text = str(job.pk) if by_number else "morning"
    assert call("audit_occurrences", *WEEK, "--job", text) == "complete: 7 occurrences\n"


def test_of_jobs_with_one_name_the_live_one_is_meant(call, job):
    remove_job(job=job, by="alice", now=NOON + 8 * DAY)
    a_job("morning", now=NOON + 8 * DAY)
    assert call("audit_occurrences", *WEEK, "--job", "morning") == "complete: 0 occurrences\n"


def test_what_is_held_is_told_apart(call, job):
    pause_job(job=job, reason="holidays", by="alice", now=NOON + 7 * DAY)
    end = (NOON + 9 * DAY).isoformat()
    said = call("audit_occurrences", "--from", "2026-03-02", "--to", end)
    assert said.splitlines()[0].startswith("2 more were named while their job is held")
    assert said.splitlines()[1] == "complete: 8 occurrences"


def test_the_future_is_not_looked_at(call):
    a_job("hourly", a_schedule(type="interval", every_seconds=3600), now=utc_now())
    end = (utc_now() + timedelta(days=9)).isoformat()
    first, last = call("audit_occurrences", "--from", "2026-03-02", "--to", end).splitlines()
    assert first.startswith("Looked at up to now, 2")
    assert last == "complete: 0 occurrences"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--from", "yesterday"), "is not an instant; write it like"),
        (("--from", "2026-03-02", "--to", "soon"), "is not an instant; write it like"),
        (("--from", "2026-03-02", "--to", "2026-03-01"), "The end lies before the start"),
        (("--from", "2026-03-02", "--job", "none"), "There is no job 'none'. Jobs: none yet."),
        ((), "--from"),
    ],
)
def test_a_bad_question_is_answered_with_a_sentence(call, arguments, said):
    with pytest.raises(CommandError, match=said):
        call("audit_occurrences", *arguments)
