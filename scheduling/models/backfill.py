from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import F, Q

from scheduling.models.job import Job
from scheduling.models.schedule import Schedule

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser, AnonymousUser


class BackfillOrder(models.TextChoices):
    OLDEST_FIRST = "oldest_first", "oldest first"
    NEWEST_FIRST = "newest_first", "newest first"


class Reprocess(models.TextChoices):
    MISSING = "missing", "dates that never ran"
    FAILED = "failed", "dates that never ran, and those that failed"
    ALL = "all", "all dates"


class BackfillQuerySet(models.QuerySet["Backfill"]):
    def visible_to(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        return self.filter(job__in=Job.objects.visible_to(user))

    def open(self) -> Self:
        return self.filter(finished_at=None)


class Backfill(models.Model):
    """A range of a schedule's past dates that is run again, a few at a time, beside the schedule.

    Its runs have no schedule, so that the schedule's own ledger stays as it is; they name the
    backfill, and each date at most once. `fed_until` is the last date that was looked at, in the
    backfill's order: what lies behind it has its run, or needs none.
    """

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="backfills")
    schedule = models.ForeignKey(Schedule, on_delete=models.CASCADE, related_name="backfills")
    since = models.DateTimeField()
    until = models.DateTimeField(help_text="Exclusive.")
    order = models.CharField(
        max_length=12, choices=BackfillOrder, default=BackfillOrder.OLDEST_FIRST
    )
    reprocess = models.CharField(max_length=8, choices=Reprocess, default=Reprocess.MISSING)
    max_running = models.PositiveSmallIntegerField(default=1)
    per_hour = models.PositiveIntegerField(
        null=True, blank=True, help_text="How many runs may be started in an hour; empty: any."
    )
    total_count = models.PositiveBigIntegerField(help_text="Runs it makes, counted when it began.")
    fed_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=150)
    paused_at = models.DateTimeField(null=True, blank=True)
    paused_by = models.CharField(max_length=150, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancelled_by = models.CharField(max_length=150, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = BackfillQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(until__gt=F("since")), name="backfill_ends_after_it_begins"
            ),
            models.CheckConstraint(
                condition=Q(max_running__gte=1) & (Q(per_hour=None) | Q(per_hour__gte=1)),
                name="backfill_limits_are_positive",
            ),
        ]
        indexes = [models.Index(fields=["id"], condition=Q(finished_at=None), name="backfill_open")]

    def __str__(self) -> str:
        return f"backfill {self.pk}"

    @property
    def is_over(self) -> bool:
        return self.finished_at is not None

    def feed(self, until: datetime) -> None:
        self.fed_until = until
        self.save(update_fields=["fed_until"])

    def pause(self, *, by: str, now: datetime) -> None:
        self.paused_at, self.paused_by = now, by[:150]
        self.save(update_fields=["paused_at", "paused_by"])

    def resume(self) -> None:
        self.paused_at, self.paused_by = None, ""
        self.save(update_fields=["paused_at", "paused_by"])

    def cancel(self, *, by: str, now: datetime) -> None:
        """Make no further runs. It is over when those that were made have ended."""
        self.cancelled_at, self.cancelled_by = now, by[:150]
        self.save(update_fields=["cancelled_at", "cancelled_by"])

    def finish(self, *, now: datetime) -> None:
        self.finished_at = now
        self.save(update_fields=["finished_at"])
