"""An engine starts with other time-zone data than the one before it had."""

from __future__ import annotations

import shutil
from datetime import datetime, time
from importlib import resources
from pathlib import Path

import pytest

from scheduling.actions.drafts import ScheduleDraft
from scheduling.models import DueEntry
from tests.factories.jobs import a_job
from tests.integration.engine.processes import EngineProcess, logged, run_command, ticking
from tests.waiting import wait_for

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def other_data(tmp_path: Path) -> str:
    """Time-zone data in which Stockholm keeps the time of Tokyo, without clock changes."""
    folder = tmp_path / "zoneinfo"
    with resources.as_file(resources.files("tzdata.zoneinfo")) as package:
        shutil.copytree(package, folder)
    shutil.copy(folder / "Asia" / "Tokyo", folder / "Europe" / "Stockholm")
    (folder / "tzdata.zi").write_text("# version 2099z\n")
    return str(folder)


def due_time() -> time:
    due: datetime | None = DueEntry.objects.get().next_run_time
    assert due is not None
    return due.time()


def test_dates_are_computed_anew_and_the_change_is_told(process_env, other_data):
    noon = ScheduleDraft(rule={"type": "daily", "times": ["12:00"]}, zone="Europe/Stockholm")
    a_job("noon in Stockholm", noon)
    with ticking(process_env) as engine:
        assert engine.terminate() == 0
    assert due_time() in (time(10), time(11))
    with EngineProcess(process_env, PYTHONTZPATH=other_data) as engine:
        wait_for(lambda: due_time() == time(3))
        assert engine.terminate() == 0
    assert len(logged(process_env, "versions_changed")) == 1
    code, out, _ = run_command({**process_env, "PYTHONTZPATH": other_data}, "schedules", "audit")
    assert code == 1
    assert "noon in Stockholm" in out
    assert f"-> 2099z ({other_data})" in out
    assert "T03:00:00+00:00" in out
