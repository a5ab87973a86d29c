from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.management import CommandError

from scheduling.models import AttemptState
from scheduling.models.attempt import AttemptEnd, end_attempts
from scheduling.planning.policy import Misfire
from scheduling.states import Reason, RunState
from tests.factories.jobs import NOON, a_job, a_schedule
from tests.factories.runs import a_run, a_running_run, a_worker
from tests.integration.actions.conftest import DAY, MORNING, tick
from tests.integration.commands.conftest import lines_of

pytestmark = pytest.mark.django_db


def test_a_run_is_told_with_its_attempts(call):
    job = a_job("morning", now=MORNING)
    run, attempt = a_running_run(job, a_worker())
    end = NOON + timedelta(seconds=5)
    killed = AttemptEnd(
        attempt=attempt,
        pid=7,
        state=AttemptState.FAILED,
        reason=Reason.CRASHED,
        exit_code=-9,
        error="gone",
    )
    end_attempts([killed], now=end)
    run.finish(RunState.FAILED, who="w", now=end, reason=Reason.CRASHED, error="gone")
    (row,) = lines_of(call("export_ledger", "--jsonl"))
    assert row == {
        "run": run.pk,
        "job": "morning",
        "job_id": job.pk,
        "kind": "probe",
        "schedule": None,
        "planned_at": None,
        "planned_local": None,
        "due_at": "2026-03-02T12:00:00Z",
        "origin": "HAND",
        "requested_by": None,
        "state": "FAILED",
        "reason": "CRASHED",
        "late": False,
        "created_at": "2026-03-02T12:00:00Z",
        "started_at": "2026-03-02T12:00:00Z",
        "finished_at": "2026-03-02T12:00:05Z",
        "attempts": [
            {
                "number": 1,
                "claim_epoch": 1,
                "state": "FAILED",
                "reason": "CRASHED",
                "started_at": "2026-03-02T12:00:00Z",
                "finished_at": "2026-03-02T12:00:05Z",
                "exit_code": -9,
            }
        ],
        "covers": None,
        "covered_by": None,
        "in_the_way": None,
        "outcome": None,
        "error": "gone",
    }


def test_a_range_row_says_what_it_covers(call):
    a_job("morning", a_schedule(), now=MORNING, policies={"misfire": Misfire.SKIP.value})
    tick(NOON + 40 * DAY)
    ranges = [row for row in lines_of(call("export_ledger", "--jsonl")) if row["covers"]]
    assert [row["covers"] for row in ranges] == [
        {"from": "2026-03-02T12:00:00Z", "until": "2026-04-10T12:00:00Z", "count": 40}
    ]
    assert (ranges[0]["state"], ranges[0]["reason"]) == ("MISSED", "OUT_OF_WINDOW")
    assert ranges[0]["planned_local"] is None


def test_a_coalesced_row_names_the_run_that_stands_for_it(call):
    every_hour = a_schedule(type="interval", every_seconds=3600, anchor=NOON.isoformat())
    a_job("hourly", every_hour, now=MORNING, policies={"catchup_window": timedelta(hours=12)})
    tick(NOON + timedelta(hours=2))
    rows = lines_of(call("export_ledger", "--jsonl"))
    coalesced = [row for row in rows if row["reason"] == "COALESCED"]
    (run,) = [row for row in rows if row["state"] == "PENDING"]
    assert len(coalesced) == len(rows) - 1 > 1
    assert {row["covered_by"] for row in coalesced} == {run["planned_at"]}
    assert (run["planned_at"], run["late"]) == ("2026-03-02T14:00:00Z", False)
    assert run["planned_local"] == "2026-03-02T14:00:00"


def test_a_row_that_made_way_names_the_run_in_its_way(call):
    job = a_job("morning", a_schedule(), now=MORNING)
    first = a_run(job)
    tick(NOON)
    *_, skipped = lines_of(call("export_ledger", "--jsonl"))
    assert (skipped["state"], skipped["reason"]) == ("SKIPPED", "OVERLAP")
    assert skipped["in_the_way"] == first.pk


def test_one_job_can_be_asked_for(call):
    for name in ("morning", "evening"):
        a_run(a_job(name))
    rows = lines_of(call("export_ledger", "--jsonl", "--job", "evening"))
    assert [row["job"] for row in rows] == ["evening"]


def test_runs_come_oldest_first_and_a_removed_job_keeps_its_rows(call):
    job = a_job("morning")
    runs = [a_run(job, RunState.SUCCEEDED) for _ in range(3)]
    job.soft_delete(now=NOON)
    assert [row["run"] for row in lines_of(call("export_ledger", "--jsonl"))] == [
        run.pk for run in runs
    ]


def test_many_runs_cost_few_statements(call, django_assert_max_num_queries):
    job = a_job("morning")
    for _ in range(30):
        a_run(job)
    with django_assert_max_num_queries(5):
        assert len(lines_of(call("export_ledger", "--jsonl"))) == 30


def test_an_empty_ledger_is_no_line(call):
    assert call("export_ledger", "--jsonl") == ""


def test_the_format_has_to_be_named(call):
    with pytest.raises(CommandError, match="--jsonl"):
        call("export_ledger")
