from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from scheduling.actions.backfills import cancel_backfill, pause_backfill
from scheduling.actions.feeding import feed_backfills
from scheduling.actions.jobs import pause_job, remove_job
from scheduling.clock import utc_now
from scheduling.models import Backfill, Job, Run
from scheduling.states import RunState
from scheduling.views import backfills
from tests.factories.backfills import DAY, LATER, a_backfill
from tests.factories.jobs import NOON, a_job, a_schedule
from tests.integration.pages.conftest import a_run, messages_of

ASKED = {
    "since": "2026-02-20T00:00",
    "until": "2026-03-01T00:00",
    "order": "newest_first",
    "reprocess": "missing",
    "max_running": "2",
    "per_hour": "",
}


@pytest.fixture
def daily(alice: User) -> Job:
    """Daily at noon, since March 2026."""
    return a_job("Daily probe", a_schedule(), owner=alice, now=NOON - timedelta(hours=2))


def asked(job: Job, **changes: str) -> dict[str, str]:
    return {**ASKED, "schedule": str(job.schedules.live()[0].pk), **changes}


def look(client: Client, job: Job, **changes: str) -> Any:
    return client.get(f"/jobs/{job.pk}/backfills/", asked(job, **changes))


def test_the_job_leads_to_its_backfills(client: Client, daily: Job) -> None:
    address = f"/jobs/{daily.pk}/backfills/"
    assert address in client.get(f"/jobs/{daily.pk}/").content.decode()
    page = client.get(address)
    assert page.status_code == 200
    assert page.context["found"] is None
    assert not page.context["form"].errors


def test_a_job_without_a_schedule_says_so(client: Client, alice: User) -> None:
    page = client.get(f"/jobs/{a_job('by hand', owner=alice).pk}/backfills/")
    assert "there are no dates to run again" in page.content.decode()


def test_each_date_is_shown_with_its_verdict_before_anything_runs(
    client: Client, daily: Job
) -> None:
    a_run(
        daily,
        planned_at=NOON - 3 * DAY,
        schedule=daily.schedules.get(),
        origin="SCHEDULE",
    )
    page = look(client, daily)
    found = page.context["found"]
    assert [(each.word, number) for each, number in found.counts] == [
        ("Run", 8),
        ("Keep", 1),
        ("Left out", 0),
    ]
    assert found.dates[0][0] == "2026-02-20 12:00 UTC"
    assert "Run 8 dates" in page.content.decode()
    assert not Backfill.objects.exists()


def test_many_dates_are_shown_on_several_pages(
    client: Client, daily: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backfills, "DATES_ON_A_PAGE", 4)
    page = look(client, daily, page="3")
    assert [date for date, _, _ in page.context["found"].dates] == ["2026-02-28 12:00 UTC"]
    assert "Page 3 of 3" in page.content.decode()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"until": "2026-02-01T00:00"}, "The end must lie after the beginning"),
        ({"until": "2999-01-01T00:00"}, "The end lies in the future"),
        ({"until": "soon"}, "Write date and time like"),
        ({"max_running": "0"}, "greater than or equal to 1"),
        ({"schedule": "0"}, "Select a valid choice"),
    ],
)
def test_what_cannot_be_done_is_said_at_the_form(
    client: Client, daily: Job, changes: dict[str, str], said: str
) -> None:
    page = look(client, daily, **changes)
    assert page.status_code == 200
    assert said in page.content.decode()
    assert page.context["found"] is None


def test_readings_are_those_of_the_schedules_clock(client: Client, alice: User) -> None:
    rule = {"type": "daily", "times": ["12:00"]}
    draft = a_schedule(**rule)
    tokyo = type(draft)(rule=rule, zone="Asia/Tokyo")
    job = a_job("Tokyo", tokyo, owner=alice, now=NOON)
    page = look(client, job, since="2026-02-20T12:00", until="2026-02-21T12:00")
    ((date, _, _),) = page.context["found"].dates
    assert date == "2026-02-20 12:00 JST (03:00 UTC)"


def test_running_dates_twice_is_warned_of_where_it_may_do_harm(client: Client, daily: Job) -> None:
    warning = "may be stored again"
    assert warning not in look(client, daily).content.decode()
    assert warning in look(client, daily, reprocess="failed").content.decode()


def test_started_it_is_shown_with_what_was_asked_for(client: Client, daily: Job) -> None:
    answer = client.post(f"/jobs/{daily.pk}/backfills/", asked(daily), follow=True)
    backfill = Backfill.objects.get()
    assert answer.redirect_chain == [(f"/backfills/{backfill.pk}/", 302)]
    assert (backfill.total_count, backfill.max_running, backfill.created_by) == (9, 2, "alice")
    assert messages_of(answer) == ["The backfill has begun: 9 dates."]
    assert "2026-02-20 00:00 UTC" in answer.content.decode()


def test_a_single_date_is_called_one(client: Client, daily: Job) -> None:
    sent = asked(daily, until="2026-02-21T00:00")
    answer = client.post(f"/jobs/{daily.pk}/backfills/", sent, follow=True)
    assert messages_of(answer) == ["The backfill has begun: 1 date."]


def test_what_is_refused_at_the_start_is_said_at_the_form(client: Client, daily: Job) -> None:
    for days in range(2, 11):
        a_run(daily, planned_at=NOON - days * DAY)
    answer = client.post(f"/jobs/{daily.pk}/backfills/", asked(daily))
    assert answer.status_code == 422
    assert "There is nothing to run in this time" in answer.content.decode()


def test_where_its_zone_is_not_known_its_page_tells_the_time_in_utc(
    client: Client, daily: Job
) -> None:
    backfill = a_backfill(daily)
    daily.schedules.update(zone="Atlantis/Capital")
    page = client.get(f"/backfills/{backfill.pk}/")
    assert page.context["until"] == "2026-03-02 12:00 UTC"
    assert "The job cannot run" in page.content.decode()


def test_its_page_tells_how_far_it_has_come(client: Client, daily: Job) -> None:
    backfill = a_backfill(daily, max_running=2)
    feed_backfills(now=LATER)
    page = client.get(f"/backfills/{backfill.pk}/")
    assert page.context["look"].word == "Running"
    assert (page.context["progress"].waiting, page.context["progress"].left) == (2, 3)
    text = page.content.decode()
    assert 'hx-trigger="every 2s"' in text
    assert "planned" in text


def test_htmx_gets_the_part_that_changes(client: Client, daily: Job) -> None:
    backfill = a_backfill(daily)
    part = client.get(f"/backfills/{backfill.pk}/", headers={"HX-Request": "true"}).content.decode()
    assert " ".join(part.split()).startswith('<div class="stack-gap" id="live"')
    assert "<html" not in part


def test_why_it_makes_no_runs_is_said(client: Client, daily: Job) -> None:
    backfill = a_backfill(daily)
    pause_job(job=daily, reason="holidays", by="alice", now=utc_now())
    text = client.get(f"/backfills/{backfill.pk}/").content.decode()
    assert "The job is paused: it goes on when the job is resumed." in text


def test_it_is_paused_resumed_and_cancelled_by_buttons(client: Client, daily: Job) -> None:
    backfill = a_backfill(daily)
    for control, word in [("pause", "Paused"), ("resume", "Running"), ("cancel", "Cancelled")]:
        answer = client.post(f"/backfills/{backfill.pk}/{control}/", follow=True)
        assert answer.context["look"].word == word
    assert "hx-trigger" not in answer.content.decode()


def test_a_control_of_one_that_is_over_says_so(client: Client, daily: Job) -> None:
    backfill = a_backfill(daily)
    cancel_backfill(backfill=backfill, by="alice", now=LATER)
    for control in ("pause", "resume", "cancel"):
        answer = client.post(f"/backfills/{backfill.pk}/{control}/", follow=True)
        assert messages_of(answer) == [f"Backfill {backfill.pk} has ended already."]


@pytest.mark.parametrize("control", ["pause", "resume", "cancel"])
def test_a_control_is_not_pulled_by_a_link(client: Client, daily: Job, control: str) -> None:
    assert client.get(f"/backfills/{a_backfill(daily).pk}/{control}/").status_code == 405


def looks(client: Client, job: Job) -> list[str]:
    page = client.get(f"/jobs/{job.pk}/backfills/")
    return [each.word for _, each in page.context["backfills"]]


def test_a_jobs_backfills_are_listed_the_newest_first(client: Client, daily: Job) -> None:
    a_backfill(daily, days=1)
    feed_backfills(now=LATER)
    Run.objects.update(state=RunState.SUCCEEDED, finished_at=LATER)
    feed_backfills(now=LATER)
    pause_backfill(backfill=a_backfill(daily, days=2), by="alice", now=LATER)
    assert looks(client, daily) == ["Paused", "Done"]


@pytest.mark.parametrize("control", ["", "pause/", "resume/", "cancel/"])
def test_another_users_backfill_is_not_found(bob: Client, daily: Job, control: str) -> None:
    address = f"/backfills/{a_backfill(daily).pk}/{control}"
    answer = bob.post(address) if control else bob.get(address)
    assert answer.status_code == 404
    assert Backfill.objects.get().paused_at is Backfill.objects.get().cancelled_at is None


def test_another_users_job_is_not_backfilled(bob: Client, daily: Job) -> None:
    address = f"/jobs/{daily.pk}/backfills/"
    assert bob.get(address).status_code == 404
    assert bob.post(address, asked(daily)).status_code == 404
    assert not Backfill.objects.exists()


def test_a_schedule_of_another_job_is_not_taken(client: Client, daily: Job, alice: User) -> None:
    other = a_job("Other", a_schedule(), owner=alice, now=NOON)
    page = client.post(f"/jobs/{daily.pk}/backfills/", asked(other))
    assert page.status_code == 422
    assert not Backfill.objects.exists()


def test_a_removed_job_keeps_its_backfills_pages(client: Client, daily: Job) -> None:
    backfill = a_backfill(daily)
    remove_job(job=daily, by="alice", now=LATER)
    assert client.get(f"/jobs/{daily.pk}/backfills/").status_code == 404
    assert client.get(f"/backfills/{backfill.pk}/").status_code == 200
