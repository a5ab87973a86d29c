from __future__ import annotations

from datetime import datetime
from typing import Any, Self

from django.db import models


class InstallationQuerySet(models.QuerySet["Installation"]):
    def held(self) -> Self:
        return self.filter(held_at__isnull=False)


class Installation(models.Model):
    """One row: whose database this is, when an engine last worked on it, and with what.

    `held_reason` is set while the database may be a restored copy: no schedule runs until a person
    accepts it (semantics 6).
    """

    name = models.CharField(max_length=20, primary_key=True, default="rollcall")
    uid = models.CharField(max_length=36)
    seen_at = models.DateTimeField(help_text="When an engine last gave a sign of life here.")
    versions = models.JSONField(
        default=dict, help_text="What the last engine planned with: Rollcall, tzdata, and so on."
    )
    held_at = models.DateTimeField(null=True, blank=True)
    held_reason = models.TextField(blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.CharField(max_length=150, blank=True)

    objects = InstallationQuerySet.as_manager()

    def __str__(self) -> str:
        return f"installation {self.uid}"

    @property
    def is_held(self) -> bool:
        return self.held_at is not None

    def see(self, *, now: datetime) -> None:
        self.seen_at = now
        self.save(update_fields=["seen_at"])

    def plan_with(self, versions: dict[str, Any]) -> None:
        self.versions = versions
        self.save(update_fields=["versions"])

    def hold(self, reason: str, *, now: datetime) -> None:
        self.held_at, self.held_reason = now, reason
        self.save(update_fields=["held_at", "held_reason"])

    def accept(self, *, uid: str, by: str, now: datetime) -> None:
        """Lift the hold: from here on this database belongs to the installation `uid`."""
        self.uid, self.seen_at, self.accepted_at, self.accepted_by = uid, now, now, by[:150]
        self.held_at, self.held_reason = None, ""
        self.save()
