"""The inbox: what waits for a person, for whom it waits, and what each button does."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from scheduling.clock import utc_now
from scheduling.models import Installation, Job, Notice, NoticeCode, Run, Schedule
from scheduling.states import RunState
from tests.factories.jobs import a_job, a_schedule, a_user
from tests.integration.pages.conftest import a_run, ask, messages_of

pytestmark = pytest.mark.django_db

BADGE = '<span class="badge">'


@pytest.fixture
def schedule(job: Job) -> Schedule:
    return job.schedules.get()


@pytest.fixture
def staff() -> Client:
    signed_in = Client()
    signed_in.force_login(a_user("carol", is_staff=True))
    return signed_in


def hold_back(job: Job, number: int) -> None:
    """Late runs that start one after another."""
    for n in range(1, number + 1):
        at = utc_now() + timedelta(minutes=n)
        a_run(job, RunState.PENDING, is_late=True, available_at=at)


def notice(job: Job | None = None, code: NoticeCode = NoticeCode.OVERLAP_STREAK) -> Notice:
    Notice.objects.raise_once(code, "Something to look at.", now=utc_now(), about=job)
    return Notice.objects.latest("pk")


def a_held_copy() -> Installation:
    now = utc_now()
    return Installation.objects.create(
        uid="other", seen_at=now, held_at=now, held_reason="This is a copy of another machine."
    )


def inbox(client: Client) -> str:
    return client.get("/inbox/").content.decode()


def test_an_empty_inbox_names_what_would_appear(client: Client) -> None:
    page = inbox(client)
    assert "Nothing waits for you" in page
    assert "jobs that ask after an outage" in page
    assert BADGE not in page


def test_a_question_shows_the_newest_dates_and_how_many_there_are(
    client: Client, schedule: Schedule
) -> None:
    runs = ask(schedule, 7)
    page = inbox(client)
    assert "Morning probe" in page
    assert "7 missed" in page
    for run in runs[2:]:
        assert f"run {run.pk}</a>" in page
    assert f"run {runs[1].pk}</a>" not in page
    assert "2 more" in page
    assert f"{BADGE}1</span>" in page


@pytest.mark.parametrize(
    ("word", "said", "pending"),
    [
        ("run_latest", "the missed run starts in its turn", 1),
        ("run_all", "3 runs start in turn", 3),
        ("drop", "what was missed is dropped", 0),
    ],
)
def test_an_answer_does_what_its_button_says(
    client: Client, schedule: Schedule, word: str, said: str, pending: int
) -> None:
    ask(schedule)
    answer = client.post(f"/schedules/{schedule.pk}/answer/", {"answer": word}, follow=True)
    assert messages_of(answer) == [f"Morning probe: {said}."]
    assert Run.objects.queued().count() == pending
    assert "Nothing waits for you" in inbox(client)


def test_an_answer_that_comes_too_late_says_so(client: Client, schedule: Schedule) -> None:
    answer = client.post(f"/schedules/{schedule.pk}/answer/", {"answer": "drop"}, follow=True)
    assert "somebody was faster" in messages_of(answer)[0]


@pytest.mark.parametrize("word", ["", "perhaps"])
def test_an_answer_that_there_is_not_is_not_found(
    client: Client, schedule: Schedule, word: str
) -> None:
    ask(schedule)
    answer = client.post(f"/schedules/{schedule.pk}/answer/", {"answer": word})
    assert answer.status_code == 404
    assert Run.objects.unanswered().count() == 3


def test_another_users_question_is_neither_shown_nor_found(bob: Client, schedule: Schedule) -> None:
    ask(schedule)
    page = inbox(bob)
    assert "Morning probe" not in page
    assert BADGE not in page
    sent = {"answer": "drop"}
    assert bob.post(f"/schedules/{schedule.pk}/answer/", sent).status_code == 404
    assert Run.objects.unanswered().count() == 3


def test_a_notice_of_a_job_is_for_its_owner_until_it_is_marked_as_seen(
    client: Client, bob: Client, job: Job
) -> None:
    found = notice(job)
    assert "Something to look at." not in inbox(bob)
    assert bob.post(f"/notices/{found.pk}/close/").status_code == 404
    assert "Something to look at." in inbox(client)
    client.post(f"/notices/{found.pk}/close/")
    found.refresh_from_db()
    assert found.closed_by == "alice"
    assert "Something to look at." not in inbox(client)
    client.post(f"/notices/{found.pk}/close/")
    assert found.closed_at == Notice.objects.get().closed_at


def test_a_notice_of_the_whole_installation_is_for_staff(client: Client, staff: Client) -> None:
    found = notice(code=NoticeCode.FUTURE_CHANGED)
    assert "Something to look at." not in inbox(client)
    assert client.post(f"/notices/{found.pk}/close/").status_code == 404
    assert "Something to look at." in inbox(staff)


def test_staff_let_a_storm_go_or_drop_it(staff: Client, job: Job) -> None:
    hold_back(job, 3)
    notice(code=NoticeCode.STORM)
    page = inbox(staff)
    assert "3 wait" in page
    # The section says it better than the notice, which is as old as the storm.
    assert "Something to look at." not in page
    assert messages_of(staff.post("/inbox/storm/", follow=True)) == ["3 late runs start now."]
    hold_back(job, 2)
    dropped = staff.post("/inbox/storm/", {"drop": "1"}, follow=True)
    assert messages_of(dropped) == ["2 late runs are dropped."]
    assert Run.objects.filter(state=RunState.CANCELLED).count() == 2


def test_a_storm_is_nothing_for_others(client: Client, job: Job) -> None:
    hold_back(job, 3)
    assert "held back" not in inbox(client)
    assert client.post("/inbox/storm/").status_code == 404
    assert Run.objects.held_back(utc_now()).count() == 3


@pytest.mark.parametrize("sent", [{}, {"catch_up": "1"}])
def test_staff_accept_a_restored_copy(
    staff: Client, settings: Any, tmp_path: Any, sent: dict[str, str]
) -> None:
    settings.DATA_DIR = tmp_path
    a_held_copy()
    page = inbox(staff)
    assert "This is a copy of another machine." in page
    assert f"{BADGE}1</span>" in page
    answer = staff.post("/inbox/accept/", sent, follow=True)
    assert messages_of(answer) == ["Accepted: the schedules are in force here."]
    assert not Installation.objects.get().is_held
    again = staff.post("/inbox/accept/", sent, follow=True)
    assert "nothing to accept" in messages_of(again)[0]


def test_a_restored_copy_is_accepted_by_staff_alone(client: Client) -> None:
    a_held_copy()
    assert "All schedules are held</h2>" not in inbox(client)
    assert client.post("/inbox/accept/").status_code == 404
    assert Installation.objects.get().is_held


def test_the_count_beside_the_link_is_of_questions_and_notices(
    client: Client, staff: Client, alice: User, schedule: Schedule
) -> None:
    other = a_job("Other", owner=alice)
    ask(schedule, 5)
    notice(schedule.job)
    notice(other)
    notice(code=NoticeCode.FUTURE_CHANGED)
    assert f"{BADGE}3</span>" in client.get("/jobs/").content.decode()
    assert f"{BADGE}4</span>" in staff.get("/jobs/").content.decode()


@pytest.mark.parametrize("page", ["storm/", "accept/"])
def test_a_change_is_not_pulled_by_a_link(staff: Client, page: str) -> None:
    assert staff.get(f"/inbox/{page}").status_code == 405


def test_many_questions_cost_no_more_questions_to_the_database(
    client: Client, alice: User, django_assert_max_num_queries: Any
) -> None:
    for n in range(30):
        ask(a_job(f"job {n}", a_schedule(), owner=alice).schedules.get(), 3)
    with django_assert_max_num_queries(12):
        assert inbox(client).count("3 missed") == 30
