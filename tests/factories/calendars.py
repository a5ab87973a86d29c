"""Calendars as people make them: through the actions."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.auth.models import User

from scheduling.actions.calendars import CalendarDraft, add_calendar
from scheduling.actions.drafts import ScheduleDraft
from scheduling.models import Calendar
from tests.factories.closures import closed
from tests.factories.jobs import NOON, a_schedule, a_user

SWEDEN: dict[str, Any] = {"type": "holidays", "country": "SE", "subdivision": ""}


def a_closure(start: str, until: str, label: str) -> dict[str, Any]:
    """The rule of a calendar that leaves out one range of readings."""
    rule: dict[str, Any] = closed((start, until), label=label)["rule"]
    return rule


def a_day_off(on: date, label: str = "Christmas") -> dict[str, Any]:
    """The rule of a calendar that leaves out one day."""
    return a_closure(f"{on}T00:00", f"{on + timedelta(days=1)}T00:00", label)


def a_calendar_draft(name: str = "Holidays", **rule: Any) -> CalendarDraft:
    return CalendarDraft(name=name, zone="UTC", rule=rule or SWEDEN)


def a_calendar(
    name: str = "Holidays", *, owner: User | None = None, now: datetime = NOON, **rule: Any
) -> Calendar:
    draft = a_calendar_draft(name, **rule)
    return add_calendar(draft=draft, owner=owner or a_user(), by="alice", now=now)


def not_on(*calendars: Calendar, **rule: Any) -> ScheduleDraft:
    """A schedule that leaves the calendars out."""
    return replace(a_schedule(**rule), calendars=tuple(each.pk for each in calendars))
