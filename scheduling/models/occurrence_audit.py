from django.db import models


class OccurrenceAudit(models.Model):
    """What one audit of the ledger against the rules found."""

    ran_at = models.DateTimeField()
    since = models.DateTimeField()
    until = models.DateTimeField()
    occurrence_count = models.PositiveBigIntegerField()
    difference_count = models.PositiveIntegerField()
    differences = models.JSONField(default=list, help_text="The first of them, in words.")

    class Meta:
        ordering = ["-ran_at"]
        indexes = [models.Index(fields=["-ran_at"], name="occurrence_audit_newest")]

    def __str__(self) -> str:
        return f"audit of {self.since:%Y-%m-%d %H:%M} to {self.until:%Y-%m-%d %H:%M}"

    @property
    def is_complete(self) -> bool:
        return self.difference_count == 0
