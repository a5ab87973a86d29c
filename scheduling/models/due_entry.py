"""The due index: django-apscheduler's table, one row per live schedule (docs/adr/0001).

`id` is the schedule's id, `next_run_time` the instant at which the engine must look at it again;
NULL while the schedule is held. `job_state` stays empty: jobs are rebuilt from our own rows,
nothing is unpickled.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import BigIntegerField, CharField, QuerySet
from django.db.models.functions import Cast
from django_apscheduler.models import DjangoJob

if TYPE_CHECKING:
    from scheduling.models.schedule import Schedule


class DueEntryQuerySet(models.QuerySet["DueEntry"]):
    def due(self, now: datetime) -> QuerySet[DueEntry, int]:
        """Ids of the schedules to look at, as a subquery."""
        due: QuerySet[DueEntry, int] = (
            self.filter(next_run_time__lte=now)
            .order_by("next_run_time")
            .annotate(schedule_id=Cast("id", BigIntegerField()))
            .values_list("schedule_id", flat=True)
        )
        return due

    def in_order(self) -> Self:
        """What is not held, the soonest first."""
        return self.filter(next_run_time__isnull=False).order_by("next_run_time")

    def earliest_due(self, *, after: datetime | None = None) -> datetime | None:
        later = (
            self.in_order() if after is None else self.in_order().filter(next_run_time__gt=after)
        )
        return later.values_list("next_run_time", flat=True).first()

    def of(self, schedules: QuerySet[Schedule]) -> Self:
        """Those of all these schedules, however many they are."""
        return self.filter(id__in=schedules.values_list(Cast("pk", CharField())))

    def put(self, schedule_id: int, due_at: datetime | None) -> None:
        """Set when the engine looks at the schedule next; None holds it."""
        self.update_or_create(
            id=str(schedule_id), defaults={"next_run_time": due_at, "job_state": b""}
        )

    def hold(self, schedule_ids: Iterable[int], until: datetime | None = None) -> None:
        """Take schedules out of the index until then, or until somebody puts them back."""
        self.filter(id__in=[str(pk) for pk in schedule_ids]).update(next_run_time=until)

    def drop(self, schedule_ids: Iterable[int]) -> None:
        self.filter(id__in=[str(pk) for pk in schedule_ids]).delete()


class DueEntry(DjangoJob):  # type: ignore[misc]
    objects = DueEntryQuerySet.as_manager()

    class Meta:
        proxy = True
        verbose_name_plural = "due entries"
