"""What every page keeps: a strict policy, nothing inline, labels, one heading, the engine."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from django.test import Client

from scheduling.actions.jobs import pause_job
from scheduling.clock import utc_now
from scheduling.models import Job, Worker
from scheduling.states import RunState
from tests.factories.backfills import a_backfill
from tests.factories.disclosures import a_filing
from tests.integration.pages.conftest import a_run

PAGES = [
    "/jobs/",
    "/jobs/{job}/",
    "/jobs/{job}/edit/",
    "/jobs/{job}/pause/",
    "/jobs/{job}/remove/",
    "/jobs/add/",
    "/jobs/add/?kind=house-disclosures",
    "/jobs/{job}/backfills/",
    "/backfills/{backfill}/",
    "/runs/",
    "/runs/{run}/",
    "/filings/",
    "/filings/{filing}/",
    "/transactions/",
    "/sources/",
    "/runs/0/",
]


class Markup(HTMLParser):
    """Collects what a page must not have, and what must be there once."""

    def __init__(self) -> None:
        super().__init__()
        self.inline: list[str] = []
        self.ids: list[str] = []
        self.labelled: set[str] = set()
        self.fields: list[str] = []
        self.headings = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.inline += [name for name in given if name == "style" or name.startswith("on")]
        if tag == "style" or (tag == "script" and "src" not in given):
            self.inline.append(tag)
        if given.get("id"):
            self.ids.append(str(given["id"]))
        if tag == "label" and given.get("for"):
            self.labelled.add(str(given["for"]))
        is_shown = given.get("type") not in ("hidden", "submit")
        if tag in ("input", "select", "textarea") and is_shown and "aria-label" not in given:
            self.fields.append(str(given.get("id")))
        self.headings += tag == "h1"


@pytest.fixture
def rows(job: Job) -> dict[str, int]:
    filing = a_filing(status="failed", problem="mismatch", reason="12 rows, 13 anchors.")
    return {
        "job": job.pk,
        "run": a_run(job, RunState.RUNNING).pk,
        "backfill": a_backfill(job).pk,
        "filing": filing.pk,
    }


def read(client: Client, page: str, rows: dict[str, int]) -> tuple[Markup, str]:
    answer = client.get(page.format(**rows))
    assert answer["Content-Security-Policy"].count("'self'") >= 3
    assert "unsafe" not in answer["Content-Security-Policy"]
    text = answer.content.decode()
    markup = Markup()
    markup.feed(text)
    return markup, text


@pytest.mark.parametrize("page", PAGES)
def test_no_page_has_anything_inline(client: Client, rows: dict[str, int], page: str) -> None:
    markup, _ = read(client, page, rows)
    assert not markup.inline
    assert markup.headings == 1


@pytest.mark.parametrize("page", PAGES)
def test_ids_are_unique(client: Client, rows: dict[str, int], page: str) -> None:
    markup, _ = read(client, page, rows)
    assert len(markup.ids) == len(set(markup.ids))


@pytest.mark.parametrize("page", ["/jobs/add/", "/jobs/{job}/edit/", "/jobs/{job}/pause/"])
def test_every_field_of_a_form_has_a_label(client: Client, rows: dict[str, int], page: str) -> None:
    markup, text = read(client, page, rows)
    wrapped = [each for each in markup.fields if each not in markup.labelled]
    for field in wrapped:
        before = text[: text.index(f'id="{field}"')]
        assert before.rindex("<label") > before.rfind("</label"), field


def test_without_an_engine_every_page_says_how_to_start_it(client: Client, job: Job) -> None:
    for page in ("/jobs/", f"/jobs/{job.pk}/", "/runs/", "/filings/"):
        assert "python manage.py runscheduler" in client.get(page).content.decode()


def test_a_living_engine_is_named(client: Client, engine: Worker) -> None:
    page = client.get("/jobs/").content.decode()
    assert "Scheduler running" in page
    assert "engine 4321 on collector-1 leads" in page


def test_an_engine_that_stopped_ticking_is_told_from_a_living_one(
    client: Client, engine: Worker
) -> None:
    long_ago = utc_now().replace(year=2020)
    Worker.objects.update(last_tick_at=long_ago)
    assert "The scheduler has stalled." in client.get("/jobs/").content.decode()


def test_a_name_full_of_markup_stays_text(client: Client, job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(name='<img src=x onerror="alert(1)">')
    pause_job(job=job, reason="<b>why</b>", by="alice", now=utc_now())
    for page in ("/jobs/", f"/jobs/{job.pk}/", f"/jobs/{job.pk}/edit/", "/runs/"):
        assert "<img src=x" not in client.get(page).content.decode()
        assert "<b>why</b>" not in client.get(page).content.decode()
