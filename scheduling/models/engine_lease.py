from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import connection, models
from django.db.models import DurationField, ExpressionWrapper, F, Q
from django.db.models.functions import Now

if TYPE_CHECKING:
    from scheduling.models.worker import Worker


SECONDS_FROM_NOW = {
    "postgresql": "statement_timestamp() + make_interval(secs => %s)",
    "sqlite": "strftime('%%Y-%%m-%%d %%H:%%M:%%f', 'now', %s || ' seconds')",
}
RENEW = """
    UPDATE scheduling_enginelease SET expires_at = {until}
    WHERE holder_id = %s AND epoch = %s
    RETURNING EXISTS (
        SELECT 1 FROM scheduling_worker WHERE ended_at IS NULL AND heartbeat_at < %s
    )
"""


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
    def seconds_left(cls, worker: Worker) -> float:
        """How long another worker than this one holds the lease at least; 0 if none does."""
        others = cls.objects.exclude(Q(holder=None) | Q(holder=worker))
        left = ExpressionWrapper(F("expires_at") - Now(), output_field=DurationField())
        found = others.values_list(left, flat=True).first()
        return 0.0 if found is None else max(found.total_seconds(), 0.0)

    @classmethod
    def renew(
        cls, worker: Worker, epoch: int, *, seconds: float, late_before: datetime
    ) -> bool | None:
        """Hold the lease for longer, in one statement; None once another engine leads.

        True if a living worker's last sign of life is from before `late_before`.
        """
        sql = RENEW.format(until=SECONDS_FROM_NOW[connection.vendor])
        before = connection.ops.adapt_datetimefield_value(late_before)
        with connection.cursor() as cursor:
            cursor.execute(sql, [seconds, worker.pk, epoch, before])
            row = cursor.fetchone()
        return None if row is None else bool(row[0])

    @classmethod
    def confirm(cls, worker: Worker, epoch: int) -> None:
        """Inside a tick's transaction: hold the row until commit. Raises LeaseLost."""
        if not cls.objects.filter(holder=worker, epoch=epoch).update(epoch=epoch):
            raise LeaseLost("Another engine took the lease over.")

    @classmethod
    def release(cls, worker: Worker) -> None:
        cls.objects.filter(holder=worker).update(holder=None)
