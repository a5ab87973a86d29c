"""Date and time as people read them off a clock, in a zone that the field does not know."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms

FIRST_YEAR, LAST_YEAR = 3, 9997  # what the planner plans; at the ends of time offsets overflow


class MomentField(forms.DateTimeField):
    """A reading of the project's clock, as an instant."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")

    def to_python(self, value: Any) -> datetime | None:
        # Before Django looks for the zone's offset, which overflows at the ends of time.
        if isinstance(value, str) and value[:4].isdecimal():
            check_year(int(value[:4]))
        return super().to_python(value)


def check_year(year: int) -> None:
    """Raise ValidationError for a year that the planner does not plan."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise forms.ValidationError(f"The year lies outside of {FIRST_YEAR} to {LAST_YEAR}.")


class ClockField(forms.CharField):
    """A reading of the clock in the schedule's zone, which only the whole form knows."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local", "step": 1})

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        try:
            reading = datetime.fromisoformat(text).replace(tzinfo=None)
        except ValueError:
            raise forms.ValidationError("Write date and time like 2026-03-29T02:30.") from None
        check_year(reading.year)
        return reading
