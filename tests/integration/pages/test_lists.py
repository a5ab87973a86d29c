from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from scheduling.clock import utc_now
from scheduling.models import DueEntry, Job, Run, Worker
from scheduling.states import Reason, RunState
from tests.factories.jobs import a_job, a_schedule
from tests.integration.pages.conftest import a_run


def queries_of(client: Client, page: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(page).status_code == 200
    return len(captured)


def rows(answer: object) -> dict[str, object]:
    return {row.job.name: row for row in answer.context["rows"]}  # type: ignore[attr-defined]


def test_a_row_says_what_when_and_how_it_went(client: Client, job: Job) -> None:
    soon = utc_now() + timedelta(minutes=12, seconds=30)
    DueEntry.objects.put(job.schedules.get().pk, soon)
    a_run(job, RunState.FAILED, reason=Reason.SOURCE_BLOCKED, error="403 Forbidden\nmore")
    a_run(job, RunState.SKIPPED, reason=Reason.OVERLAP, started_at=None)
    page = client.get("/jobs/").content.decode()
    for said in (
        "Morning probe",
        "Every day at 12:00",
        "UTC",
        "in 12 minutes",
        "Error",
        "403 Forbidden",
    ):
        assert said in page
    assert "more" not in page.split("403 Forbidden")[1][:10]


def test_the_last_result_is_of_a_run_that_ran(client: Client, job: Job) -> None:
    ran = a_run(job)
    a_run(job, RunState.SKIPPED, reason=Reason.OVERLAP, started_at=None)
    a_run(job, RunState.PENDING)
    assert rows(client.get("/jobs/"))["Morning probe"].last_run == ran  # type: ignore[attr-defined]


def test_a_job_without_schedule_says_so(client: Client, alice: User) -> None:
    a_job("By hand", owner=alice)
    assert rows(client.get("/jobs/"))["By hand"].next_text == "no schedule"  # type: ignore[attr-defined]


def test_a_job_that_is_held_names_no_next_date(client: Client, job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(quarantine_reason="seconds: too many")
    row = rows(client.get("/jobs/"))["Morning probe"]
    assert (row.next_at, row.next_text) == (None, "held until repaired")  # type: ignore[attr-defined]
    assert [look.word for look in row.looks] == ["Needs repair"]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", {"Morning probe", "Evening probe", "Broken probe"}),
        ("q=even", {"Evening probe"}),
        ("state=running", {"Evening probe"}),
        ("state=active&q=morning", {"Morning probe"}),
        ("state=paused", set()),
        ("state=repair", {"Broken probe"}),
        ("state=removed", set()),
        ("state=strange", set()),
    ],
)
def test_jobs_are_filtered_by_the_url(
    client: Client, job: Job, alice: User, query: str, shown: set[str]
) -> None:
    a_run(a_job("Evening probe", owner=alice), RunState.RUNNING)
    broken = a_job("Broken probe", a_schedule(), owner=alice)
    broken.schedules.update(quarantine_reason="zone: no such zone")
    assert set(rows(client.get(f"/jobs/?{query}"))) == shown


def test_the_list_of_jobs_asks_the_same_few_questions_for_many_jobs(
    client: Client, alice: User, engine: Worker
) -> None:
    def add(number: int) -> None:
        for _ in range(number):
            a_run(a_job(f"Job {Job.objects.count()}", a_schedule(), a_schedule(), owner=alice))

    add(2)
    few = queries_of(client, "/jobs/")
    add(10)
    assert queries_of(client, "/jobs/") == few <= 12


def test_the_list_refreshes_itself_only_while_something_runs(client: Client, job: Job) -> None:
    assert "hx-trigger" not in client.get("/jobs/").content.decode()
    a_run(job, RunState.RUNNING)
    assert 'hx-trigger="every 2s"' in client.get("/jobs/").content.decode()
    part = client.get("/jobs/", headers={"HX-Request": "true"}).content.decode()
    assert "Morning probe" in part
    assert "<html" not in part


def test_the_history_shows_fifty_runs_a_page(client: Client, job: Job, engine: Worker) -> None:
    runs = [a_run(job) for _ in range(120)]
    seen: list[Run] = []
    page = "/runs/"
    while page:
        answer = client.get(page)
        shown = answer.context["page"]
        assert len(shown.rows) <= 50
        seen += shown.rows
        page = f"/runs/{shown.older}" if shown.older else ""
    assert seen == runs[::-1]
    assert queries_of(client, "/runs/") <= 8


def test_the_history_is_filtered_by_job_and_state(client: Client, job: Job, alice: User) -> None:
    failed = a_run(job, RunState.FAILED, error="ValueError: no\nTraceback")
    a_run(job)
    a_run(a_job("Other", owner=alice), RunState.FAILED)
    answer = client.get(f"/runs/?job={job.pk}&state=FAILED")
    assert answer.context["page"].rows == [failed]
    assert "ValueError: no" in answer.content.decode()


def test_filters_stay_while_paging(client: Client, job: Job) -> None:
    for _ in range(60):
        a_run(job)
    older = client.get(f"/runs/?job={job.pk}").context["page"].older
    assert f"job={job.pk}" in older
    second = client.get(f"/runs/{older}").context["page"]
    assert second.newest == f"?job={job.pk}"


@pytest.mark.parametrize("query", ["job=999", "job=x", "state=DONE"])
def test_a_filter_that_cannot_be_read_shows_nothing_and_says_so(
    client: Client, job: Job, query: str
) -> None:
    a_run(job)
    answer = client.get(f"/runs/?{query}")
    assert not answer.context["page"].rows
    assert "Select a valid choice" in answer.content.decode()


@pytest.mark.parametrize("cursor", ["x", "-1", "9" * 40, "١٢", ""])
def test_a_cursor_that_is_no_id_shows_the_newest(client: Client, job: Job, cursor: str) -> None:
    run = a_run(job)
    assert client.get("/runs/", {"before": cursor}).context["page"].rows == [run]


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("/jobs/", "Add the first job"),
        ("/runs/", "Nothing has run yet"),
        ("/filings/", "Nothing collected yet"),
        ("/transactions/", "Nothing collected yet"),
    ],
)
def test_an_empty_list_names_the_next_step(client: Client, page: str, said: str) -> None:
    assert said in client.get(page).content.decode()
