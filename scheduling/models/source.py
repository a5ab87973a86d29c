from __future__ import annotations

from datetime import datetime

from django.db import models

from scheduling.models.text import storable
from scheduling.planning.circuit import pause_after


class DataSource(models.Model):
    """A site that data comes from, with its own politeness and health.

    Rows are made from the kinds' `SourceSpec`s; what an operator changes here (enabled, politeness)
    stays.
    """

    slug = models.SlugField(unique=True)
    title = models.CharField(max_length=200)
    url = models.URLField()
    min_interval_seconds = models.FloatField(
        help_text="Least time between two requests to one of the site's hosts."
    )
    max_running = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Runs that may use it at once; empty: any number."
    )
    opens_after = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        default=5,
        help_text="Failures in a row after which its runs are left out for a while; empty: never.",
    )
    failures_in_row = models.PositiveIntegerField(default=0)
    open_until = models.DateTimeField(
        null=True,
        blank=True,
        help_text="The circuit is open until then; after it one run at a time may try.",
    )
    is_enabled = models.BooleanField(
        default=True, help_text="A run leaves out the sources that are switched off."
    )
    last_ok_at = models.DateTimeField(null=True, blank=True)
    last_error_at = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True)

    class Meta:
        ordering = ["title"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(min_interval_seconds__gte=0.0),
                name="source_interval_not_negative",
            ),
            models.CheckConstraint(
                condition=(models.Q(max_running=None) | models.Q(max_running__gte=1))
                & (models.Q(opens_after=None) | models.Q(opens_after__gte=1)),
                name="source_limits_are_positive",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def health(self) -> str:
        """OK, FAILING, OPEN (its circuit is not closed), UNKNOWN (never asked) or OFF."""
        if not self.is_enabled:
            return "OFF"
        if self.open_until is not None:
            return "OPEN"
        if self.last_error_at and (self.last_ok_at is None or self.last_error_at > self.last_ok_at):
            return "FAILING"
        return "OK" if self.last_ok_at else "UNKNOWN"

    def note_ok(self, *, now: datetime) -> bool:
        """It answered: the circuit is closed. True if it was not before."""
        was_closed, self.open_until = self.open_until is None, None
        self.last_ok_at, self.failures_in_row = now, 0
        self.save(update_fields=["last_ok_at", "failures_in_row", "open_until"])
        return not was_closed

    def note_error(self, text: str, *, now: datetime) -> bool:
        """It failed: after too many times in a row the circuit opens. True if it opens with this.

        While it is open, the failures of those that had started before do not count.
        """
        self.last_error_at, self.last_error = now, storable(text)
        pause = None
        if self.open_until is None or self.open_until <= now:
            self.failures_in_row += 1
            pause = pause_after(self.failures_in_row, self.opens_after)
        if pause is not None:
            self.open_until = now + pause
        fields = ["last_error_at", "last_error", "failures_in_row", "open_until"]
        self.save(update_fields=fields)
        return pause is not None
