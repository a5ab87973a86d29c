from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from scheduling.actions.calendars import (
    CalendarDraft,
    CalendarInUse,
    CalendarRefused,
    add_calendar,
    edit_calendar,
    jobs_using,
    remove_calendar,
)
from scheduling.actions.drafts import JobRefused, ScheduleDraft
from scheduling.actions.jobs import pause_job, remove_job
from scheduling.models import Calendar, Job
from scheduling.states import Reason, RunState
from tests.factories.calendars import SWEDEN, a_calendar, a_calendar_draft, a_day_off, not_on
from tests.factories.jobs import NOON, a_job, a_schedule, a_user
from tests.integration.actions.conftest import DAY, MORNING, due_at, edit, ledger, tick

pytestmark = pytest.mark.django_db

TOMORROW = (NOON + DAY).date()


def change(calendar: Calendar, *, now: Any = NOON + timedelta(hours=1), **rule: Any) -> Calendar:
    draft = a_calendar_draft(calendar.name, **rule)
    revision = Calendar.objects.get(pk=calendar.pk).revision
    return edit_calendar(calendar=calendar, draft=draft, revision=revision, by="bob", now=now)


def test_a_calendar_is_saved_as_it_was_written(db: None) -> None:
    name = " \N{FULLWIDTH LATIN CAPITAL LETTER H}olidays "
    draft = CalendarDraft(name=name, zone="Europe/Stockholm", rule=SWEDEN)
    calendar = add_calendar(draft=draft, owner=a_user(), by="alice", now=NOON)
    assert calendar.definition() == {
        "id": calendar.pk,
        "name": "Holidays",
        "zone": "Europe/Stockholm",
        "rule": SWEDEN,
    }
    assert (calendar.created_at, calendar.changed_at) == (NOON, NOON)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"name": "HOLIDAYS"}, "name"),
        ({"zone": "Nowhere/Land"}, "zone"),
        ({"rule": {"type": "moon"}}, "type"),
        ({"rule": {"type": "holidays", "country": "XX"}}, "country"),
        ({"rule": {"type": "market", "market": "XXXX"}}, "market"),
        ({"rule": {"type": "ranges", "ranges": []}}, "ranges"),
    ],
)
def test_a_calendar_that_cannot_be_read_is_refused(fields: dict[str, Any], field: str) -> None:
    a_calendar("Holidays")
    with pytest.raises(CalendarRefused) as refusal:
        add_calendar(
            draft=replace(a_calendar_draft("New"), **fields), owner=a_user(), by="alice", now=NOON
        )
    assert list(refusal.value.errors) == [field]
    assert Calendar.objects.count() == 1


def test_an_edit_changes_every_schedule_that_uses_the_calendar_from_then_on() -> None:
    calendar, other = a_calendar("Days"), a_calendar("Other", **a_day_off(date(2026, 5, 1)))
    user = a_job("user", not_on(calendar, other), now=MORNING)
    stranger = a_job("stranger", not_on(other), now=MORNING)

    calendar = change(calendar, **a_day_off(TOMORROW))

    schedule = user.schedules.get()
    assert schedule.blackouts == [calendar.definition(), other.definition()]
    assert due_at(schedule) == NOON + DAY  # to be recorded as skipped
    assert ledger(user) == [(NOON, RunState.PENDING, "")]
    user.refresh_from_db()
    stranger.refresh_from_db()
    assert (user.revision, stranger.revision) == (2, 1)
    revision = user.revisions.get(number=2)
    assert (revision.note, revision.changed_by) == ("calendar Days was changed", "bob")
    assert revision.definition["schedules"][0]["blackouts"] == schedule.blackouts

    tick(NOON + DAY)
    assert ledger(user)[1:] == [(NOON + DAY, RunState.SKIPPED, Reason.BLACKOUT)]


def test_what_the_calendar_left_out_before_its_edit_stays_left_out() -> None:
    calendar = a_calendar(**a_day_off(NOON.date()))
    job = a_job("probe", not_on(calendar), now=MORNING)
    change(calendar, **a_day_off(TOMORROW))
    assert ledger(job) == [(NOON, RunState.SKIPPED, Reason.BLACKOUT)]


def test_the_fingerprint_follows_the_calendar() -> None:
    calendar = a_calendar()
    schedule = a_job("probe", not_on(calendar), now=MORNING).schedules.get()
    before = schedule.fingerprint
    change(calendar, **a_day_off(TOMORROW))
    schedule.refresh_from_db()
    assert schedule.fingerprint not in ("", before)


def test_the_schedule_of_a_paused_job_stays_held() -> None:
    calendar = a_calendar()
    job = a_job("probe", not_on(calendar), now=MORNING)
    pause_job(job=job, reason="Holidays", by="alice", now=MORNING)
    change(calendar, **a_day_off(TOMORROW))
    assert due_at(job.schedules.get()) is None
    assert ledger(job) == [(NOON, RunState.SKIPPED, Reason.PAUSED)]


def test_a_calendar_that_is_used_is_not_removed() -> None:
    calendar = a_calendar()
    job = a_job("probe", not_on(calendar), now=MORNING)
    with pytest.raises(CalendarInUse) as refusal:
        remove_calendar(calendar=calendar, by="alice", now=NOON)
    assert refusal.value.jobs == [job]
    assert Calendar.objects.live().get() == calendar


def test_a_calendar_is_removed_once_no_live_schedule_uses_it() -> None:
    calendar = a_calendar()
    edited, removed = (a_job(name, not_on(calendar), now=MORNING) for name in ("one", "two"))
    edit(edited, a_schedule(), now=NOON)
    remove_job(job=removed, by="alice", now=NOON)
    assert not jobs_using(calendar)
    remove_calendar(calendar=calendar, by="alice", now=NOON)
    assert not Calendar.objects.live()
    a_calendar()  # its name is free again


def test_a_removed_calendar_is_neither_edited_nor_chosen() -> None:
    calendar = a_calendar()
    remove_calendar(calendar=calendar, by="alice", now=NOON)
    remove_calendar(calendar=calendar, by="alice", now=NOON)
    with pytest.raises(CalendarRefused, match="removed"):
        change(calendar)
    with pytest.raises(JobRefused) as refusal:
        a_job("probe", a_schedule(), not_on(calendar), now=MORNING)
    assert list(refusal.value.errors) == ["schedules.1.calendars"]
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    ("schedule", "field"),
    [
        ({"market": "XXXX"}, "market"),
        ({"market": "XNYS", "rule": {"type": "daily", "times": ["02:00"]}}, "market"),
        ({"calendars": True, "rule": {"type": "once", "at": f"{TOMORROW}T12:00Z"}}, "calendars"),
    ],
)
def test_a_schedule_of_which_nothing_is_left_is_refused(
    schedule: dict[str, Any], field: str
) -> None:
    calendar = a_calendar(**a_day_off(TOMORROW))
    if "calendars" in schedule:
        schedule = {**schedule, "calendars": (calendar.pk,)}
    with pytest.raises(JobRefused) as refusal:
        a_job("probe", replace(a_schedule(), **schedule), now=MORNING)
    assert list(refusal.value.errors) == [f"schedules.0.{field}"]


def test_a_calendar_that_can_no_longer_be_read_is_refused() -> None:
    calendar = a_calendar()
    Calendar.objects.update(rule={"type": "holidays", "country": "XX"})
    with pytest.raises(JobRefused, match="two letters") as refusal:
        a_job("probe", not_on(calendar), now=MORNING)
    assert list(refusal.value.errors) == ["schedules.0.calendars"]


def test_a_schedule_that_is_over_may_still_name_a_calendar() -> None:
    over = not_on(a_calendar(), type="once", at="2026-01-01T00:00Z")
    assert a_job("probe", over, now=MORNING).schedules.get().calendars.count() == 1


def test_what_h_draws_for_the_schedule_itself_must_meet_trading_hours(db: None) -> None:
    """Of many schedules some draw a time at which the market is closed: those are refused."""
    rule = {"type": "cron", "expression": "H H * * *"}
    refused = []
    for number in range(12):
        draft = ScheduleDraft(rule=rule, zone="UTC", market="XNYS")
        try:
            job = a_job(f"drawn {number}", draft, now=NOON)
        except JobRefused as error:
            refused.append(list(error.errors))
        else:
            assert due_at(job.schedules.get()) is not None
    assert refused == [["schedules.0.market"]] * (12 - Job.objects.count())
    assert refused
