from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from scheduling.actions.pools import add_pool
from scheduling.models import Pool
from scheduling.states import RunState
from tests.factories.jobs import a_job
from tests.integration.pages.conftest import a_run


@pytest.fixture
def slow(db: None) -> Pool:
    return add_pool(name="slow", slots=2, note="For big documents", by="alice")


def rows(staff: Client) -> dict[str, Any]:
    return {row.name: row for row in staff.get("/pools/").context["rows"]}


def test_the_list_shows_what_each_pool_holds(staff: Client, slow: Pool) -> None:
    job = a_job("Heavy", policies={"pool": "slow", "weight": 3})
    a_job("Light")
    a_run(job, RunState.RUNNING, pool="slow", weight=3)
    a_run(job, RunState.PENDING, pool="slow", weight=3)
    a_run(job, RunState.PENDING, pool="slow", needs_answer=True)
    a_run(job, RunState.SUCCEEDED, pool="slow")
    a_run(job, RunState.PENDING, pool="gone")
    held = {
        name: (row.used, row.waiting, row.jobs, row.pool is None)
        for name, row in rows(staff).items()
    }
    assert held == {
        "default": (0, 0, 1, True),
        "gone": (0, 1, 0, True),
        "slow": (3, 1, 1, False),
    }
    page = staff.get("/pools/").content.decode()
    assert "3 of 2" in page
    assert "For big documents" in page


def test_the_default_pool_is_given_a_limit(staff: Client) -> None:
    assert rows(staff)["default"].pool is None
    assert 'value="default"' in staff.get("/pools/add/?name=default").content.decode()
    sent = {"name": "default", "slots": "4", "note": ""}
    assert staff.post("/pools/add/", sent)["Location"] == "/pools/"
    assert rows(staff)["default"].pool == Pool.objects.get(slots=4)


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "not a slug"}, "name"),
        ({"name": "slow"}, "name"),
        ({"name": "new", "slots": "0"}, "slots"),
        ({"name": "new", "slots": "many"}, "slots"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    staff: Client, slow: Pool, sent: dict[str, str], field: str
) -> None:
    answer = staff.post("/pools/add/", sent)
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert Pool.objects.get() == slow


def test_slots_and_note_are_edited_and_the_name_is_not(staff: Client, slow: Pool) -> None:
    page = staff.get("/pools/slow/edit/").content.decode()
    assert 'value="2"' in page
    assert 'name="name"' not in page
    staff.post("/pools/slow/edit/", {"name": "fast", "slots": "", "note": "Any"})
    slow.refresh_from_db()
    assert (Pool.objects.count(), slow.slots, slow.note) == (1, None, "Any")


def test_a_job_heavier_than_its_pool_is_named_on_both_pages(staff: Client, slow: Pool) -> None:
    job = a_job("Heavy", policies={"pool": "slow", "weight": 3})
    assert "run alone in it" in staff.get("/pools/slow/edit/").content.decode()
    page = staff.get(f"/jobs/{job.pk}/").content.decode()
    assert "slow, weight 3: more than its 2 slots, so that its runs run alone" in page


def test_a_pool_in_use_stays_and_the_page_names_its_jobs(staff: Client, slow: Pool) -> None:
    a_job("Heavy", policies={"pool": "slow"})
    assert ">Heavy</a>" in staff.get("/pools/slow/remove/").content.decode()
    assert "was not removed" in staff.post("/pools/slow/remove/").content.decode()
    assert Pool.objects.exists()


def test_what_the_default_pool_limits_is_told_before_it_is_removed(staff: Client) -> None:
    add_pool(name="default", slots=2, note="", by="alice")
    a_job("Heavy", policies={"weight": 3})
    edit_page = staff.get("/pools/default/edit/").content.decode()
    assert "run alone in it" in edit_page
    assert ">Heavy</a>" in edit_page
    page = staff.get("/pools/default/remove/").content.decode()
    assert "Jobs that name no other pool are then without a limit." in page
    staff.post("/pools/default/remove/")
    assert not Pool.objects.exists()


def test_a_pool_without_jobs_is_removed_and_waiting_runs_are_foretold(
    staff: Client, slow: Pool
) -> None:
    a_run(a_job("Light"), RunState.PENDING, pool="slow")
    page = staff.get("/pools/slow/remove/").content.decode()
    assert "1 run waits in it. It keeps its name and is then without a limit." in page
    staff.post("/pools/slow/remove/")
    assert not Pool.objects.exists()


@pytest.mark.parametrize("address", ["", "add/", "slow/edit/", "slow/remove/"])
def test_pools_are_for_staff(client: Client, slow: Pool, address: str) -> None:
    assert client.get(f"/pools/{address}").status_code == 404
    sent = {"name": "mine", "slots": "9"}
    assert client.post(f"/pools/{address}", sent).status_code in (404, 405)
    assert Client().get(f"/pools/{address}")["Location"].startswith("/login/")
    assert Pool.objects.get().slots == 2
