from __future__ import annotations

from django.db import models


class Environment(models.Model):
    """What a process was made of: Rollcall's version, code revision, Python, packages.

    Rows are only added; `digest` names the content, so that a snapshot can point at it.
    """

    digest = models.CharField(max_length=64, primary_key=True)
    version = models.CharField(max_length=40)
    revision = models.CharField(
        max_length=64, blank=True, help_text="The commit the code came from, if that is known."
    )
    python = models.CharField(max_length=40)
    packages = models.JSONField(help_text="Name of each installed package -> its version.")
    first_seen_at = models.DateTimeField()

    class Meta:
        ordering = ["-first_seen_at"]

    def __str__(self) -> str:
        return f"{self.version} {self.revision[:10]}".strip()
