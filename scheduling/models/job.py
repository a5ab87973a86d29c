from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from scheduling.models.pool import DEFAULT_POOL, Pool
from scheduling.models.source import DataSource
from scheduling.planning import policy as planning
from scheduling.states import Reason

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser, AnonymousUser


class Misfire(models.TextChoices):
    RUN_LATEST = "run_latest", "run the newest missed occurrence once"
    RUN_ALL = "run_all", "run every missed occurrence, oldest first"
    SKIP = "skip", "skip what was missed"
    ASK = "ask", "ask a person"


class Overlap(models.TextChoices):
    SKIP = "skip", "skip the new run"
    QUEUE_ONE = "queue_one", "let one run wait"
    QUEUE_ALL = "queue_all", "let all runs wait"
    REPLACE = "replace", "cancel the active run"
    ALLOW = "allow", "run side by side"


class JobQuerySet(models.QuerySet["Job"]):
    def live(self) -> Self:
        return self.filter(deleted_at=None)

    def pauses_that_end(self) -> Self:
        """Paused jobs whose pause has an end, the soonest first."""
        return self.live().filter(paused_until__isnull=False).order_by("paused_until")

    def locked(self, *, skip_locked: bool = False) -> Self:
        """Rows that nobody else may change until this transaction ends; one order for all.

        With `skip_locked` those that somebody changes right now are left out, not waited for.
        """
        return self.order_by("pk").select_for_update(no_key=True, skip_locked=skip_locked)

    def source_slugs(self) -> dict[int, list[str]]:
        """Job -> slugs of its sources; jobs without sources are left out."""
        slugs: dict[int, list[str]] = {}
        for job_id, slug in self.filter(sources__isnull=False).values_list("pk", "sources__slug"):
            slugs.setdefault(job_id, []).append(slug)
        return slugs

    def visible_to(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        """The one door for rights: staff see all jobs, others their own."""
        if not user.is_authenticated:
            return self.none()
        return self if getattr(user, "is_staff", False) else self.filter(owner_id=user.pk)


class Job(models.Model):
    """A definition that people manage: kind, parameters, sources, policies, owner."""

    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=80)
    params = models.JSONField(default=dict, blank=True)
    sources = models.ManyToManyField(DataSource, blank=True, related_name="jobs")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="jobs"
    )
    created_at = models.DateTimeField()
    revision = models.PositiveIntegerField(default=0)
    deleted_at = models.DateTimeField(null=True, blank=True)

    misfire = models.CharField(max_length=20, choices=Misfire, default=Misfire.RUN_LATEST)
    catchup_window = models.DurationField(
        null=True, blank=True, help_text="Empty: one period of the schedule, 1 hour to 7 days."
    )
    max_catchup = models.PositiveSmallIntegerField(default=25)
    overlap = models.CharField(max_length=20, choices=Overlap, default=Overlap.SKIP)
    max_queued = models.PositiveSmallIntegerField(default=10)
    max_parallel = models.PositiveSmallIntegerField(default=4)
    time_limit = models.DurationField(default=timedelta(hours=1))
    max_attempts = models.PositiveSmallIntegerField(default=3)
    pool = models.ForeignKey(
        Pool,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="jobs",
        help_text="Empty: the pool `default`.",
    )
    weight = models.PositiveSmallIntegerField(
        default=1, help_text="How many of the pool's slots a run takes."
    )
    priority = models.SmallIntegerField(
        default=0, help_text="Each step is worth five minutes of waiting."
    )

    paused_at = models.DateTimeField(null=True, blank=True)
    paused_until = models.DateTimeField(
        null=True, blank=True, help_text="Empty: until somebody resumes it."
    )
    paused_reason = models.CharField(max_length=500, blank=True)
    paused_by = models.CharField(max_length=150, blank=True)
    quarantine_code = models.CharField(max_length=24, blank=True)
    quarantine_reason = models.TextField(
        blank=True, help_text="Why the job cannot run; it is held until this is repaired."
    )

    objects = JobQuerySet.as_manager()

    VERSION_FIELDS = ("revision", "quarantine_code", "deleted_at")
    PAUSE_FIELDS = ("paused_at", "paused_until", "paused_reason", "paused_by")

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                Lower("name"),
                "owner",
                condition=Q(deleted_at=None),
                name="job_name_unique_per_owner",
                violation_error_message="You already have a job of this name.",
            ),
            models.CheckConstraint(
                condition=(Q(paused_at=None) & Q(paused_reason=""))
                | (Q(paused_at__isnull=False) & ~Q(paused_reason="")),
                name="job_pause_has_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(paused_until=None) | Q(paused_until__gt=models.F("paused_at")),
                name="job_pause_ends_after_it_began",
            ),
            models.CheckConstraint(
                condition=Q(misfire__in=Misfire.values), name="job_misfire_is_known"
            ),
            models.CheckConstraint(
                condition=Q(overlap__in=Overlap.values), name="job_overlap_is_known"
            ),
            models.CheckConstraint(
                condition=Q(time_limit__gt=timedelta(0)), name="job_time_limit_is_positive"
            ),
            models.CheckConstraint(
                condition=Q(max_attempts__gte=1) & Q(max_parallel__gte=1) & Q(weight__gte=1),
                name="job_limits_are_positive",
            ),
        ]
        indexes = [
            models.Index(
                fields=["paused_until"],
                condition=Q(paused_until__isnull=False),
                name="job_pause_ends",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_paused(self) -> bool:
        return self.paused_at is not None

    def is_paused_at(self, instant: datetime) -> bool:
        """False too once the pause has reached its end, although nobody has ended it yet."""
        return self.is_paused and (self.paused_until is None or self.paused_until > instant)

    @property
    def is_quarantined(self) -> bool:
        return bool(self.quarantine_reason)

    @property
    def held_for(self) -> Reason:
        """What the ledger says of the occurrences of a quarantined job, whatever is in the row."""
        is_unknown = self.quarantine_code == Reason.UNKNOWN_KIND
        return Reason.UNKNOWN_KIND if is_unknown else Reason.BAD_PARAMETERS

    @property
    def version(self) -> list[object]:
        """Changes with everything that decides whether and when the job runs."""
        return [getattr(self, name) for name in self.VERSION_FIELDS]

    @property
    def pool_name(self) -> str:
        return self.pool_id or DEFAULT_POOL

    @property
    def parallel_limit(self) -> int:
        """How many runs of the job may be active at once."""
        return self.max_parallel if self.overlap == Overlap.ALLOW else 1

    def definition(self, sources: Sequence[str] | None = None) -> dict[str, Any]:
        """Everything that decides how a run behaves, ready for JSON: what a snapshot freezes.

        `sources` are the slugs of the job's sources, if they are known already.
        """
        return {
            "id": self.pk,
            "name": self.name,
            "kind": self.kind,
            "params": self.params,
            "sources": sorted(self._source_slugs() if sources is None else sources),
            "owner": self.owner_id,
            "revision": self.revision,
            "misfire": self.misfire,
            "catchup_window_seconds": _seconds(self.catchup_window),
            "max_catchup": self.max_catchup,
            "overlap": self.overlap,
            "max_queued": self.max_queued,
            "max_parallel": self.max_parallel,
            "time_limit_seconds": _seconds(self.time_limit),
            "max_attempts": self.max_attempts,
            "pool": self.pool_name,
            "weight": self.weight,
            "priority": self.priority,
        }

    def _source_slugs(self) -> list[str]:
        return list(self.sources.values_list("slug", flat=True))

    def policy(self) -> planning.Policy:
        """What the planner reads. Raises BadRule when a limit is out of bounds."""
        return _policy(
            misfire=planning.Misfire(self.misfire),
            max_catchup=self.max_catchup,
            catchup_window=self.catchup_window,
            overlap=planning.Overlap(self.overlap),
            max_queued=self.max_queued,
            max_parallel=self.max_parallel,
        )

    def next_revision(self) -> None:
        self.revision += 1
        self.save(update_fields=["revision"])

    def pause(self, *, reason: str, by: str, now: datetime, until: datetime | None = None) -> None:
        self.paused_at, self.paused_until = now, until
        self.paused_reason, self.paused_by = reason, by
        self.save(update_fields=self.PAUSE_FIELDS)

    def resume(self) -> None:
        self.paused_at = self.paused_until = None
        self.paused_reason = self.paused_by = ""
        self.save(update_fields=self.PAUSE_FIELDS)

    def quarantine(self, code: Reason, reason: str) -> None:
        """Hold the job until it is repaired: nothing of it runs meanwhile."""
        self.quarantine_code, self.quarantine_reason = code, reason
        self.save(update_fields=["quarantine_code", "quarantine_reason"])

    def lift_quarantine(self) -> None:
        self.quarantine_code = self.quarantine_reason = ""
        self.save(update_fields=["quarantine_code", "quarantine_reason"])

    def soft_delete(self, *, now: datetime) -> None:
        self.deleted_at = now
        self.save(update_fields=["deleted_at"])


@lru_cache(maxsize=1_000)
def _policy(**fields: Any) -> planning.Policy:
    """Most jobs have the same, and it is checked whenever it is made."""
    return planning.Policy(**fields)


def _seconds(length: timedelta | None) -> float | None:
    return None if length is None else length.total_seconds()
