from __future__ import annotations

from datetime import datetime

from django.db import models


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
            )
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def health(self) -> str:
        """OK, FAILING, UNKNOWN (never asked) or OFF."""
        if not self.is_enabled:
            return "OFF"
        if self.last_error_at and (self.last_ok_at is None or self.last_error_at > self.last_ok_at):
            return "FAILING"
        return "OK" if self.last_ok_at else "UNKNOWN"

    def note_ok(self, *, now: datetime) -> None:
        self.last_ok_at = now
        self.save(update_fields=["last_ok_at"])

    def note_error(self, text: str, *, now: datetime) -> None:
        self.last_error_at, self.last_error = now, text
        self.save(update_fields=["last_error_at", "last_error"])
