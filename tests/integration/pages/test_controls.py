from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User
from django.test import Client

from scheduling.actions.jobs import pause_job, remove_job
from scheduling.clock import utc_now
from scheduling.models import Job, Origin, Run
from scheduling.states import Reason, RunState
from tests.factories.jobs import a_job
from tests.integration.pages.conftest import a_run, messages_of


def test_run_now_asks_for_a_run_and_shows_it(client: Client, job: Job) -> None:
    answer = client.post(f"/jobs/{job.pk}/run/")
    run = Run.objects.get()
    assert answer["Location"] == f"/runs/{run.pk}/"
    assert (run.state, run.origin, run.requested_by) == ("PENDING", Origin.HAND, "alice")
    assert run.schedule is None


def test_run_now_leads_to_the_run_that_is_in_the_way(client: Client, job: Job) -> None:
    running = a_run(job, RunState.RUNNING)
    answer = client.post(f"/jobs/{job.pk}/run/", follow=True)
    assert answer.redirect_chain == [(f"/runs/{running.pk}/", 302)]
    assert messages_of(answer) == [
        f"Run {running.pk} of this job is running; wait for its end or stop it first."
    ]


def test_run_now_says_why_a_job_cannot_run(client: Client, job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(kind="gone")
    answer = client.post(f"/jobs/{job.pk}/run/", follow=True)
    assert answer.redirect_chain == [(f"/jobs/{job.pk}/", 302)]
    assert "gone" in messages_of(answer)[0]
    assert not Run.objects.exists()


def test_pausing_asks_for_a_reason(client: Client, job: Job) -> None:
    assert b"Reason" in client.get(f"/jobs/{job.pk}/pause/").content
    for reason in ("", "   "):
        answer = client.post(f"/jobs/{job.pk}/pause/", {"reason": reason})
        assert answer.context["form"].errors["reason"]
    job.refresh_from_db()
    assert not job.is_paused


def test_a_paused_job_shows_the_reason_and_can_be_resumed(client: Client, job: Job) -> None:
    client.post(f"/jobs/{job.pk}/pause/", {"reason": "The source asked us to wait."})
    job.refresh_from_db()
    assert (job.paused_reason, job.paused_by) == ("The source asked us to wait.", "alice")
    page = client.get("/jobs/").content.decode()
    assert "The source asked us to wait." in page
    assert "Resume" in page
    answer = client.post(f"/jobs/{job.pk}/resume/", {"next": "/jobs/?state=paused"})
    assert answer["Location"] == "/jobs/?state=paused"
    job.refresh_from_db()
    assert not job.is_paused


def test_a_pause_has_an_end_in_the_zone_of_the_pages(client: Client, job: Job) -> None:
    sent = {"reason": "Holidays", "until": "2199-07-01T08:30"}
    client.post(f"/jobs/{job.pk}/pause/", sent)
    job.refresh_from_db()
    assert job.paused_until == datetime(2199, 7, 1, 8, 30, tzinfo=UTC)
    assert "until <time" in client.get(f"/jobs/{job.pk}/").content.decode()


@pytest.mark.parametrize(
    "until", ["2001-01-01T00:00", "tomorrow", "2199-13-01T08:30", "9999-12-31T23:59"]
)
def test_an_end_that_cannot_be_is_refused_at_its_field(
    client: Client, job: Job, until: str
) -> None:
    sent = {"reason": "Holidays", "until": until}
    answer = client.post(f"/jobs/{job.pk}/pause/", sent)
    assert list(answer.context["form"].errors) == ["until"]
    job.refresh_from_db()
    assert not job.is_paused


def test_the_next_dates_are_skipped_and_that_is_undone(client: Client, job: Job) -> None:
    schedule = job.schedules.get()
    answer = client.post(f"/schedules/{schedule.pk}/skip/", {"count": "3"}, follow=True)
    assert answer.redirect_chain == [(f"/jobs/{job.pk}/", 302)]
    assert "Skips 3 dates" in answer.content.decode()
    answer = client.post(f"/schedules/{schedule.pk}/undo-skip/", follow=True)
    assert "Skips" not in answer.content.decode()


@pytest.mark.parametrize("count", ["", "0", "-1", "x", "101"])
def test_a_number_of_dates_that_cannot_be_skipped_is_refused(
    client: Client, job: Job, count: str
) -> None:
    schedule = job.schedules.get()
    answer = client.post(f"/schedules/{schedule.pk}/skip/", {"count": count}, follow=True)
    assert messages_of(answer) == ["Between 1 and 100 dates can be skipped at a time."]
    schedule.refresh_from_db()
    assert schedule.skip_until is None


def test_a_paused_job_offers_no_dates_to_skip(client: Client, job: Job) -> None:
    schedule = job.schedules.get()
    pause_job(job=job, reason="for now", by="alice", now=utc_now())
    assert "Skip the next" not in client.get(f"/jobs/{job.pk}/").content.decode()
    answer = client.post(f"/schedules/{schedule.pk}/skip/", {"count": "1"}, follow=True)
    assert "The job is paused" in messages_of(answer)[0]


@pytest.mark.parametrize("control", ["skip/", "undo-skip/"])
def test_the_dates_of_another_users_job_cannot_be_skipped(
    bob: Client, job: Job, control: str
) -> None:
    schedule = job.schedules.get()
    answer = bob.post(f"/schedules/{schedule.pk}/{control}", {"count": "1"})
    assert answer.status_code == 404
    job.refresh_from_db()
    assert job.revision == 1


def test_what_a_run_would_meet_is_said_beforehand_and_when_it_is_asked_for(
    client: Client, alice: User
) -> None:
    job = a_job("Queued", owner=alice, policies={"overlap": "queue_one"})
    running = a_run(job, RunState.RUNNING)
    said = f"Run {running.pk} of this job is running; one asked for now waits for its turn."
    assert said in client.get(f"/jobs/{job.pk}/").content.decode()
    assert messages_of(client.post(f"/jobs/{job.pk}/run/", follow=True)) == [said]


def test_a_control_never_leads_to_another_site(client: Client, job: Job) -> None:
    answer = client.post(f"/jobs/{job.pk}/resume/", {"next": "https://example.org/"})
    assert answer["Location"] == f"/jobs/{job.pk}/"


def test_removing_says_first_what_is_lost(client: Client, job: Job) -> None:
    a_run(job, RunState.PENDING)
    page = client.get(f"/jobs/{job.pk}/remove/").content.decode()
    assert "1 schedule:" in page
    assert "1 waiting run" in page
    assert Job.objects.live().exists()


def test_a_removed_job_leaves_the_list_and_keeps_its_history(client: Client, job: Job) -> None:
    run = a_run(job)
    assert client.post(f"/jobs/{job.pk}/remove/")["Location"] == "/jobs/"
    link = f'href="/jobs/{job.pk}/"'
    assert link not in client.get("/jobs/").content.decode()
    assert link in client.get("/jobs/?state=removed").content.decode()
    page = client.get(f"/jobs/{job.pk}/").content.decode()
    assert "Removed" in page
    assert f"/runs/{run.pk}/" in page


def test_a_removed_job_has_no_controls(client: Client, job: Job) -> None:
    remove_job(job=job, by="alice", now=utc_now())
    for control in ("run", "pause", "resume", "remove", "edit"):
        assert client.post(f"/jobs/{job.pk}/{control}/").status_code == 404
        assert f"/jobs/{job.pk}/{control}/" not in client.get(f"/jobs/{job.pk}/").content.decode()


def test_a_waiting_run_is_cancelled_at_once(client: Client, job: Job) -> None:
    run = a_run(job, RunState.PENDING)
    assert client.post(f"/runs/{run.pk}/cancel/")["Location"] == f"/runs/{run.pk}/"
    run.refresh_from_db()
    assert (run.state, run.reason) == (RunState.CANCELLED, Reason.CANCELLED_BY_USER)


def test_a_running_run_is_asked_to_stop(client: Client, job: Job) -> None:
    run = a_run(job, RunState.RUNNING)
    page = client.post(f"/runs/{run.pk}/cancel/", follow=True).content.decode()
    run.refresh_from_db()
    assert run.stop_requested_by == "alice"
    assert "Stopping" in page


def test_cancelling_what_is_over_changes_nothing(client: Client, job: Job) -> None:
    run = a_run(job)
    answer = client.post(f"/runs/{run.pk}/cancel/", follow=True)
    assert "ended already" in messages_of(answer)[0]
    run.refresh_from_db()
    assert run.state == RunState.SUCCEEDED


def test_run_now_is_there_for_a_paused_job(client: Client, job: Job) -> None:
    pause_job(job=job, reason="for now", by="alice", now=utc_now())
    assert client.post(f"/jobs/{job.pk}/run/").status_code == 302
    assert Run.objects.filter(state=RunState.PENDING).exists()
