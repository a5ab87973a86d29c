from __future__ import annotations

import pytest
from django.test import Client

from scheduling.actions.jobs import pause_job
from scheduling.models import Job, Run
from scheduling.states import RunState
from tests.factories.jobs import NOON, a_job, a_schedule, a_user
from tests.integration.actions.conftest import MORNING, tick


@pytest.fixture
def morning(client: Client) -> Job:
    job = a_job("Morning probe", a_schedule(), owner=a_user("alice"), now=MORNING)
    tick(NOON)
    return job


def test_the_page_asks_for_a_time_by_the_jobs_own_clock(client: Client, morning: Job) -> None:
    page = client.get(f"/jobs/{morning.pk}/why/").content.decode()
    assert "By the clock in UTC." in page
    assert 'type="datetime-local"' in page
    assert 'id="answer"' not in page


@pytest.mark.parametrize("at", ["2026-03-02T12:00", "2026-03-02 12:00", "2026-03-02T12:00:00Z"])
def test_an_answer_has_its_causes_with_links(client: Client, morning: Job, at: str) -> None:
    run = Run.objects.get()
    run.finish(RunState.CANCELLED, who="alice", now=NOON)
    page = client.get(f"/jobs/{morning.pk}/why/", {"at": at}).content.decode()
    assert "It was cancelled" in page
    assert f'href="/runs/{run.pk}/"' in page
    assert f'href="/jobs/{morning.pk}/#revisions"' in page
    assert 'value="2026-03-02T12:00:00"' in page


@pytest.mark.parametrize("at", ["", "noon", "0001-01-01T00:00", "x" * 50])
def test_what_is_no_time_is_said_at_the_field(client: Client, morning: Job, at: str) -> None:
    answer = client.get(f"/jobs/{morning.pk}/why/", {"at": at})
    assert answer.status_code == 200
    assert answer.context["form"].errors["at"]
    assert 'id="answer"' not in answer.content.decode()


def test_a_job_without_a_schedule_can_be_asked_about(client: Client) -> None:
    bare = a_job("Bare", owner=a_user("alice"), now=MORNING)
    page = client.get(f"/jobs/{bare.pk}/why/", {"at": "2026-03-02T12:00"}).content.decode()
    assert "Nothing to run: the job has no schedule." in page


def test_the_job_of_somebody_else_is_not_found(client: Client) -> None:
    other = a_job("Other", a_schedule(), owner=a_user("bob"), now=MORNING)
    assert client.get(f"/jobs/{other.pk}/why/").status_code == 404


def test_the_page_is_for_those_who_are_signed_in(morning: Job) -> None:
    answer = Client().get(f"/jobs/{morning.pk}/why/")
    assert answer.status_code == 302
    assert "login" in answer["Location"]


def test_text_of_people_is_shown_as_text(client: Client, morning: Job) -> None:
    pause_job(job=morning, reason="<script>x</script>", by="alice", now=NOON)
    page = client.get(f"/jobs/{morning.pk}/why/", {"at": "2026-03-03T12:00"}).content.decode()
    assert "<script>x" not in page
    assert "&lt;script&gt;x" in page
