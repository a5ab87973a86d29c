"""Every page in both themes, wide and narrow, full and empty: accessible, and nothing cut off."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page

from scheduling.actions.feeding import feed_backfills
from scheduling.actions.jobs import pause_job
from scheduling.actions.pools import add_pool
from scheduling.actions.sources import sync_sources
from scheduling.clock import utc_now
from scheduling.models import DataSource, LogLine
from scheduling.states import Reason, RunState
from tests.factories.backfills import a_backfill
from tests.factories.calendars import a_calendar, a_day_off, not_on
from tests.factories.disclosures import a_filing
from tests.factories.jobs import a_job, a_schedule
from tests.functional.conftest import OpenPage
from tests.integration.pages.conftest import a_run

pytestmark = pytest.mark.browser

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Only what it found wrong: to work out and hand over all that is right takes most of its time.
VIOLATIONS = """async (rules) =>
    (await axe.run({runOnly: rules, resultTypes: ["violations"]})).violations"""
LOOKS: list[dict[str, Any]] = [
    {"color_scheme": "light", "viewport": {"width": 1280, "height": 900}},
    {"color_scheme": "dark", "viewport": {"width": 320, "height": 700}},
]
LISTS = [
    *("/jobs/", "/runs/", "/filings/", "/transactions/", "/calendars/"),
    *("/jobs/add/", "/calendars/add/", "/inbox/", "/simulator/"),
    *("/sources/", "/pools/", "/pools/add/"),
]


def full_pages() -> list[str]:
    """Rows in every state that a page can show, and the pages that show them."""
    job = a_job(
        "A probe with a name that is long enough to be wrapped on a narrow screen",
        a_schedule(type="cron", expression="30 7 * * 1-5"),
        a_schedule(),
    )
    calendar = a_calendar("Days off", **a_day_off(utc_now().date() + timedelta(days=1)))
    early = not_on(calendar, type="cron", expression="30 2 * * 1-7")
    around = a_job("Probe around a calendar", early)
    unused = a_calendar("New York", type="market", market="XNYS")
    paused = a_job("Paused probe", a_schedule())
    pause_job(job=paused, reason="Holidays", by="alice", now=utc_now())
    a_job("Broken probe").quarantine(Reason.BAD_PARAMETERS, "seconds: too many")
    failed = a_run(job, RunState.FAILED, reason=Reason.BUG, error="E" * 300, traceback="T" * 300)
    running = a_run(job, RunState.RUNNING, progress_done=1, progress_total=3)
    LogLine.objects.create(
        run=running, attempt_number=1, at=utc_now(), level="ERROR", text="x" * 300
    )
    a_run(job, RunState.SKIPPED, reason=Reason.OVERLAP, started_at=None)
    filing = a_filing(status="failed", problem="mismatch", reason="12 rows, 13 anchors.")
    add_pool(name="slow", slots=1, note="For big documents", by="alice")
    a_job("Heavy probe", policies={"pool": "slow", "weight": 2})
    sync_sources()
    until = utc_now() + timedelta(minutes=5)
    DataSource.objects.update(open_until=until, failures_in_row=6, last_error="x" * 300)
    backfill = a_backfill(around, now=utc_now(), per_hour=9)
    feed_backfills(now=utc_now())
    dates = f"schedule={backfill.schedule_id}&since=2025-12-01T00:00&until=2026-02-01T00:00"
    choice = "order=oldest_first&reprocess=all&max_running=1"
    return [
        *LISTS,
        f"/jobs/{around.pk}/backfills/?{dates}&{choice}",
        f"/backfills/{backfill.pk}/",
        f"/jobs/{job.pk}/",
        f"/jobs/{paused.pk}/",
        f"/jobs/{job.pk}/edit/",
        f"/jobs/{around.pk}/",
        f"/jobs/{around.pk}/edit/",
        f"/calendars/{calendar.pk}/edit/",
        f"/calendars/{calendar.pk}/remove/",
        f"/calendars/{unused.pk}/remove/",
        f"/jobs/{job.pk}/pause/",
        f"/jobs/{job.pk}/remove/",
        f"/runs/{failed.pk}/",
        f"/runs/{running.pk}/",
        f"/filings/{filing.pk}/",
        "/pools/slow/edit/",
        "/pools/slow/remove/",
        "/sources/us-house/edit/",
        "/runs/?state=MISSED",
        f"/jobs/{job.pk}/why/?at={utc_now():%Y-%m-%dT%H:%M}",
        "/simulator/?start=2026-11-02T00:00&end=2026-11-09T00:00&factor=2",
    ]


def open_with_checker(open_page: OpenPage, look: dict[str, Any]) -> Page:
    """The checker's script is not one of ours, so the policy is put aside for it."""
    page = open_page(bypass_csp=True, **look)
    page.add_init_script(path=AXE)
    return page


def faults(page: Page) -> list[str]:
    """What the checker complains of, and how much too wide the page is."""
    described = [
        f"{fault['id']}: {node['html'][:200]}"
        for fault in page.evaluate(VIOLATIONS, RULES)
        for node in fault["nodes"]
    ]
    cut = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return [*described, *([f"{cut} pixels wider than the window"] if cut > 0 else [])]


def test_the_checker_is_what_was_vendored() -> None:
    digest = AXE.with_suffix(".js.sha256").read_text().split()[0]
    assert hashlib.sha256(AXE.read_bytes()).hexdigest() == digest


@pytest.mark.parametrize("look", LOOKS, ids=["light-wide", "dark-narrow"])
@pytest.mark.parametrize("is_full", [True, False], ids=["full", "empty"])
def test_pages_can_be_read_by_everybody(
    open_page: OpenPage, look: dict[str, Any], is_full: bool
) -> None:
    User.objects.update(is_staff=True)
    page = open_with_checker(open_page, look)
    found: dict[str, list[str]] = {}
    for address in full_pages() if is_full else LISTS:
        page.goto(address)
        found[address] = faults(page)
    assert not {address: here for address, here in found.items() if here}
