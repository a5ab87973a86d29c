from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

if TYPE_CHECKING:
    from scheduling.models.worker import Worker


class LeaseLost(Exception):
    """Another engine leads; nothing of this tick was written."""


class EngineLease(models.Model):
    """One row that says which engine ticks. Time is the database's own, so hosts may disagree.

    Correctness does not rest on it (invariants I2, I3): it keeps engines from doing the work twice.
    """

    name = models.CharField(max_length=20, primary_key=True, default="engine")
    holder = models.ForeignKey(
        "scheduling.Worker", null=True, on_delete=models.SET_NULL, related_name="leases"
    )
    epoch = models.PositiveBigIntegerField(default=0)
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} epoch {self.epoch}"

    @classmethod
    def take(cls, worker: Worker, *, seconds: float) -> int | None:
        """Take or renew the lease; return its epoch, or None while another engine holds it."""
        until = Now() + timedelta(seconds=seconds)
        if not cls.objects.filter(holder=worker).update(expires_at=until):
            EngineLease.objects.bulk_create([EngineLease(expires_at=Now())], ignore_conflicts=True)
            cls.objects.filter(Q(expires_at__lte=Now()) | Q(holder=None)).update(
                holder=worker, epoch=F("epoch") + 1, expires_at=until
            )
        return cls.objects.filter(holder=worker).values_list("epoch", flat=True).first()

    @classmethod
    def confirm(cls, worker: Worker, epoch: int) -> None:
        """Inside a tick's transaction: hold the row until commit. Raises LeaseLost."""
        if not cls.objects.filter(holder=worker, epoch=epoch).update(epoch=epoch):
            raise LeaseLost("Another engine took the lease over.")

    @classmethod
    def release(cls, worker: Worker) -> None:
        cls.objects.filter(holder=worker).update(holder=None)
