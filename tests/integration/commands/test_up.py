"""The first start, as a person sees it: one command, then a page with something collected."""

from __future__ import annotations

import re
import signal
import subprocess
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest
from django.contrib.auth import authenticate

from collectors.disclosures.models import Filing, Transaction
from scheduling.execution import process
from scheduling.models import Run
from scheduling.states import RunState
from tests.integration.engine.processes import MANAGE
from tests.waiting import wait_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(180)]


@pytest.fixture
def up(process_env, tmp_path) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """`manage.py up`, and the file that it writes to."""
    said = tmp_path / "said"
    with said.open("wb") as out:
        running = subprocess.Popen(
            [*MANAGE, "up"],
            env={**process_env, "PYTHONUNBUFFERED": "1"},
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        yield running, said
        if running.poll() is None:
            running.send_signal(signal.SIGTERM)
            running.wait(timeout=60)


def test_the_first_start_collects_filings_and_shows_a_page(up):
    running, said = up
    wait_for(lambda: "Rollcall is at" in said.read_text() or running.poll() is not None)
    text = said.read_text()
    found = re.search(r"at http://127\.0\.0\.1:(\d+)/ .*user admin, password (\S+) ", text)
    assert found is not None, text
    assert authenticate(username="admin", password=found[2]) is not None
    assert status_of(int(found[1]), "/login/") == 200
    wait_for(lambda: Run.objects.filter(state=RunState.SUCCEEDED).exists(), seconds=60)
    assert Filing.objects.count() >= 40
    assert Transaction.objects.exists()
    children = children_of(running.pid)
    assert len(children) == 3
    running.send_signal(signal.SIGTERM)
    assert running.wait(timeout=60) == 0
    assert not any(process.is_group_alive(pid) for pid in children)


def status_of(port: int, path: str) -> int:
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path)
    status = connection.getresponse().status
    connection.close()
    return status


def children_of(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
