from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from scheduling.actions.snapshots import snapshot
from scheduling.models import DueEntry, Job, Origin, Run, Schedule
from scheduling.models.bulk import insert_new, lots, set_instants
from scheduling.states import RunState
from tests.factories.jobs import NOON, a_job, a_schedule

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)


@pytest.fixture
def job() -> Job:
    return a_job("morning", a_schedule(), now=NOON)


def a_row(job: Job, planned_at: datetime, **fields: Any) -> dict[str, Any]:
    return {
        "job": job.pk,
        "schedule": job.schedules.get().pk,
        "planned_at": planned_at,
        "due_at": planned_at,
        "created_at": NOON,
        "available_at": planned_at,
        "ranked_at": planned_at,
        "origin": Origin.SCHEDULE,
        "snapshot": snapshot(job),
        "state": RunState.PENDING,
        **fields,
    }


def test_rows_come_back_as_they_went_in(job):
    row = a_row(job, NOON, planned_local="2026-03-02T12:00:00", is_late=True, may_wait=True)
    insert_new(Run, [row])
    run = Run.objects.get()
    assert {name: getattr(run, name) for name in row if name not in ("job", "schedule")} == {
        name: value for name, value in row.items() if name not in ("job", "schedule")
    }
    assert (run.job_id, run.schedule_id) == (row["job"], row["schedule"])


def test_rows_that_differ_come_back_as_they_went_in(job):
    same = {"origin": Origin.SCHEDULE, "requested_by": "alice"}
    rows = [
        a_row(job, NOON, **same, may_wait=True, weight=1, snapshot={"n": 1}),
        a_row(job, LATER, **same, may_wait=False, weight=2, snapshot={"n": True}),
        a_row(
            job, LATER + timedelta(hours=1), **same, may_wait=True, weight=1, snapshot={"n": 1.0}
        ),
    ]
    insert_new(Run, rows)
    runs = Run.objects.order_by("planned_at")
    assert [
        (run.planned_at, run.origin, run.requested_by, run.may_wait, run.weight, repr(run.snapshot))
        for run in runs
    ] == [
        (
            row["planned_at"],
            "SCHEDULE",
            "alice",
            row["may_wait"],
            row["weight"],
            repr(row["snapshot"]),
        )
        for row in rows
    ]


def test_fields_that_are_not_named_get_their_default(job):
    insert_new(Run, [a_row(job, NOON)])
    by_bulk = Run.objects.get()
    plain = Run(job=job)
    named = {*a_row(job, NOON), "id"}
    for field in Run._meta.concrete_fields:
        if field.name not in named:
            assert getattr(by_bulk, field.attname) == getattr(plain, field.attname), field.name


def test_an_occurrence_that_is_known_stays_as_it_is(job):
    insert_new(Run, [a_row(job, NOON, requested_by="first")])
    twice = [a_row(job, NOON, requested_by="second"), a_row(job, LATER, requested_by="second")]
    insert_new(Run, twice)
    rows = Run.objects.order_by("planned_at").values_list("planned_at", "requested_by")
    assert list(rows) == [(NOON, "first"), (LATER, "second")]


def test_the_same_occurrence_twice_in_one_statement_is_inserted_once(job):
    insert_new(Run, [a_row(job, NOON), a_row(job, NOON)])
    assert Run.objects.count() == 1


def test_no_rows_are_no_statement(django_assert_num_queries):
    with django_assert_num_queries(0):
        insert_new(Run, [])
        set_instants(Schedule, "accounted_until", {})


def test_values_that_are_missing_are_null(job):
    insert_new(Run, [a_row(job, NOON, covers_until=None), a_row(job, LATER, covers_until=None)])
    assert Run.objects.filter(covers_until=None, finished_at=None).count() == 2


def test_json_keeps_its_types(job):
    frozen = {"null": None, "number": 1.5, "text": "é \U0001f9fe '", "list": [True, {}]}
    insert_new(Run, [a_row(job, NOON, snapshot=frozen)])
    assert Run.objects.get().snapshot == frozen


def test_many_rows_are_one_call(job):
    rows = [a_row(job, NOON + timedelta(minutes=minute)) for minute in range(1500)]
    insert_new(Run, rows)
    insert_new(Run, rows)
    assert Run.objects.count() == 1500


def test_instants_are_set_by_key_and_others_stay(job):
    other = a_job("evening", a_schedule(), now=NOON)
    one, two = job.schedules.get(), other.schedules.get()
    set_instants(Schedule, "accounted_until", {one.pk: LATER, 999_999: LATER})
    marks = dict(Schedule.objects.values_list("pk", "accounted_until"))
    assert marks == {one.pk: LATER, two.pk: NOON}


def test_an_instant_may_be_taken_away_under_a_key_of_text(job):
    """The keys of the due index are text."""
    pk = job.schedules.get().pk
    assert DueEntry.objects.get(id=str(pk)).next_run_time == NOON + timedelta(days=1)
    set_instants(DueEntry, "next_run_time", {pk: LATER})
    assert DueEntry.objects.get(id=str(pk)).next_run_time == LATER
    set_instants(DueEntry, "next_run_time", {pk: None})
    assert DueEntry.objects.get(id=str(pk)).next_run_time is None


@pytest.mark.parametrize(("size", "lengths"), [(1, [1, 1, 1, 1]), (3, [3, 1]), (4, [4]), (9, [4])])
def test_lots_hold_every_row_once_in_the_order_of_their_keys(db, size, lengths):
    jobs = [a_job(f"job {number}", now=NOON) for number in range(4)]
    found = list(lots(Job.objects.order_by("-name"), size))
    assert [len(lot) for lot in found] == lengths
    assert [job for lot in found for job in lot] == jobs


def test_lots_go_on_behind_rows_that_were_deleted(db):
    for number in range(3):
        a_job(f"job {number}", now=NOON)
    for (job,) in lots(Job.objects.all(), 1):
        job.delete()
    assert not Job.objects.exists()
