from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from scheduling.models import Job
from scheduling.views import simulator
from tests.factories.jobs import NOON, a_job, a_schedule, a_user
from tests.factories.runs import has_run_for

PAGE = "/simulator/"
WEEK = {"start": "2026-11-02T00:00", "end": "2026-11-09T00:00", "factor": "1"}


@pytest.fixture
def hourly(alice: User) -> Job:
    """Runs of 40 minutes, each hour."""
    job = a_job("Hourly probe", a_schedule(type="preset", name="hourly"), owner=alice, now=NOON)
    has_run_for(job, 40, 40, 40)
    return job


def answer_to(client: Client, **changes: str) -> Any:
    return client.get(PAGE, WEEK | changes)


def test_the_page_begins_with_the_week_to_come(client: Client, hourly: Job) -> None:
    page = client.get(PAGE)
    assert page.status_code == 200
    assert page.context["answer"] is None
    form = page.context["form"]
    assert form["end"].value() - form["start"].value() == timedelta(days=7)
    assert not form.errors


def test_a_week_is_told_in_figures(client: Client, hourly: Job) -> None:
    page = answer_to(client)
    (row,) = page.context["answer"].rows
    assert (row.name, row.figures.named, row.figures.started) == ("Hourly probe", 168, 168)
    text = page.content.decode()
    assert "runs of 40 min" in text
    assert "At most 1 at work side by side." in text


def test_an_outage_and_slower_runs_are_played_through(client: Client, hourly: Job) -> None:
    down = {"down_from": "2026-11-03T02:00", "down_to": "2026-11-03T05:00"}
    (row,) = answer_to(client, **down).context["answer"].rows
    assert (row.figures.missed, row.figures.started) == (3, 165)
    page = answer_to(client, factor="2")
    assert page.context["answer"].rows[0].figures.skipped == 84
    assert "84: Another run of the job was still active." in page.content.decode()


def test_one_job_of_several_is_chosen(client: Client, hourly: Job, alice: User) -> None:
    a_job("Other", a_schedule(), owner=alice, now=NOON)
    both = answer_to(client)
    assert [row.name for row in both.context["answer"].rows] == ["Hourly probe", "Other"]
    assert both.context["answer"].total.named == 168 + 7
    assert "All jobs</strong>" in both.content.decode()
    one = answer_to(client, job=str(hourly.pk))
    assert [row.name for row in one.context["answer"].rows] == ["Hourly probe"]
    assert "All jobs</strong>" not in one.content.decode()


def test_jobs_of_others_are_not_foreseen(client: Client, hourly: Job) -> None:
    strange = a_job("Strange", a_schedule(), owner=a_user("bob"), now=NOON)
    page = answer_to(client)
    assert "Strange" not in page.content.decode()
    assert "job" in answer_to(client, job=str(strange.pk)).context["form"].errors


def test_a_job_without_a_schedule_is_told_so(client: Client, alice: User) -> None:
    a_job("By hand", owner=alice)
    assert "No schedule names a date" in answer_to(client).content.decode()


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"end": "2026-11-02T00:00"}, "__all__", "The end must lie after the start."),
        ({"end": "2026-12-04T00:00"}, "end", "Choose at most 31 days; the command takes more."),
        ({"start": "0001-01-01T00:00"}, "start", "The year lies outside of 3 to 9997."),
        ({"end": "soon"}, "end", "Enter a valid date/time."),
        ({"start": "", "factor": ""}, "start", "This field is required."),
        ({"down_from": "2026-11-03T00:00"}, "down_to", "Say both when the outage begins"),
        (
            {"down_from": "2026-11-03T00:00", "down_to": "2026-11-02T00:00"},
            "__all__",
            "An outage must end after it begins.",
        ),
        ({"factor": "0"}, "factor", "Ensure this value is greater than or equal to 0.01."),
        ({"factor": "nan"}, "factor", "Enter a number."),
        ({"job": "x"}, "job", "Select a valid choice."),
    ],
)
def test_a_question_that_cannot_be_answered_is_refused_in_a_sentence(
    client: Client, hourly: Job, changes: dict[str, str], field: str, said: str
) -> None:
    page = answer_to(client, **changes)
    assert page.status_code == 200
    assert page.context["answer"] is None
    assert said in page.context["form"].errors[field][0]


def test_more_dates_than_a_page_can_wait_for_are_refused(
    client: Client, hourly: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(simulator, "MOST_DATES", 167)
    (said,) = answer_to(client).context["form"].non_field_errors()
    assert said.startswith("168 dates lie in this time; 167 are the most.")


def test_nobody_is_answered_without_signing_in(hourly: Job) -> None:
    assert Client().get(PAGE).status_code == 302
