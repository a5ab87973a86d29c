"""What an audit of the ledger costs: a month of many schedules, and rows that stand for many."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from scheduling.actions.occurrence_audit import audit_occurrences
from scheduling.models import JobRevision, Origin, Run, Schedule
from scheduling.models.bulk import insert_new
from scheduling.planning.audit import Books, Entry, compare
from scheduling.planning.history import Tenure
from scheduling.planning.plan import iterate
from scheduling.states import RunState
from tests.bench.fleet import many_jobs
from tests.factories.jobs import NOON

pytestmark = [pytest.mark.bench, pytest.mark.timeout(1200)]

MONTH = timedelta(days=30)
END = NOON + MONTH
RULES: list[dict[str, Any]] = [
    {"type": "cron", "expression": "*/15 * * * *"},
    {"type": "preset", "name": "hourly"},
    {"type": "daily", "times": ["02:30"]},
    {"type": "weekly", "weekdays": ["sun"], "times": ["03:00"]},
]


def a_fleet(number: int) -> int:
    """Jobs with a schedule each and a ledger without a fault; returns how many rows it has."""
    jobs = many_jobs(number, kind="probe", now=NOON)
    schedules = Schedule.objects.bulk_create(
        Schedule(job=job, rule=RULES[n % 4], zone="America/New_York", accounted_until=END)
        for n, job in enumerate(jobs)
    )
    JobRevision.objects.bulk_create(
        JobRevision(
            job=schedule.job,
            number=1,
            definition={"schedules": [schedule.definition()]},
            changed_at=NOON,
            changed_by="alice",
            note="added",
        )
        for schedule in schedules
    )
    for schedule in schedules:
        insert_new(Run, list(_rows(schedule)))
    return Run.objects.count()


def _rows(schedule: Schedule) -> Iterator[dict[str, Any]]:
    for each in iterate(schedule.plan(), NOON):
        at = each.planned_at
        if at > END:
            return
        yield {
            "job": schedule.job_id,
            "schedule": schedule.pk,
            "origin": Origin.SCHEDULE,
            "snapshot": {},
            "state": RunState.SUCCEEDED,
            "planned_at": at,
            "due_at": at,
            "available_at": at,
            "created_at": at,
            "finished_at": at,
        }


@pytest.mark.django_db
@pytest.mark.parametrize("days", [1, 30])
@pytest.mark.parametrize("number", [100, 1_000])
def test_the_last_days_of_a_month_of_schedules(benchmark, number, days):
    rows = a_fleet(number)
    bounds = {"since": END - timedelta(days=days), "until": END, "now": END}
    report = benchmark.pedantic(audit_occurrences, kwargs=bounds, rounds=3)
    found = report.occurrence_count
    benchmark.extra_info.update(database=connection.vendor, rows=rows, occurrences=found)
    print(f"\n{number} schedules, {rows} rows on {connection.vendor}: {found} in {days} days")
    assert report.is_complete
    assert days < 30 or found == rows


@pytest.mark.parametrize("seconds", [600, 60_000, 6_000_000])
def test_a_range_row_costs_the_same_however_many_it_stands_for(benchmark, seconds):
    definition = {"id": 1, "rule": {"type": "interval", "every_seconds": 1}, "zone": "UTC"}
    last = NOON + timedelta(seconds=seconds)
    entry = Entry(NOON + timedelta(seconds=1), last, seconds)
    found = benchmark(
        compare,
        [Tenure(1, definition, NOON)],
        [entry],
        Books(last),
        since=NOON,
        until=last,
        now=last,
    )
    assert (found.differences, found.occurrence_count) == ([], seconds)
