from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from scheduling.clock import utc_now
from scheduling.models import Artifact, Job, Run
from scheduling.states import RunState
from tests.factories.jobs import a_user
from tests.integration.pages.conftest import a_run

JOB_PAGES = ["", "edit/", "pause/", "remove/"]
JOB_CONTROLS = ["run/", "pause/", "resume/", "remove/", "edit/"]


@pytest.fixture
def run(job: Job) -> Run:
    return a_run(job, RunState.RUNNING)


@pytest.mark.parametrize("page", JOB_PAGES)
def test_another_users_job_is_not_found(bob: Client, job: Job, page: str) -> None:
    assert bob.get(f"/jobs/{job.pk}/{page}").status_code == 404


@pytest.mark.parametrize("control", JOB_CONTROLS)
def test_another_users_job_cannot_be_controlled(bob: Client, job: Job, control: str) -> None:
    sent = {"reason": "mine now", "act": "save"}
    assert bob.post(f"/jobs/{job.pk}/{control}", sent).status_code == 404
    job.refresh_from_db()
    assert (job.is_paused, job.deleted_at, job.revision) == (False, None, 1)
    assert not Run.objects.exists()


@pytest.mark.parametrize("page", ["", "log.txt", "?after=0"])
def test_another_users_run_is_not_found(bob: Client, run: Run, page: str) -> None:
    assert bob.get(f"/runs/{run.pk}/{page}").status_code == 404


def test_another_users_run_cannot_be_cancelled(bob: Client, run: Run) -> None:
    assert bob.post(f"/runs/{run.pk}/cancel/").status_code == 404
    run.refresh_from_db()
    assert run.stop_requested_at is None


def test_another_users_file_is_not_found(bob: Client, run: Run) -> None:
    file = Artifact.objects.create(
        run=run, name="a", media_type="text/plain", size=1, sha256="0" * 64, created_at=utc_now()
    )
    assert bob.get(f"/artifacts/{file.pk}/").status_code == 404


def test_lists_hold_no_row_of_another_user(bob: Client, run: Run) -> None:
    for page in ("/jobs/", "/runs/", f"/runs/?job={run.job_id}"):
        assert b"Morning probe" not in bob.get(page).content


def test_staff_see_all_jobs(run: Run) -> None:
    staff = Client()
    staff.force_login(a_user("carol", is_staff=True))
    assert b"Morning probe" in staff.get("/jobs/").content
    assert staff.get(f"/runs/{run.pk}/").status_code == 200


@pytest.mark.parametrize(
    "page",
    [
        "/",
        "/jobs/",
        "/jobs/add/",
        "/jobs/dates/",
        "/runs/",
        "/filings/",
        "/transactions/",
        "/admin/",
    ],
)
@pytest.mark.django_db
def test_nobody_gets_in_without_signing_in(page: str) -> None:
    answer = Client().get(page)
    assert answer.status_code == 302
    assert "/login/" in answer["Location"]


def test_a_control_is_not_pulled_by_a_link(client: Client, job: Job) -> None:
    for control in ("run", "resume"):
        assert client.get(f"/jobs/{job.pk}/{control}/").status_code == 405


def test_a_control_needs_the_forms_token(alice: User, job: Job) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alice)
    assert strict.post(f"/jobs/{job.pk}/run/").status_code == 403
    assert not Run.objects.exists()


@pytest.mark.parametrize("page", ["/jobs/", "/runs/"])
def test_an_id_beyond_all_ids_is_not_found(client: Client, page: str) -> None:
    assert client.get(f"{page}{2**70}/").status_code == 404


def test_signing_in_leads_to_the_jobs(alice: User) -> None:
    alice.set_password("correct horse")
    alice.save()
    visitor = Client()
    answer = visitor.post(
        "/login/", {"username": "alice", "password": "correct horse"}, follow=True
    )
    assert answer.redirect_chain == [("/jobs/", 302)]
    assert visitor.post("/logout/").status_code == 302
    assert visitor.get("/jobs/").status_code == 302
