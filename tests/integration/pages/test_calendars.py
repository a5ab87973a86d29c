from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from scheduling.clock import utc_now
from scheduling.models import Calendar
from tests.factories.calendars import a_calendar, a_day_off, not_on
from tests.factories.jobs import a_job, a_schedule, a_user


def typed(**fields: Any) -> dict[str, Any]:
    """What a browser sends for the form: every field, whatever is shown of it."""
    return {
        "act": "save",
        "name": "Holidays",
        "shape": "holidays",
        "country": "SE",
        "subdivision": "",
        "market": "XNYS",
        "ranges": "",
        "zone": "Europe/Stockholm",
        **fields,
    }


@pytest.fixture
def calendar(alice: User) -> Calendar:
    return a_calendar("Days off", owner=alice, now=utc_now())


@pytest.mark.parametrize(
    ("fields", "zone", "rule"),
    [
        (
            {"country": "DE", "subdivision": "by", "zone": "Europe/Berlin"},
            "Europe/Berlin",
            {"type": "holidays", "country": "DE", "subdivision": "BY"},
        ),
        (
            {"shape": "market", "zone": "Europe/Stockholm"},
            "America/New_York",
            {"type": "market", "market": "XNYS"},
        ),
        (
            {"shape": "ranges", "ranges": "2026-12-24 Eve"},
            "Europe/Stockholm",
            a_day_off(date(2026, 12, 24), "Eve"),
        ),
    ],
)
def test_a_calendar_of_each_shape_is_added_and_kept_by_an_edit_that_changes_nothing(
    client: Client, fields: dict[str, str], zone: str, rule: dict[str, Any]
) -> None:
    assert client.post("/calendars/add/", typed(**fields))["Location"] == "/calendars/"
    calendar = Calendar.objects.get()
    definition = {"id": calendar.pk, "name": "Holidays", "zone": zone, "rule": rule}
    assert (calendar.definition(), calendar.owner.username) == (definition, "alice")
    page = client.get(f"/calendars/{calendar.pk}/edit/").context
    sent = {field.html_name: field.value() or "" for field in page["form"]}
    sent["revision"] = page["revision"]
    client.post(f"/calendars/{calendar.pk}/edit/", {**sent, "act": "save"})
    calendar.refresh_from_db()
    assert (calendar.definition(), calendar.revision) == (definition, 2)


def test_an_edit_of_an_older_revision_is_refused_and_keeps_what_was_typed(
    client: Client, calendar: Calendar
) -> None:
    address = f"/calendars/{calendar.pk}/edit/"
    client.post(address, typed(name="First", revision="1"))
    answer = client.post(address, typed(name="Second", revision="1"))
    assert answer.status_code == 422
    assert "Revision 2 is in force, you edited revision 1" in answer.content.decode()
    assert 'value="Second"' in answer.content.decode()
    calendar.refresh_from_db()
    assert calendar.name == "First"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "days OFF"}, "name"),
        ({"country": ""}, "country"),
        ({"subdivision": "XX"}, "subdivision"),
        ({"zone": "Nowhere"}, "zone"),
        ({"shape": "ranges", "ranges": "Christmas"}, "ranges"),
        ({"shape": "ranges"}, "ranges"),
        ({"shape": "market", "market": "XXXX"}, "market"),
        ({"shape": "market", "market": ""}, "market"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    client: Client, calendar: Calendar, fields: dict[str, str], field: str
) -> None:
    answer = client.post("/calendars/add/", typed(**fields))
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert Calendar.objects.get() == calendar


def test_the_next_days_are_shown_without_saving(client: Client) -> None:
    answer = client.post("/calendars/add/", typed(act="show"))
    assert answer.status_code == 200
    assert len(answer.context["next"].spells) == 3
    assert not Calendar.objects.exists()


def test_the_next_days_are_shown_while_typing_even_before_there_is_a_name(client: Client) -> None:
    tomorrow = utc_now().date() + timedelta(days=1)
    sent = typed(name="", shape="ranges", ranges=f"{tomorrow} Moving day")
    page = client.get("/calendars/spells/", sent, headers={"HX-Request": "true"}).content.decode()
    assert "Moving day" in page
    assert f"{tomorrow:%a %d %b %Y}" in page
    assert "<html" not in page
    broken = client.get("/calendars/spells/", {**sent, "ranges": "soon"}).content.decode()
    assert "Line 1 cannot be read" in broken


def test_the_list_shows_what_comes_next_and_the_readers_own_jobs(
    client: Client, bob: Client, calendar: Calendar
) -> None:
    job = a_job("Alice's probe", not_on(calendar), not_on(calendar, type="daily", times=["01:00"]))
    hers, his = (each.get("/calendars/").context["rows"][0] for each in (client, bob))
    assert (hers.jobs, hers.may_edit) == ([job], True)
    assert (his.jobs, his.may_edit) == ([], False)
    assert len(hers.next.spells) == 3
    assert "Alice" not in bob.get("/calendars/").content.decode()


def test_a_calendar_that_can_no_longer_be_read_says_why(client: Client, calendar: Calendar) -> None:
    Calendar.objects.update(rule={"type": "holidays", "country": "XX", "subdivision": ""})
    assert "two letters" in client.get("/calendars/").content.decode()
    assert client.get(f"/calendars/{calendar.pk}/edit/").status_code == 200


def test_an_edit_says_how_many_jobs_it_reaches(client: Client, calendar: Calendar) -> None:
    a_job("Probe", not_on(calendar))
    page = client.get(f"/calendars/{calendar.pk}/edit/")
    assert "1 job runs around it" in page.content.decode()


def test_a_calendar_that_is_used_stays_and_the_page_says_by_whom(
    client: Client, calendar: Calendar
) -> None:
    a_job("Probe", not_on(calendar))
    a_job("Hidden probe", not_on(calendar), owner=a_user("bob"))
    for answer in (
        client.get(f"/calendars/{calendar.pk}/remove/"),
        client.post(f"/calendars/{calendar.pk}/remove/"),
    ):
        page = answer.content.decode()
        assert ">Probe</a>" in page
        assert "1 job of other people" in page
        assert "Hidden" not in page
    assert Calendar.objects.live().exists()


def test_a_calendar_that_nothing_uses_is_removed(client: Client, calendar: Calendar) -> None:
    a_job("Probe", a_schedule())
    client.post(f"/calendars/{calendar.pk}/remove/")
    assert not Calendar.objects.live().exists()
    assert "No calendars yet" in client.get("/calendars/").content.decode()
    assert client.get(f"/calendars/{calendar.pk}/edit/").status_code == 404


@pytest.mark.parametrize("page", ["edit", "remove"])
def test_a_calendar_of_somebody_else_cannot_be_changed(
    bob: Client, calendar: Calendar, page: str
) -> None:
    assert bob.get(f"/calendars/{calendar.pk}/{page}/").status_code == 404
    assert bob.post(f"/calendars/{calendar.pk}/{page}/", typed()).status_code == 404
    before = calendar.definition()
    calendar.refresh_from_db()
    assert (calendar.definition(), calendar.deleted_at) == (before, None)


def test_staff_change_every_calendar(calendar: Calendar) -> None:
    staff = Client()
    staff.force_login(a_user("root", is_staff=True))
    staff.post(f"/calendars/{calendar.pk}/edit/", typed(name="Swedish holidays", revision="1"))
    calendar.refresh_from_db()
    assert (calendar.name, calendar.owner.username) == ("Swedish holidays", "alice")


@pytest.mark.parametrize("address", ["", "add/", "spells/", "1/edit/", "1/remove/"])
def test_nothing_is_shown_to_strangers(db: None, address: str) -> None:
    assert Client().get(f"/calendars/{address}")["Location"].startswith("/login/")
