from __future__ import annotations

from django.test import Client

from scheduling.clock import utc_now
from scheduling.models import Installation, Job, JobRevision, Worker
from tests.factories.jobs import a_job, a_schedule, a_user


def fragment(client: Client, job: Job) -> str:
    answer = client.get(f"/jobs/{job.pk}/in-force/")
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_what_the_scheduler_confirmed_is_said_with_instant_host_and_revision(client, job, engine):
    JobRevision.objects.acknowledge(now=utc_now(), host="collector-1")
    text = fragment(client, job)
    assert "In force since <time" in text
    assert "on collector-1, revision 1." in text
    assert "hx-get" not in text  # it asks no more


def test_what_is_not_yet_confirmed_asks_again(client, job, engine):
    text = fragment(client, job)
    assert "Revision 1 is saved, not yet confirmed by the scheduler." in text
    assert f'hx-get="/jobs/{job.pk}/in-force/"' in text
    assert 'hx-trigger="every 1s"' in text


def test_without_a_scheduler_nothing_is_promised_and_nothing_polls(client, job):
    text = fragment(client, job)
    assert "It comes into force when a scheduler runs." in text
    assert "hx-get" not in text


def test_a_hold_is_named_as_what_is_waited_for(client, job, engine: Worker):
    Installation.objects.create(uid="theirs", seen_at=utc_now()).hold("a copy", now=utc_now())
    text = fragment(client, job)
    assert "when the hold is lifted" in text
    assert "hx-get" not in text


def test_a_job_of_somebody_else_is_not_found(client, job):
    other = a_job("theirs", a_schedule(), owner=a_user("bob"))
    assert client.get(f"/jobs/{other.pk}/in-force/").status_code == 404


def test_the_page_of_the_job_shows_it(client, job, engine):
    assert 'id="in-force"' in client.get(f"/jobs/{job.pk}/").content.decode()
