from django.db import models

from scheduling.models.run import Run


class Artifact(models.Model):
    """A file that a run made. Its bytes lie in storage under their hash, not their name."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="artifacts")
    name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["run", "name"], name="artifact_name_unique_per_run")
        ]
        indexes = [models.Index(fields=["sha256"], name="artifact_by_content")]

    def __str__(self) -> str:
        return self.name


def path_of(sha256: str) -> str:
    """Where in the storage the bytes with this hash lie."""
    return f"{sha256[:2]}/{sha256}"
