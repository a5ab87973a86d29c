"""What is typed about a calendar, and the rule it stands for, both ways."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings

from scheduling.actions.calendars import CalendarDraft
from scheduling.planning.calendars import calendar_from_json
from scheduling.planning.holiday_data import country_titles
from scheduling.planning.markets import MARKETS, market_of
from scheduling.planning.refusals import BadRule
from scheduling.views.forms.ranges import EXAMPLE, lines_of, ranges_of
from scheduling.views.forms.refusable import RefusableForm

if TYPE_CHECKING:
    from scheduling.models import Calendar
    from scheduling.planning.calendars import BlackoutCalendar

SHAPES = (
    ("holidays", "Public holidays of a country"),
    ("market", "Days on which a market does not trade"),
    ("ranges", "Days and times of my own"),
)
MARKET_CHOICES = [(code, f"{market.title} ({market.hours})") for code, market in MARKETS.items()]


def _countries() -> list[tuple[str, str]]:
    return [("", "Choose one"), *country_titles().items()]


class CalendarForm(RefusableForm):
    """One calendar. After `is_valid()`, `draft()` is what it asks for."""

    name = forms.CharField(max_length=120)
    shape = forms.ChoiceField(label="Leaves out", choices=SHAPES)
    country = forms.ChoiceField(required=False, choices=_countries)
    subdivision = forms.CharField(
        label="Part of the country",
        required=False,
        max_length=20,
        help_text="Its code, such as BY for Bavaria. Empty: holidays of the whole country.",
    )
    market = forms.ChoiceField(
        required=False,
        choices=MARKET_CHOICES,
        help_text="Weekends, holidays, and the time after an early close, on the market's clock.",
    )
    ranges = forms.CharField(
        label="Days and times",
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false"}),
        help_text=f"One a line, such as: {EXAMPLE}. A date alone is the whole day.",
    )
    zone = forms.CharField(
        label="Time zone",
        required=False,
        help_text="On this clock its days begin and end.",
        widget=forms.TextInput(attrs={"list": "zones", "spellcheck": "false"}),
    )

    def clean(self) -> dict[str, Any]:
        """Read the calendar as the planner sees it."""
        typed = super().clean() or self.cleaned_data
        try:
            typed["calendar"] = self._read(typed)
        except BadRule as error:
            self.refuse({error.field: error.reason})
        return typed

    def _read(self, typed: dict[str, Any]) -> BlackoutCalendar | None:
        """The calendar as far as it is typed: its days can be shown before it has a name."""
        if not self.errors.keys() <= {"name"}:
            return None
        return calendar_from_json(_definition({"name": "unnamed", **typed}))

    @property
    def calendar(self) -> BlackoutCalendar | None:
        """What was typed, as a calendar; None while it cannot be read."""
        is_read = self.is_bound and self.errors.keys() <= {"name"}
        return self.cleaned_data["calendar"] if is_read else None

    def draft(self) -> CalendarDraft:
        return CalendarDraft(**_definition(self.cleaned_data))


def _definition(typed: dict[str, Any]) -> dict[str, Any]:
    """The calendar's JSON. What is missing or strange in it is the planner's to refuse."""
    is_market = typed["shape"] == "market"
    zone = market_of(typed["market"]).zone if is_market else typed["zone"]
    return {"name": typed["name"], "zone": zone, "rule": _rule(typed)}


def _rule(typed: dict[str, Any]) -> dict[str, Any]:
    match typed["shape"]:
        case "holidays":
            part = typed["subdivision"].upper()
            return {"type": "holidays", "country": typed["country"], "subdivision": part}
        case "market":
            return {"type": "market", "market": typed["market"]}
    return {"type": "ranges", "ranges": ranges_of(typed["ranges"])}


def blank_calendar() -> dict[str, Any]:
    """What a new calendar starts from."""
    return {"shape": "holidays", "zone": settings.TIME_ZONE}


def typed_for_calendar(calendar: Calendar) -> dict[str, Any]:
    """What would have to be typed for a stored calendar."""
    rule = calendar.rule
    return {
        "name": calendar.name,
        "zone": calendar.zone,
        "shape": rule.get("type"),
        **rule,
        "ranges": lines_of(rule.get("ranges", [])),
    }
