from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import NamedTuple

from django.db import connection, models
from django.db.models import Max

from scheduling.models.job import Job
from scheduling.states import Reason, RunState

SUMS = ("run_count", "seconds", "found", "new", "changed", "failed")


class RollupKey(NamedTuple):
    """What one row sums up."""

    job_id: int
    due_on: date
    state: str
    reason: str


KEY = RollupKey._fields


class DailyRollupQuerySet(models.QuerySet["DailyRollup"]):
    def add(self, sums: Mapping[RollupKey, Mapping[str, float]]) -> None:
        """Add the sums to the rows of their keys, or make these. None is lost if others add too."""
        table, *names = map(connection.ops.quote_name, (DailyRollup._meta.db_table, *KEY, *SUMS))
        added = (f"{name} = {table}.{name} + excluded.{name}" for name in names[len(KEY) :])
        marks = ", ".join(["%s"] * len(names))
        with connection.cursor() as cursor:
            cursor.executemany(
                f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks}) "  # noqa: S608 - names come from the model
                f"ON CONFLICT ({', '.join(names[: len(KEY)])}) DO UPDATE SET {', '.join(added)}",
                [(*key, *(lot[name] for name in SUMS)) for key, lot in sorted(sums.items())],
            )

    def newest_days(self) -> dict[int, datetime]:
        """Job -> end of the newest day that lost runs. What was due later is all in the ledger."""
        days = self.order_by().values("job").annotate(newest=Max("due_on"))
        midnight = datetime.max.time()
        return {row["job"]: datetime.combine(row["newest"], midnight, tzinfo=UTC) for row in days}


class DailyRollup(models.Model):
    """What is left of purged runs, for ever: how many of a job ended how on a day, in UTC.

    The day is that on which they were due; of a range the last.
    Written in the transaction that purges the runs: a run is in the ledger or in here, never both.
    """

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="rollups")
    due_on = models.DateField()
    state = models.CharField(max_length=12, choices=[(s.value, s.value.lower()) for s in RunState])
    reason = models.CharField(
        max_length=24, blank=True, choices=[(r.value, r.value.lower()) for r in Reason]
    )
    run_count = models.PositiveBigIntegerField(
        default=0, help_text="Occurrences: a purged range counts as many as it covered."
    )
    seconds = models.FloatField(default=0.0, help_text="From start to end, of all of them.")
    found = models.PositiveBigIntegerField(default=0)
    new = models.PositiveBigIntegerField(default=0)
    changed = models.PositiveBigIntegerField(default=0)
    failed = models.PositiveBigIntegerField(default=0)

    objects = DailyRollupQuerySet.as_manager()

    class Meta:
        ordering = ["-due_on", "job"]
        constraints = [
            models.UniqueConstraint(
                fields=["job", "due_on", "state", "reason"], name="rollup_is_unique"
            )
        ]

    def __str__(self) -> str:
        return f"{self.due_on}: {self.run_count} {self.state.lower()}"
