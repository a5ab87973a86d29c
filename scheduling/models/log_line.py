from django.db import models

from scheduling.models.run import Run


class LogLine(models.Model):
    """One line that a run wrote: by `ctx.log`, or on its standard output or error."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="log_lines")
    attempt_number = models.PositiveSmallIntegerField()
    at = models.DateTimeField()
    level = models.CharField(max_length=10)
    text = models.TextField()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.text[:80]
