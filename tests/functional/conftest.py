"""A real browser (Debian's chromium) on a real server. A page that complains fails its test."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from tests.factories.jobs import a_user

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))

OpenPage = Callable[..., Page]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip(f"No browser at {CHROMIUM}: apt-get install chromium, or set CHROMIUM.")
    # The browser's driver keeps an event loop in this thread; the tests' own queries are harmless.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture
def alice(transactional_db: None) -> User:
    return a_user("alice")


@pytest.fixture
def open_page(browser: Browser, live_server: Any, alice: User) -> Iterator[OpenPage]:
    """Opens a page in which alice is signed in; at the end no page may have complained."""
    client = Client()
    client.force_login(alice)
    name, session = settings.SESSION_COOKIE_NAME, client.cookies[settings.SESSION_COOKIE_NAME].value
    complaints: list[str] = []
    contexts: list[BrowserContext] = []

    def note(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complaints.append(message.text)

    def note_request(url: str) -> None:
        if urlsplit(url).hostname not in ("localhost", "127.0.0.1", None):
            complaints.append(f"A request left the machine: {url}")

    def open_signed_in(**options: Any) -> Page:
        context = browser.new_context(base_url=live_server.url, **options)
        context.add_cookies([{"name": name, "value": session, "url": live_server.url}])
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("console", note)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: note_request(request.url))
        page.goto("/jobs/")
        return page

    yield open_signed_in
    for context in contexts:
        context.close()
    assert not complaints
