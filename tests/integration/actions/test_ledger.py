"""A job of which the ledger can take no row is held; all others get theirs (invariant I4)."""

from __future__ import annotations

import pytest
from django.db import connection

from scheduling.actions.repair import review_jobs
from scheduling.models import Job
from scheduling.states import Reason, RunState
from tests.factories.jobs import NOON, a_job, a_schedule
from tests.integration.actions.conftest import DAY, MORNING, due_at, ledger, tick

pytestmark = pytest.mark.django_db

DUE = [(NOON, RunState.PENDING, "")]


@pytest.fixture
def neighbour(job: Job) -> Job:
    return a_job("neighbour", a_schedule(), now=MORNING)


def write(value: int | str, column: str, job: Job) -> None:
    """Past the models, as a person with a database shell would."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":  # as wide as SQLite's columns are
            connection.check_constraints()
            cursor.execute(f"ALTER TABLE scheduling_job ALTER {column} TYPE bigint")
        cursor.execute(f"UPDATE scheduling_job SET {column} = %s WHERE id = %s", [value, job.pk])  # noqa: S608 - ours


@pytest.mark.parametrize(("column", "value"), [("weight", "many"), ("priority", "many")])
@pytest.mark.one_database  # PostgreSQL refuses text
def test_text_in_a_number_column_stops_one_schedule_and_no_other(job, neighbour, column, value):
    write(value, column, job)
    tick(NOON)
    assert (ledger(job), ledger(neighbour)) == ([], DUE)


@pytest.mark.parametrize(("column", "value"), [("weight", 10**18), ("priority", 10**18)])
def test_a_number_beyond_all_bounds_stops_at_most_its_schedule(job, neighbour, column, value):
    write(value, column, job)
    tick(NOON)
    assert ledger(neighbour) == DUE


def test_a_schedule_that_the_ledger_takes_no_row_of_is_held_and_says_so(job, neighbour, caplog):
    write(10**18, "priority", job)
    tick(NOON)
    schedule = job.schedules.get()
    assert "The ledger can take no row of it: OverflowError" in schedule.quarantine_reason
    assert (schedule.accounted_until, due_at(schedule)) == (MORNING, None)
    assert "quarantined" in caplog.text


def test_nothing_is_lost_by_it_once_the_value_is_mended(job):
    write(10**18, "priority", job)
    tick(NOON)
    write(0, "priority", job)
    review_jobs(now=NOON + DAY / 2)
    tick(NOON + DAY)
    assert ledger(job) == [
        (NOON, RunState.SKIPPED, Reason.BAD_PARAMETERS),
        (NOON + DAY, RunState.PENDING, ""),
    ]
