from __future__ import annotations

from typing import Any

import pytest
from django.core.management import CommandError

from scheduling.actions.jobs import pause_job
from scheduling.models import Job
from tests.factories.jobs import NOON, a_job, a_schedule
from tests.factories.runs import has_run_for

pytestmark = pytest.mark.django_db

NOVEMBER = {"--from": "2026-11-02", "--to": "2026-11-03"}


def arguments(**changes: str) -> list[str]:
    given = NOVEMBER | {f"--{name}": value for name, value in changes.items()}
    return [text for pair in given.items() for text in pair]


def line_of(text: str, name: str) -> list[str]:
    """The words of the line that begins with the name."""
    (found,) = [line for line in text.splitlines() if line.startswith(name)]
    return found.removeprefix(name).split()


def an_hourly_job(name: str = "hourly", *, minutes: int = 10, **policies: Any) -> Job:
    job = a_job(name, a_schedule(type="preset", name="hourly"), now=NOON, policies=policies)
    has_run_for(job, *[minutes] * 3)
    return job


def test_a_day_of_one_job_is_told_in_figures(call):
    an_hourly_job()
    said = call("simulate", *arguments())
    assert line_of(said, "hourly") == ["24", "24", "0", "0", "0", "0"]
    assert "Busiest minute: 2026-11-02 00:00 UTC, 1 run begins." in said


def test_slower_runs_that_meet_and_an_outage_are_told(call):
    an_hourly_job(minutes=40)
    down = "2026-11-02T02:45..2026-11-02T05:30"
    assert line_of(call("simulate", *arguments(down=down)), "hourly") == [
        *["24", "21", "1", "2", "0", "0"],
        *["OUT_OF_WINDOW", "2,", "OVERLAP", "1", "30", "min,", "1", "at", "once"],
    ]
    slower = line_of(call("simulate", *arguments(slower="2")), "hourly")
    assert slower == ["24", "12", "12", "0", "0", "0", "OVERLAP", "12"]


def test_a_queue_is_told_with_its_longest_wait(call):
    an_hourly_job(minutes=90, overlap="queue_all")
    said = line_of(call("simulate", *arguments(to="2026-11-02T04:00")), "hourly")
    assert said == ["4", "3", "0", "0", "0", "1", "1", "h,", "1", "at", "once"]


def test_one_job_or_all_with_their_total(call):
    first = an_hourly_job("first")
    an_hourly_job("second")
    said = call("simulate", *arguments())
    assert line_of(said, "all 2 jobs")[0] == "48"
    assert "2 runs begin" in said
    for job in ("first", str(first.pk)):
        alone = call("simulate", *arguments(job=job))
        assert "second" not in alone
        assert "all 2 jobs" not in alone


def test_every_row_is_listed_on_demand(call):
    an_hourly_job(misfire="skip")
    down = "2026-11-02T01:30..2026-11-03"
    rows = call("simulate", "--rows", *arguments(to="2026-11-04T01:00", down=down)).splitlines()
    assert rows[1].split() == [
        *["2026-11-02", "00:00:00", "hourly", str(Job.objects.get().schedules.get().pk), "ran"],
        *["2026-11-02", "00:00:00", "2026-11-02", "00:10:00", "1"],
    ]
    assert "missed  OUT_OF_WINDOW" in rows[3]
    assert len(rows) == 1 + 24 + 24 + 1 + 2 + 2


def test_a_job_whose_runs_are_too_few_is_named(call):
    a_job("new", a_schedule(), now=NOON)
    assert "is unknown, too few have succeeded yet, so it ends at once here: new." in call(
        "simulate", *arguments()
    )


def test_jobs_that_are_held_are_left_out_and_named(call):
    paused = an_hourly_job("paused")
    pause_job(job=paused, reason="Holidays", by="alice", now=NOON)
    an_hourly_job("broken").schedules.update(zone="Nowhere/Town")
    said = call("simulate", *arguments())
    assert "paused is left out: it is paused until somebody resumes it (Holidays)." in said
    assert "A schedule of broken is held until it is repaired: zone: 'Nowhere/Town'" in said
    assert "Nothing runs in this time." in said


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"from": "tomorrow"}, "'tomorrow' is not an instant"),
        ({"to": "2026-11-02"}, "The end must lie after the start."),
        ({"down": "2026-11-02"}, "'2026-11-02' is not an outage; write it like START..END."),
        ({"down": "2026-11-02..2026-11-01"}, "An outage must end after it begins."),
        ({"down": "..2026-11-01"}, "'' is not an instant"),
        ({"slower": "0"}, "Runs can take from 0.01 to 1000 times as long."),
        ({"slower": "nan"}, "Runs can take from 0.01 to 1000 times as long."),
        ({"slower": "twice"}, "invalid float value: 'twice'"),
        ({"job": "nobody"}, "There is no job 'nobody'"),
        ({"to": "2526-01-01"}, "dates lie in this time; 1,000,000 are the most."),
    ],
)
def test_a_question_that_cannot_be_answered_is_refused_in_a_sentence(call, changes, said):
    an_hourly_job()
    with pytest.raises(CommandError) as refused:
        call("simulate", *arguments(**changes))
    assert said in str(refused.value)
