from __future__ import annotations

import json
from datetime import date

import pytest
from django.core.management import CommandError

from scheduling.models import Backfill, Job
from scheduling.planning.backfill import Lot
from tests.factories.calendars import a_calendar, a_day_off, not_on
from tests.factories.jobs import NOON, a_job, a_schedule
from tests.integration.actions.conftest import MORNING

pytestmark = pytest.mark.django_db

RANGE = ("--from", "2026-02-27", "--until", "2026-03-02")
NO_ROW = "the ledger has no row for it"


@pytest.fixture
def job(db: None) -> Job:
    return a_job("morning", a_schedule(), now=MORNING)


def test_a_dry_run_lists_each_date_and_starts_nothing(call, job):
    lines = call("backfill", "morning", *RANGE, "--dry-run").splitlines()
    assert lines[0].split() == ["date", "verdict", "why"]
    assert lines[1].split() == ["2026-02-27", "12:00", "UTC", "run", *NO_ROW.split()]
    assert lines[-1] == "run 3, keep 0, left out 0"
    assert not Backfill.objects.exists()


def test_a_calendars_name_is_shown_as_it_is_written(call, db):
    calendar = a_calendar(**a_day_off(date(2026, 2, 27), "[bold]Day[/off]"))
    a_job("closed", not_on(calendar), now=MORNING)
    assert "[bold]Day[/off]" in call("backfill", "closed", *RANGE, "--dry-run")


def test_a_dry_run_is_an_object_for_programs(call, job):
    said = json.loads(call("backfill", "morning", *RANGE, "--dry-run", "--json"))
    assert said["counts"] == {Lot.RUN: 3, Lot.KEEP: 0, Lot.LEFT_OUT: 0}
    first = {"at": "2026-02-27T12:00:00Z", "verdict": "RUN", "why": NO_ROW}
    assert said["dates"][0] == first


def test_a_backfill_is_started_as_the_options_say(call, job):
    options = ("--order", "newest-first", "--reprocess", "all", "--at-once", "3", "--per-hour", "9")
    said = call("backfill", "morning", *RANGE, *options)
    backfill = Backfill.objects.get()
    assert said == f"Backfill {backfill.pk} has begun: 3 dates to run.\n"
    assert (backfill.order, backfill.reprocess) == ("newest_first", "all")
    assert (backfill.max_running, backfill.per_hour) == (3, 9)
    assert backfill.created_by == "command line"


def test_a_single_date_is_called_one(call, job):
    said = call("backfill", "morning", "--from", "2026-03-01", "--until", "2026-03-02")
    assert said.endswith("has begun: 1 date to run.\n")


def test_a_started_backfill_is_an_object_for_programs(call, job):
    said = json.loads(call("backfill", "morning", *RANGE, "--json"))
    assert said["backfill"] == Backfill.objects.get().pk
    assert (said["is_over"], said["left"], said["time_left"]) == (False, 3, None)


def test_the_schedule_is_named_where_there_are_several(call, db):
    job = a_job("twice", a_schedule(), a_schedule(type="daily", times=["06:00"]), now=MORNING)
    with pytest.raises(CommandError, match="Say which schedule with --schedule: twice has"):
        call("backfill", "twice", *RANGE)
    second = job.schedules.last()
    assert second is not None
    call("backfill", "twice", *RANGE, "--schedule", str(second.pk))
    assert Backfill.objects.get().schedule == second


@pytest.mark.parametrize(
    ("since", "until", "first"),
    [
        ("2026-02-27 12:00", "2026-02-28", "2026-02-27T12:00:00Z"),
        ("2026-02-27T13:30+02:00", "2026-02-28", "2026-02-27T12:00:00Z"),
    ],
)
def test_instants_are_readings_or_exact(call, job, since, until, first):
    said = call("backfill", "morning", "--from", since, "--until", until, "--dry-run", "--json")
    assert [each["at"] for each in json.loads(said)["dates"]] == [first]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (("none", *RANGE), "There is no job 'none'"),
        (("morning", "--from", "2026-02-27", "--until", "2999-01-01"), "lies in the future"),
        (("morning", "--from", "then", "--until", "2026-03-01"), "'then' is not a time"),
        (("morning", *RANGE, "--schedule", "0"), "Say which schedule"),
        (("morning", *RANGE, "--at-once", "0"), "Between 1 and"),
    ],
)
def test_what_cannot_be_done_is_refused_with_a_sentence(call, job, changes, said):
    with pytest.raises(CommandError, match=said):
        call("backfill", *changes)


def test_a_job_without_a_schedule_has_nothing_to_run_again(call, db):
    a_job("by hand", now=NOON)
    with pytest.raises(CommandError, match="has no schedule"):
        call("backfill", "by hand", *RANGE)
