from __future__ import annotations

import json
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Q

from scheduling.models.calendar import Calendar
from scheduling.models.job import Job
from scheduling.planning.decide import decide_pause_span
from scheduling.planning.plan import Plan, plan_from_json

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser, AnonymousUser


class GapPolicy(models.TextChoices):
    SHIFT = "shift", "run at the first valid instant after the gap"
    SHIFT_BY_GAP = "shift_by_gap", "run later by the length of the gap"
    SKIP = "skip", "do not run"


class RepeatPolicy(models.TextChoices):
    FIRST = "first", "run the first time"
    SECOND = "second", "run the second time"
    BOTH = "both", "run both times"


class ScheduleQuerySet(models.QuerySet["Schedule"]):
    def live(self) -> Self:
        return self.filter(deleted_at=None, job__deleted_at=None)

    def visible_to(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        return self.filter(job__in=Job.objects.visible_to(user))


class Schedule(models.Model):
    """A rule in a time zone that names instants for a job.

    Everything the rule names up to and including `accounted_until` stands in the ledger. When the
    engine looks at the schedule next stands in the due index (`DueEntry`).
    """

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="schedules")
    rule = models.JSONField()
    zone = models.CharField(max_length=64)
    gap_policy = models.CharField(max_length=20, choices=GapPolicy, default=GapPolicy.SHIFT)
    repeat_policy = models.CharField(
        max_length=20, choices=RepeatPolicy, default=RepeatPolicy.FIRST
    )
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    jitter_seconds = models.PositiveIntegerField(default=0)
    market = models.CharField(
        max_length=12, blank=True, help_text="Only while this stock exchange trades."
    )
    calendars = models.ManyToManyField(Calendar, blank=True, related_name="schedules")
    blackouts = models.JSONField(
        default=list, blank=True, help_text="What the calendars say: a copy, kept by the actions."
    )
    skip_from = models.DateTimeField(null=True, blank=True)
    skip_until = models.DateTimeField(
        null=True, blank=True, help_text="Occurrences up to this instant were skipped beforehand."
    )
    accounted_until = models.DateTimeField()
    fingerprint = models.CharField(max_length=64, blank=True)
    fingerprint_from = models.DateTimeField(null=True, blank=True)
    fingerprint_versions = models.JSONField(default=dict, blank=True)
    quarantine_reason = models.TextField(blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects = ScheduleQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(gap_policy__in=GapPolicy.values), name="schedule_gap_policy_is_known"
            ),
            models.CheckConstraint(
                condition=Q(repeat_policy__in=RepeatPolicy.values),
                name="schedule_repeat_policy_is_known",
            ),
            models.CheckConstraint(
                condition=Q(ends_at=None)
                | Q(starts_at=None)
                | Q(ends_at__gt=models.F("starts_at")),
                name="schedule_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=Q(skip_from=None, skip_until=None)
                | Q(skip_from__isnull=False, skip_until__gte=models.F("skip_from")),
                name="schedule_skip_has_both_ends",
            ),
        ]

    def __str__(self) -> str:
        return f"schedule {self.pk} of {self.job_id}"

    def definition(self) -> dict[str, Any]:
        """What decides its instants, ready for JSON."""
        return {
            "id": self.pk,
            "rule": self.rule,
            "zone": self.zone,
            "gap_policy": self.gap_policy,
            "repeat_policy": self.repeat_policy,
            "starts_at": _iso(self.starts_at),
            "ends_at": _iso(self.ends_at),
            "jitter_seconds": self.jitter_seconds,
            "market": self.market,
            "blackouts": self.blackouts,
            "skip_from": _iso(self.skip_from),
            "skip_until": _iso(self.skip_until),
        }

    def plan(self) -> Plan:
        """What the planner reads. Raises BadRule when rule or zone cannot be read."""
        return _plan(json.dumps(self.definition()))

    def next_due_at(self, now: datetime) -> datetime | None:
        """When what is named next after `now` is due, or to be recorded; None means never again."""
        # An empty span: nothing is decided, only looked ahead.
        return decide_pause_span(self.plan(), accounted_until=now, until=now).next_due_at

    def quarantine(self, reason: str) -> None:
        """Hold the schedule until its rule or zone is repaired; an empty reason lifts the hold."""
        self.quarantine_reason = reason
        self.save(update_fields=["quarantine_reason"])

    def soft_delete(self, *, now: datetime) -> None:
        self.deleted_at = now
        self.save(update_fields=["deleted_at"])


@lru_cache(maxsize=20_000)
def _plan(definition: str) -> Plan:
    """A plan is pure, so an engine that ticks for weeks reads each definition once."""
    return plan_from_json(json.loads(definition))


def _iso(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat()
