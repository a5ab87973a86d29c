from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser, AnonymousUser


class CalendarQuerySet(models.QuerySet["Calendar"]):
    def live(self) -> Self:
        return self.filter(deleted_at=None)

    def locked(self) -> Self:
        """Rows that nobody else may change until this transaction ends; one order for all."""
        return self.order_by("pk").select_for_update(no_key=True)

    def visible_to(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        """Calendars are there to be shared: whoever is signed in sees all of them."""
        return self if user.is_authenticated else self.none()

    def editable_by(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        """An edit changes the schedules of others too, so it is left to staff and the owner."""
        if not user.is_authenticated:
            return self.none()
        return self if getattr(user, "is_staff", False) else self.filter(owner_id=user.pk)


class Calendar(models.Model):
    """Times at which schedules do not run: holidays, days without trade, or ranges of one's own.

    `rule` is what `planning.calendars` reads, with days and readings in `zone`. Schedules keep a
    copy of it (`Schedule.blackouts`), which an edit of the calendar renews.
    """

    name = models.CharField(max_length=120)
    zone = models.CharField(max_length=64)
    rule = models.JSONField()
    revision = models.PositiveIntegerField(default=0)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="calendars"
    )
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects = CalendarQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                Lower("name"),
                condition=Q(deleted_at=None),
                name="calendar_name_is_unique",
                violation_error_message="There is a calendar of this name already.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def definition(self) -> dict[str, Any]:
        """What decides which times it blacks out, ready for JSON."""
        return {"id": self.pk, "name": self.name, "zone": self.zone, "rule": self.rule}

    def soft_delete(self, *, now: datetime) -> None:
        self.deleted_at = now
        self.save(update_fields=["deleted_at"])
