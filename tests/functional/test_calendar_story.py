"""What a person does to keep a job from running on days off."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from scheduling.clock import utc_now
from scheduling.models import Schedule
from tests.functional.conftest import OpenPage

pytestmark = pytest.mark.browser


def test_a_job_leaves_out_the_days_of_a_calendar_that_was_just_added(open_page: OpenPage) -> None:
    tomorrow = utc_now().date() + timedelta(days=1)
    page = open_page()
    page.goto("/calendars/")
    page.get_by_role("link", name="Add the first calendar").click()
    page.get_by_label("Leaves out").select_option("ranges")
    page.get_by_label("Days and times").fill(f"{tomorrow} Moving day")
    expect(page.locator(".dates")).to_contain_text("Moving day")
    page.get_by_label("Name").fill("Days off")
    page.get_by_role("button", name="Save the calendar").click()
    expect(page.get_by_role("status")).to_contain_text("Days off is saved")

    page.goto("/jobs/add/")
    page.get_by_label("Name").fill("Probe")
    page.get_by_label("Runs", exact=True).select_option("daily")
    page.get_by_label("Days off").check()
    dates = page.locator("#schedules-0-dates .dates")
    expect(dates.locator(".left-out")).to_contain_text("skipped: Moving day")
    expect(dates).to_contain_text("not on Days off")
    page.get_by_role("button", name="Save the job").click()
    expect(page.locator(".left-out")).to_contain_text("skipped: Moving day")
    assert Schedule.objects.get().calendars.get().name == "Days off"

    page.goto("/calendars/")
    page.get_by_role("link", name="Remove Days off").click()
    expect(page.get_by_text("It cannot be removed while schedules use it")).to_be_visible()


def test_clock_changes_and_hints_are_shown_while_typing(open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/jobs/add/")
    page.get_by_label("Runs", exact=True).select_option("cron")
    page.get_by_label("Cron expression").locator("visible=true").fill("30 2 * * 0-5")
    page.get_by_label("Time zone").fill("Europe/Stockholm")
    review = page.locator(".review")
    expect(review).to_contain_text("the clock in Europe/Stockholm skips 02:30")
    expect(review.locator(".chosen").first).to_contain_text("At 03:00 CEST")
    expect(review).to_contain_text("APScheduler")
    page.get_by_text("Clock changes, bounds and spread").click()
    page.get_by_label("When the clock skips that time").select_option("skip")
    expect(review.locator(".chosen").first).to_contain_text("Not at all")
