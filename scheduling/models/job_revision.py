from django.db import models

from scheduling.models.job import Job


class JobRevision(models.Model):
    """The whole definition of a job, schedules included, from one edit to the next."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    definition = models.JSONField()
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=150)
    note = models.CharField(max_length=200)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["job", "number"], name="revision_number_is_unique")
        ]

    def __str__(self) -> str:
        return f"{self.job_id} revision {self.number}"
