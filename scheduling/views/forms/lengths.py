"""A length of time as people type it: a number and a unit."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms

UNITS = ((86_400, "days"), (3600, "hours"), (60, "minutes"), (1, "seconds"))
LONGEST_SECONDS = 3660 * 86_400


class LengthWidget(forms.MultiWidget):
    def __init__(self, label: str) -> None:
        super().__init__(
            [
                forms.NumberInput(attrs={"aria-label": f"{label}: number", "min": 1}),
                forms.Select(
                    choices=[(size, name) for size, name in reversed(UNITS)],
                    attrs={"aria-label": f"{label}: unit"},
                ),
            ]
        )

    def decompress(self, value: timedelta | None) -> list[Any]:
        """In the largest unit that divides it."""
        if value is None:
            return [None, 60]
        seconds = int(value.total_seconds())
        size = next(size for size, _ in UNITS if seconds % size == 0)
        return [seconds // size, size]


class LengthField(forms.MultiValueField):
    """A whole number of seconds, minutes, hours or days; gives a timedelta, or None when empty."""

    def __init__(self, *, label: str, help_text: str = "", required: bool = False) -> None:
        number = forms.IntegerField(min_value=1, max_value=LONGEST_SECONDS, required=required)
        unit = forms.TypedChoiceField(
            choices=[(size, name) for size, name in UNITS], coerce=int, required=False
        )
        super().__init__(
            (number, unit),
            widget=LengthWidget(label),
            label=label,
            help_text=help_text,
            required=required,
            require_all_fields=False,
        )

    def compress(self, data_list: list[Any]) -> timedelta | None:
        if not data_list or data_list[0] is None:
            return None
        seconds = data_list[0] * (data_list[1] or 1)
        if seconds > LONGEST_SECONDS:
            raise forms.ValidationError("At most ten years.")
        return timedelta(seconds=seconds)
