from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from scheduling.clock import utc_now
from scheduling.models import DataSource, Job
from scheduling.states import RunState
from tests.factories.sources import a_source
from tests.integration.pages.conftest import a_run

SENT = {"is_enabled": "on", "min_interval_seconds": "2", "max_running": "3", "opens_after": ""}


@pytest.fixture
def source(job: Job) -> DataSource:
    moon = a_source(min_interval_seconds=1.5)
    job.sources.add(moon)
    return moon


def page_with(client: Client, **fields: Any) -> str:
    DataSource.objects.update(**fields)
    return client.get("/sources/").content.decode()


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, "Not asked yet"),
        ({"is_enabled": False}, "Runs leave it out."),
        ({"failures_in_row": 2}, "2 failures in a row; left out after 5."),
        ({"failures_in_row": 2, "opens_after": None}, "2 failures in a row."),
        ({"last_error": "HTTP 503\nand more"}, "HTTP 503<"),
        ({"max_running": 4}, "0 of 4"),
    ],
)
def test_the_list_tells_how_a_source_is(
    client: Client, source: DataSource, fields: dict[str, Any], sentence: str
) -> None:
    assert sentence in page_with(client, **fields)


@pytest.mark.parametrize(
    ("minutes", "sentence"),
    [(10, "Runs leave it out until"), (-1, "The next run tries whether it answers again.")],
)
def test_the_list_tells_what_becomes_of_runs_while_the_circuit_is_not_closed(
    client: Client, source: DataSource, minutes: int, sentence: str
) -> None:
    page = page_with(client, open_until=utc_now() + timedelta(minutes=minutes), failures_in_row=6)
    assert sentence in page
    assert "6 failures in a row." in page
    assert "Ask again" not in page


def test_the_list_counts_the_runs_under_way_as_they_were_made(
    client: Client, source: DataSource, job: Job
) -> None:
    a_run(job, RunState.RUNNING)
    a_run(job, RunState.PENDING)
    job.sources.clear()
    rows = client.get("/sources/").context["rows"]
    assert {row.source.slug: row.running for row in rows if row.running} == {"moon": 1}


def test_the_page_says_when_there_are_none(client: Client, db: None) -> None:
    DataSource.objects.all().delete()
    assert "No sources yet" in client.get("/sources/").content.decode()


def test_staff_change_how_a_source_is_asked(staff: Client, source: DataSource) -> None:
    assert 'value="1.5"' in staff.get("/sources/moon/edit/").content.decode()
    assert staff.post("/sources/moon/edit/", SENT)["Location"] == "/sources/"
    source.refresh_from_db()
    assert (source.min_interval_seconds, source.max_running, source.opens_after) == (2, 3, None)
    staff.post("/sources/moon/edit/", {**SENT, "is_enabled": ""})
    source.refresh_from_db()
    assert not source.is_enabled


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("min_interval_seconds", ""),
        ("min_interval_seconds", "-1"),
        ("min_interval_seconds", "nan"),
        ("max_running", "0"),
        ("opens_after", "0"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    staff: Client, source: DataSource, field: str, value: str
) -> None:
    answer = staff.post("/sources/moon/edit/", {**SENT, field: value})
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]


def test_staff_close_the_circuit(staff: Client, source: DataSource) -> None:
    page = page_with(staff, open_until=utc_now() + timedelta(minutes=10), failures_in_row=6)
    assert "Ask again" in page
    assert staff.post("/sources/moon/close/")["Location"] == "/sources/"
    source.refresh_from_db()
    assert (source.open_until, source.failures_in_row) == (None, 0)


def test_others_look_and_change_nothing(client: Client, source: DataSource) -> None:
    until = utc_now() + timedelta(minutes=10)
    assert "/sources/moon/" not in page_with(client, open_until=until)
    assert client.get("/sources/moon/edit/").status_code == 404
    assert client.post("/sources/moon/edit/", SENT).status_code == 404
    assert client.post("/sources/moon/close/").status_code == 404
    source.refresh_from_db()
    assert (source.open_until, source.min_interval_seconds) == (until, 1.5)


def test_nothing_is_shown_to_strangers(db: None) -> None:
    assert Client().get("/sources/")["Location"].startswith("/login/")
