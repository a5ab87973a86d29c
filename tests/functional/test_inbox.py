"""The inbox with something of everything in it: readable by everybody, and answered by buttons."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User

from scheduling.actions.jobs import pause_job
from scheduling.actions.skips import skip_next
from scheduling.clock import utc_now
from scheduling.models import Installation, Job, Notice, NoticeCode, Run
from scheduling.states import RunState
from tests.factories.jobs import a_job, a_schedule
from tests.functional.conftest import OpenPage
from tests.functional.test_every_page import LOOKS, faults, open_with_checker
from tests.integration.pages.conftest import a_run, ask

pytestmark = pytest.mark.browser


@pytest.fixture
def job(alice: User) -> Job:
    """Of a member of staff: one question of many dates, one of a single date, and all the rest."""
    User.objects.filter(pk=alice.pk).update(is_staff=True)
    now = utc_now()
    Installation.objects.create(
        uid="other", seen_at=now, held_at=now, held_reason="This may be a copy of another machine."
    )
    job = a_job("A probe with a name that is long enough to be wrapped", a_schedule(), owner=alice)
    ask(job.schedules.get(), 7)
    ask(a_job("Second probe", a_schedule(), owner=alice).schedules.get(), 1)
    at = now + timedelta(minutes=3)
    a_run(job, RunState.PENDING, is_late=True, available_at=at)
    text = "The last 3 scheduled runs were skipped: each time another run was still active."
    Notice.objects.raise_once(NoticeCode.OVERLAP_STREAK, text, now=now, about=job)
    Notice.objects.raise_once(NoticeCode.FUTURE_CHANGED, "Two schedules:\none\ntwo", now=now)
    return job


@pytest.mark.parametrize("look", LOOKS, ids=["light-wide", "dark-narrow"])
def test_it_can_be_read_by_everybody(open_page: OpenPage, job: Job, look: dict[str, Any]) -> None:
    page = open_with_checker(open_page, look)
    schedule = job.schedules.get()
    skip_next(job=job, schedule=schedule, count=3, by="alice", now=utc_now())
    paused = a_job("Paused probe", a_schedule())
    until = utc_now() + timedelta(days=3)
    pause_job(job=paused, reason="Holidays", by="alice", now=utc_now(), until=until)
    found: dict[str, list[str]] = {}
    addresses = ["/inbox/", f"/jobs/{job.pk}/", f"/jobs/{paused.pk}/", f"/jobs/{job.pk}/pause/"]
    for address in addresses:
        page.goto(address)
        found[address] = faults(page)
    assert not {address: here for address, here in found.items() if here}


def test_it_is_emptied_button_by_button(open_page: OpenPage, job: Job) -> None:
    page = open_page(java_script_enabled=False)
    page.get_by_role("navigation").get_by_role("link", name="Inbox").click()
    page.get_by_role("button", name="Run the newest").click()
    page.get_by_role("button", name="Drop it").click()
    page.get_by_role("button", name="Start all now").click()
    page.get_by_role("button", name="Mark as seen").first.click()
    page.get_by_role("button", name="Mark as seen").click()
    page.get_by_role("button", name="Go on from now").click()
    page.get_by_text("Nothing waits for you").wait_for()
    assert not Run.objects.unanswered().exists()
    assert not Installation.objects.held().exists()
