"""What a person does with a job, from the first page to the last."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from scheduling.clock import utc_now
from scheduling.models import Job, LogLine, Run
from scheduling.models.run import note_progress
from scheduling.states import RunState
from tests.factories.jobs import a_job
from tests.functional.conftest import OpenPage
from tests.integration.pages.conftest import a_run

pytestmark = pytest.mark.browser

NOBODY_STARTS_IT = "No scheduler or worker that starts runs gives a sign of life."


def add_a_weekly_job(page: Page) -> None:
    page.get_by_role("link", name="Add the first job").click()
    page.get_by_label("Name").fill("Sunday probe")
    page.get_by_label("Runs", exact=True).select_option("weekly")
    page.get_by_label("Sunday", exact=True).check()
    page.get_by_label("At", exact=True).locator("visible=true").fill("03:00")
    page.get_by_label("Time zone").fill("Europe/Stockholm")


def test_a_job_is_added_run_paused_resumed_and_removed(open_page: OpenPage) -> None:
    page = open_page()
    add_a_weekly_job(page)
    dates = page.locator("#schedules-0-dates")
    expect(dates).to_contain_text("Sundays at 03:00")
    expect(dates.get_by_role("listitem")).to_have_count(5)
    page.get_by_role("button", name="Save the job").click()
    expect(page.get_by_role("status")).to_contain_text("is saved as revision 1")

    page.get_by_role("button", name="Run now").click()
    expect(page.get_by_text(NOBODY_STARTS_IT)).to_be_visible()
    page.get_by_role("button", name="Cancel the run").click()
    expect(page.get_by_text("Somebody cancelled it.").first).to_be_visible()

    page.get_by_role("link", name="The job").click()
    page.get_by_role("link", name="Pause").click()
    page.get_by_label("Reason").fill("Holidays")
    page.get_by_role("button", name="Pause the job").click()
    expect(page.get_by_text("Holidays").first).to_be_visible()
    page.get_by_role("navigation").get_by_role("link", name="Jobs").click()
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_text("Active", exact=True).locator("visible=true")).to_be_visible()

    page.get_by_role("link", name="Remove").click()
    expect(page.get_by_text("no further run is planned")).to_be_visible()
    page.get_by_role("button", name="Remove the job").click()
    expect(page.get_by_text("No jobs yet")).to_be_visible()
    assert Job.objects.get().deleted_at is not None


def sign_in_with_a_new_password(user: User, page: Page) -> None:
    """A password that is changed ends every session."""
    user.set_password("correct horse battery")
    user.save()
    page.reload()
    page.get_by_label("Username").fill(user.username)
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/jobs/")


def test_everything_works_without_script(open_page: OpenPage, alice: User) -> None:
    page = open_page(java_script_enabled=False)
    sign_in_with_a_new_password(alice, page)
    add_a_weekly_job(page)
    page.get_by_role("button", name="Show the next dates").locator("visible=true").last.click()
    expect(page.locator("#schedules-0-dates").get_by_role("listitem")).to_have_count(5)
    page.get_by_role("button", name="Add another schedule").click()
    expect(page.get_by_role("group", name="Schedule 2")).to_be_visible()
    expect(page.get_by_label("Name")).to_have_value("Sunday probe")
    page.get_by_role("button", name="Save the job").click()
    page.get_by_role("button", name="Run now").click()
    expect(page.get_by_text(NOBODY_STARTS_IT)).to_be_visible()
    assert Job.objects.get().schedules.count() == 2


def test_a_fault_is_said_while_typing(open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/jobs/add/")
    page.get_by_label("Runs", exact=True).select_option("cron")
    page.get_by_label("Cron expression").locator("visible=true").fill("0 0 30 2 *")
    expect(page.locator("#schedules-0-dates")).to_contain_text("never")


def test_a_running_run_is_followed_to_its_end(open_page: OpenPage, alice: object) -> None:
    page = open_page()
    run = a_run(a_job("Probe"), RunState.RUNNING, progress_done=1, progress_total=4)
    page.goto(f"/runs/{run.pk}/")
    log = page.get_by_role("log")
    expect(log).to_contain_text("waiting for more")

    LogLine.objects.create(
        run=run, attempt_number=1, at=utc_now(), level="INFO", text="fetched the index"
    )
    note_progress({run: (3, 4, "fetching")})
    expect(log).to_contain_text("fetched the index")
    expect(page.get_by_text("3 of 4")).to_be_visible()

    Run.objects.get(pk=run.pk).finish(
        RunState.SUCCEEDED, who="test", now=utc_now(), summary="Done."
    )
    expect(page.get_by_text("Done.")).to_be_visible()
    expect(log).not_to_contain_text("waiting for more")
    expect(page.locator("[hx-trigger]")).to_have_count(0)
