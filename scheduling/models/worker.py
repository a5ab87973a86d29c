from __future__ import annotations

from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import Q

from scheduling.models.environment import Environment

# With the engines' rounds, lost runs are found within 30 s; signs of life come every 10 s at most.
SILENCE = timedelta(seconds=22)


class WorkerRole(models.TextChoices):
    ENGINE = "ENGINE", "engine"
    WORKER = "WORKER", "worker"
    COMMAND = "COMMAND", "command line"


class WorkerQuerySet(models.QuerySet["Worker"]):
    def living(self, now: datetime) -> Self:
        """Not ended, and not silent for so long that engines take their runs."""
        return self.filter(ended_at=None, heartbeat_at__gte=now - SILENCE)


class Worker(models.Model):
    """One process that claims runs. Host, pid and start time together name it beyond doubt."""

    role = models.CharField(max_length=10, choices=WorkerRole)
    host = models.CharField(max_length=255)
    pid = models.PositiveIntegerField()
    process_started_at = models.CharField(
        max_length=40, help_text="The kernel's start time of the process: pids come again."
    )
    slots = models.PositiveSmallIntegerField(default=0, help_text="Runs it executes at once.")
    pools = models.JSONField(default=list, help_text="Names of the pools it serves; [] is all.")
    version = models.CharField(max_length=40)
    environment = models.ForeignKey(
        Environment, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    tzdata = models.CharField(max_length=255)
    started_at = models.DateTimeField()
    heartbeat_at = models.DateTimeField()
    last_tick_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = WorkerQuerySet.as_manager()

    class Meta:
        ordering = ["-started_at"]
        indexes = [
            models.Index(fields=["heartbeat_at"], condition=Q(ended_at=None), name="worker_living")
        ]

    def __str__(self) -> str:
        return f"{self.role.lower()} {self.pid} on {self.host}"

    def beat(self, *, now: datetime, last_tick_at: datetime | None) -> None:
        """A worker that was given up and woke again counts as living from here on."""
        self.heartbeat_at, self.last_tick_at, self.ended_at = now, last_tick_at, None
        self.save(update_fields=["heartbeat_at", "last_tick_at", "ended_at"])

    def end(self, *, now: datetime) -> None:
        self.ended_at = now
        self.save(update_fields=["ended_at"])
