"""What people say of a backfill: which dates, in which order, how many at once."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any

from django import forms

from scheduling.actions.backfills import MOST_AT_ONCE, MOST_PER_HOUR, BackfillDraft
from scheduling.models import BackfillOrder, Reprocess
from scheduling.planning.refusals import BadRule
from scheduling.planning.zones import load_zone
from scheduling.views.dates import sentence_of
from scheduling.views.forms.clock import ClockField

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scheduling.models import Schedule


class BackfillForm(forms.Form):
    """After `is_valid()`, `draft()` is what it asks for."""

    schedule = forms.TypedChoiceField()
    since = ClockField(label="From", help_text="By the clock of the schedule's time zone.")
    until = ClockField(label="Until", help_text="Itself not included.")
    order = forms.ChoiceField(choices=BackfillOrder.choices)
    reprocess = forms.ChoiceField(label="Run", choices=Reprocess.choices)
    max_running = forms.IntegerField(
        label="At once",
        min_value=1,
        max_value=MOST_AT_ONCE,
        initial=1,
        help_text="How many of its runs may be open side by side.",
    )
    per_hour = forms.IntegerField(
        label="In an hour",
        required=False,
        min_value=1,
        max_value=MOST_PER_HOUR,
        help_text="How many may be started; empty: any number.",
    )

    def __init__(self, data: Any, *, schedules: Iterable[Schedule]) -> None:
        super().__init__(data, use_required_attribute=False)
        by_key = {str(each.pk): each for each in schedules}
        self.fields["schedule"] = forms.TypedChoiceField(
            choices=[
                (key, f"{sentence_of(each.rule)} in {each.zone}") for key, each in by_key.items()
            ],
            coerce=by_key.__getitem__,
        )

    def clean(self) -> dict[str, Any]:
        """Place the two readings on the clock of the schedule's zone."""
        typed = super().clean() or self.cleaned_data
        if not self.errors:
            try:
                zone = load_zone(typed["schedule"].zone)
            except BadRule as error:
                self.add_error("schedule", error.reason)
            else:
                for name in ("since", "until"):
                    typed[name] = typed[name].replace(tzinfo=zone).astimezone(UTC)
        return typed

    def draft(self) -> BackfillDraft:
        return BackfillDraft(**self.cleaned_data)
