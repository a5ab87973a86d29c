"""The schedule builder: what people choose and type, and the rule it stands for, both ways."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings

from scheduling.actions.drafts import ScheduleDraft
from scheduling.models import GapPolicy, RepeatPolicy
from scheduling.planning.calendars import calendar_from_json
from scheduling.planning.plan import Plan
from scheduling.planning.refusals import BadRule
from scheduling.planning.rules import rule_from_json
from scheduling.planning.zones import load_zone
from scheduling.views.forms.calendar import MARKET_CHOICES
from scheduling.views.forms.clock import ClockField
from scheduling.views.forms.lengths import LengthField
from scheduling.views.forms.rules import rule_of, typed_for_rule

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from scheduling.models import Calendar, Schedule
    from scheduling.planning.calendars import BlackoutCalendar

WEEKDAYS = (
    ("mon", "Monday"),
    ("tue", "Tuesday"),
    ("wed", "Wednesday"),
    ("thu", "Thursday"),
    ("fri", "Friday"),
    ("sat", "Saturday"),
    ("sun", "Sunday"),
)
SHAPES = (
    (
        "Ready made",
        (
            ("daily_at_2", "Daily at 02:00"),
            ("sunday_at_3", "Weekly, Sunday at 03:00"),
            ("every_6_hours", "Every 6 hours"),
            ("every_12_hours", "Every 12 hours"),
            ("hourly", "Every hour"),
            ("daily", "Daily at midnight"),
        ),
    ),
    (
        "Your own",
        (
            ("interval", "Interval: every so often"),
            ("daily_times", "Daily at times"),
            ("weekly", "Weekly on days, at times"),
            ("monthly", "Monthly on days, at times"),
            ("once", "Once"),
            ("cron", "Cron expression"),
        ),
    ),
)
# Where the planner's fields are typed, if their names differ.
FIELDS = {
    "every_seconds": "every",
    "gap": "gap_policy",
    "repeat": "repeat_policy",
    "name": "shape",
    "type": "shape",
    "rule": "shape",
}
RARE = ("gap_policy", "repeat_policy", "starts_at", "ends_at", "jitter_seconds")


class ScheduleForm(forms.Form):
    """One schedule. After `is_valid()`, `draft()` is what it asks for.

    `calendars` are those that may be chosen (`choosable`).
    """

    schedule_id = forms.IntegerField(required=False, widget=forms.HiddenInput)
    shape = forms.ChoiceField(label="Runs", choices=SHAPES)
    every = LengthField(label="Every")
    anchor = ClockField(
        label="Counted from",
        required=False,
        help_text="Empty: from midnight of 1 January 1970 UTC, so that hours come out even.",
    )
    weekdays = forms.MultipleChoiceField(
        choices=WEEKDAYS, required=False, widget=forms.CheckboxSelectMultiple, label="On"
    )
    days = forms.CharField(
        label="On days of the month", required=False, help_text="Such as: 1, 15, last"
    )
    times = forms.CharField(label="At", required=False, help_text="Such as: 02:00, 14:30")
    at = ClockField(label="At", required=False)
    expression = forms.CharField(
        label="Cron expression",
        required=False,
        help_text="Minute, hour, day of month, month, weekday. Such as: 30 2 * * 1-5",
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocapitalize": "none"}),
    )
    zone = forms.CharField(
        label="Time zone",
        help_text="Such as Europe/Stockholm.",
        widget=forms.TextInput(attrs={"list": "zones", "spellcheck": "false"}),
    )
    market = forms.ChoiceField(
        label="Only while this market trades",
        required=False,
        choices=[("", "Does not matter"), *MARKET_CHOICES],
    )
    calendars = forms.TypedMultipleChoiceField(
        label="Not on", coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )
    gap_policy = forms.ChoiceField(
        label="When the clock skips that time", choices=GapPolicy.choices, initial=GapPolicy.SHIFT
    )
    repeat_policy = forms.ChoiceField(
        label="When the clock shows it twice",
        choices=RepeatPolicy.choices,
        initial=RepeatPolicy.FIRST,
    )
    starts_at = ClockField(label="Not before", required=False)
    ends_at = ClockField(label="Not after", required=False)
    jitter_seconds = forms.IntegerField(
        label="Spread, in seconds",
        required=False,
        min_value=0,
        max_value=86_400,
        help_text="Each run starts up to this much later, always by the same amount.",
    )

    def __init__(self, *args: Any, calendars: Sequence[Calendar] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.choosable = calendars
        chosen = self.fields["calendars"]
        if isinstance(chosen, forms.ChoiceField):
            chosen.choices = [(calendar.pk, calendar.name) for calendar in calendars]

    def clean(self) -> dict[str, Any]:
        """Check what spans fields: readings in the zone, and the rule as the planner sees it."""
        typed = super().clean() or self.cleaned_data
        try:
            self._place_on_clock(typed)
            self.cleaned_data["plan"] = None if self.errors else self._plan(typed)
        except BadRule as error:
            self.refuse(error.field, error.reason)
        return self.cleaned_data

    def _place_on_clock(self, typed: dict[str, Any]) -> None:
        if "zone" not in typed:
            return
        zone = load_zone(typed["zone"])
        for name in ("anchor", "at", "starts_at", "ends_at"):
            if typed.get(name) is None:
                continue
            placed = typed[name].replace(tzinfo=zone)
            there = placed.astimezone(UTC).astimezone(zone)
            if there.replace(tzinfo=None) != typed[name]:
                self.add_error(name, f"The clock in {typed['zone']} never shows this time.")
            else:
                typed[name] = placed.astimezone(UTC)

    def refuse(self, field: str, text: str) -> None:
        """Put a refusal of the planner or of an action at the field where the value was typed."""
        name = FIELDS.get(field, field)
        if name not in self.fields:
            name = "expression" if self["shape"].value() == "cron" else "shape"
        self.add_error(name, text if name == field else f"{field}: {text}")

    @property
    def has_rare_errors(self) -> bool:
        """True if something is wrong in the part that is folded away."""
        return any(name in self.errors for name in RARE)

    @property
    def plan(self) -> Plan | None:
        """What was typed, as a plan; None while it cannot be read."""
        return self.cleaned_data.get("plan") if self.is_bound and self.is_valid() else None

    def draft(self) -> ScheduleDraft:
        typed = self.cleaned_data
        return ScheduleDraft(
            rule=typed["plan"].rule.to_json(),
            zone=typed["zone"],
            gap_policy=typed["gap_policy"],
            repeat_policy=typed["repeat_policy"],
            starts_at=typed["starts_at"],
            ends_at=typed["ends_at"],
            jitter_seconds=typed["jitter_seconds"] or 0,
            market=typed["market"],
            calendars=tuple(typed["calendars"]),
            schedule_id=typed["schedule_id"],
        )

    def _plan(self, typed: dict[str, Any]) -> Plan:
        return Plan(
            rule=rule_from_json(rule_of(typed)),
            zone=typed["zone"],
            gap=typed["gap_policy"],
            repeat=typed["repeat_policy"],
            starts_at=typed["starts_at"],
            ends_at=typed["ends_at"],
            jitter_seconds=typed["jitter_seconds"] or 0,
            market=typed["market"],
            blackouts=tuple(
                _blackout(each) for each in self.choosable if each.pk in typed["calendars"]
            ),
            schedule_id=str(typed["schedule_id"] or ""),
        )


def _blackout(calendar: Calendar) -> BlackoutCalendar:
    try:
        return calendar_from_json(calendar.definition())
    except BadRule as error:
        raise BadRule("calendars", f"{calendar.name} cannot be read: {error}") from error


def blank_schedule() -> dict[str, Any]:
    """What a new schedule starts from."""
    return {"shape": "daily_at_2", "zone": settings.TIME_ZONE}


def typed_for(schedule: Schedule) -> dict[str, Any]:
    """What would have to be typed for a stored schedule. In a zone that cannot be read: in UTC."""
    try:
        zone = load_zone(schedule.zone)
    except BadRule:
        zone = load_zone("UTC")

    def reading(at: datetime | None) -> str:
        return "" if at is None else at.astimezone(zone).replace(tzinfo=None).isoformat()

    return {
        "schedule_id": schedule.pk,
        "zone": schedule.zone,
        "gap_policy": schedule.gap_policy,
        "repeat_policy": schedule.repeat_policy,
        "starts_at": reading(schedule.starts_at),
        "ends_at": reading(schedule.ends_at),
        "jitter_seconds": schedule.jitter_seconds or None,
        "market": schedule.market,
        "calendars": [calendar.pk for calendar in schedule.calendars.all()],
        **typed_for_rule(schedule.rule, reading),
    }
