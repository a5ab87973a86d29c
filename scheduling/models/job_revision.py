from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import F

from scheduling.models.job import Job


class JobRevisionQuerySet(models.QuerySet["JobRevision"]):
    def unsaid(self) -> Self:
        """Each job's newest revision, if no engine has said yet that it plans with it."""
        return self.filter(in_force_at=None, number=F("job__revision"))

    def acknowledge(self, *, now: datetime, host: str) -> int:
        """Say of each job's newest revision that the engine on `host` plans with it from `now` on.

        One that was replaced before any engine looked is passed over: it never was in force.
        """
        return self.unsaid().update(in_force_at=now, in_force_on=host)


class JobRevision(models.Model):
    """The whole definition of a job, schedules included, from one edit to the next."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    definition = models.JSONField()
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=150)
    note = models.CharField(max_length=200)
    in_force_at = models.DateTimeField(
        null=True, blank=True, help_text="When the engine first planned with it."
    )
    in_force_on = models.CharField(max_length=255, blank=True, help_text="The engine's host.")

    objects = JobRevisionQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["job", "number"], name="revision_number_is_unique")
        ]
        indexes = [
            models.Index(
                fields=["changed_at"],
                condition=models.Q(in_force_at=None),
                name="revision_not_in_force",
            )
        ]

    def __str__(self) -> str:
        return f"{self.job_id} revision {self.number}"
