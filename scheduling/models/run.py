from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Count, Exists, F, Min, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce

from scheduling.models.backfill import Backfill
from scheduling.models.bulk import Change, update_expected
from scheduling.models.installation import Installation
from scheduling.models.job import Job
from scheduling.models.moves import make, to_claim, to_finish, to_put_back
from scheduling.models.pool import DEFAULT_POOL
from scheduling.models.schedule import Schedule
from scheduling.models.text import storable
from scheduling.models.worker import Worker
from scheduling.states import FINAL, Reason, RunState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

FINAL_VALUES = sorted(FINAL)
HEAD_START = timedelta(minutes=5)
Progress = tuple[int | None, int | None, str]  # steps done, steps in all, what goes on


class Origin(models.TextChoices):
    """Who asked for the run."""

    SCHEDULE = "SCHEDULE", "schedule"
    HAND = "HAND", "by hand"
    COMMAND = "COMMAND", "command line"
    RERUN = "RERUN", "rerun"
    BACKFILL = "BACKFILL", "backfill"


class RunQuerySet(models.QuerySet["Run"]):
    def visible_to(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        return self.filter(job__in=Job.objects.visible_to(user))

    def unfinished(self) -> Self:
        """Pending or running. By the column that says so to the indexes of both databases: SQLite
        takes an index with a condition only if the condition has no parameter.
        """
        return self.filter(finished_at=None)

    def active(self) -> Self:
        """Claimed, running, stopping, or waiting for a retry (semantics 7)."""
        return self.unfinished().filter(Q(state=RunState.RUNNING) | Q(attempt_count__gt=0))

    def open(self) -> Self:
        """Active or queued: what a further run of the job meets. Questions are in nobody's way."""
        return self.unfinished().filter(needs_answer=False)

    def queued(self) -> Self:
        return self.filter(state=RunState.PENDING, attempt_count=0, needs_answer=False)

    def waiting(self) -> Self:
        """What a worker may take when it is time: not running, not ended, not in question.

        Nobody holds them: this is the condition of the queue's index.
        """
        waiting = self.unfinished().exclude(state=RunState.RUNNING)
        return waiting.filter(claimed_by=None, needs_answer=False)

    def in_schedule_lane(self) -> Self:
        """All but the runs of backfills, which go on beside the job's others (semantics 7)."""
        return self.filter(backfill=None)

    def unanswered(self) -> Self:
        """Missed runs that wait for a person's word (misfire policy `ask`)."""
        return self.filter(state=RunState.PENDING, needs_answer=True)

    def held_back(self, now: datetime) -> Self:
        """Late runs that the storm brake has not let go yet."""
        return self.queued().filter(is_late=True, available_at__gt=now)

    def claimable(self) -> Self:
        """Waiting runs that may start once it is time and their lane has room, in their order.

        The runs of a backfill are a lane of their own, the job's others are another.

        While the installation is held (it may be a restored copy), only those asked for by hand.
        """
        others = (
            Run.objects.active()
            .filter(job=OuterRef("job"))
            .alias(lane=Coalesce("backfill", 0))
            .filter(lane=Coalesce(OuterRef("backfill"), 0))
            .exclude(pk=OuterRef("pk"))
            .order_by()
            .values("job")
            .annotate(number=Count("pk"))
            .values("number")
        )
        return (
            self.waiting()
            .exclude(Exists(Installation.objects.held()), origin=Origin.SCHEDULE)
            .exclude(
                Exists(Installation.objects.held().filter(held_at__gte=OuterRef("created_at")))
            )
            .alias(active_count=Coalesce(Subquery(others), Value(0)))
            .filter(Q(active_count__lt=F("parallel_limit")) | Q(may_wait=False, attempt_count=0))
            .order_by("ranked_at", "pk")
        )

    def next_look(self, now: datetime) -> tuple[bool, datetime | None]:
        """Whether one of these pending runs is due already, and when the next other one is."""
        found = self.waiting().aggregate(
            earliest=Min("available_at"),
            next=Min("available_at", filter=Q(available_at__gt=now)),
        )
        earliest = found["earliest"]
        return earliest is not None and earliest <= now, found["next"]

    def held_by(self, worker: Worker) -> Self:
        return self.filter(state=RunState.RUNNING, claimed_by=worker)


class Run(models.Model):
    """The ledger's row for an occurrence, or for a request by hand.

    A row with `covers_count` above one stands for a range: `covers_count` occurrences from
    `planned_at` to `covers_until`. A MISSED row with reason COALESCED was covered by the run of the
    same schedule at `covered_by_planned_at`.
    """

    # Each index costs every run three times: when it is made, claimed and finished. Foreign keys
    # have none of their own where another begins with them, or where most rows hold NULL.
    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="runs", db_index=False)
    schedule = models.ForeignKey(
        Schedule,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="runs",
        db_index=False,
    )
    planned_at = models.DateTimeField(null=True, blank=True)
    planned_local = models.CharField(
        max_length=40, blank=True, help_text="The reading on the wall clock, with its fold."
    )
    due_at = models.DateTimeField()
    covers_until = models.DateTimeField(null=True, blank=True)
    covers_count = models.PositiveBigIntegerField(default=1)
    covered_by_planned_at = models.DateTimeField(null=True, blank=True)
    is_late = models.BooleanField(default=False)

    origin = models.CharField(max_length=20, choices=Origin)
    requested_by = models.CharField(max_length=150, blank=True)
    dry_run = models.BooleanField(default=False)
    rerun_of = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="reruns",
        db_index=False,
    )
    backfill = models.ForeignKey(
        Backfill,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="runs",
        db_index=False,
    )
    snapshot = models.JSONField()

    state = models.CharField(max_length=12, choices=[(s.value, s.value.lower()) for s in RunState])
    reason = models.CharField(
        max_length=24, blank=True, choices=[(r.value, r.value.lower()) for r in Reason]
    )
    in_the_way = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
    )
    created_at = models.DateTimeField()
    available_at = models.DateTimeField()
    ranked_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="Runs start in this order; NULL for those that never waited. See `rank`.",
    )
    dispatched_at = models.DateTimeField(
        null=True, blank=True, help_text="When its message was last handed to the broker."
    )
    dispatch_count = models.PositiveSmallIntegerField(default=0)
    pool = models.CharField(max_length=50, default=DEFAULT_POOL)
    weight = models.PositiveSmallIntegerField(default=1)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    may_wait = models.BooleanField(
        default=False, help_text="Wait when another run is active instead of being skipped."
    )
    needs_answer = models.BooleanField(
        default=False, help_text="Missed, and waits until a person says what becomes of it."
    )
    parallel_limit = models.PositiveSmallIntegerField(
        default=1, help_text="How many runs of the job may be active for this one to start."
    )
    claim_epoch = models.PositiveIntegerField(default=0)
    claimed_by = models.ForeignKey(
        Worker,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="runs",
        db_index=False,
    )
    attempt_count = models.PositiveSmallIntegerField(default=0)
    lost_count = models.PositiveSmallIntegerField(default=0)
    stop_requested_at = models.DateTimeField(null=True, blank=True)
    stop_requested_by = models.CharField(max_length=150, blank=True)
    stop_reason = models.CharField(max_length=24, blank=True)

    progress_done = models.PositiveBigIntegerField(null=True, blank=True)
    progress_total = models.PositiveBigIntegerField(null=True, blank=True)
    progress_phase = models.CharField(max_length=200, blank=True)
    outcome = models.JSONField(null=True, blank=True)
    summary = models.CharField(max_length=500, blank=True)
    error = models.TextField(blank=True)
    traceback = models.TextField(blank=True)

    objects = RunQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["schedule", "planned_at"], name="run_occurrence_is_unique"
            ),
            models.UniqueConstraint(
                fields=["backfill", "planned_at"],
                condition=Q(backfill__isnull=False),
                name="run_of_a_backfill_is_unique",
            ),
            models.CheckConstraint(
                condition=~Q(state=RunState.PENDING) | Q(ranked_at__isnull=False),
                name="run_that_waits_has_a_rank",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in RunState]),
                name="run_state_is_known",
            ),
            models.CheckConstraint(
                condition=Q(reason__in=["", *(reason.value for reason in Reason)]),
                name="run_reason_is_known",
            ),
            models.CheckConstraint(
                condition=(Q(state__in=FINAL_VALUES) & Q(finished_at__isnull=False))
                | (~Q(state__in=FINAL_VALUES) & Q(finished_at=None)),
                name="run_finished_exactly_when_final",
            ),
            models.CheckConstraint(
                condition=~Q(snapshot=Value(None, models.JSONField())),
                name="run_snapshot_is_not_null",
            ),
            models.CheckConstraint(
                condition=Q(schedule=None) | Q(planned_at__isnull=False),
                name="run_of_a_schedule_has_its_instant",
            ),
            models.CheckConstraint(
                # A comparison with NULL is unknown, which a check lets pass: hence the second line.
                condition=Q(covers_count=1, covers_until=None)
                | Q(covers_until__isnull=False, planned_at__isnull=False)
                & Q(covers_count__gt=1, covers_until__gt=F("planned_at")),
                name="run_range_has_an_end",
            ),
        ]
        indexes = [
            # Nobody's alone: the count of a lane's active runs must not be read from it.
            models.Index(
                fields=["ranked_at", "id"],
                condition=Q(finished_at=None, claimed_by=None),
                name="run_queue",
            ),
            models.Index(fields=["job"], condition=Q(finished_at=None), name="run_open"),
            models.Index(
                fields=["job"],
                condition=Q(state="PENDING", needs_answer=True),
                name="run_unanswered",
            ),
            models.Index(
                fields=["covers_until"],
                condition=Q(covers_until__isnull=False),
                name="run_ranges",
            ),
            models.Index(
                fields=["dispatched_at"],
                condition=Q(state="PENDING", dispatched_at__isnull=False),
                name="run_under_way",
            ),
            *(
                models.Index(fields=[key], condition=Q(**{f"{key}__isnull": False}), name=name)
                for key, name in (
                    ("rerun_of", "run_reruns"),
                    ("in_the_way", "run_ways"),
                    ("claimed_by", "run_claims"),
                )
            ),
            models.Index(fields=["job", "-id"], name="run_history"),
            models.Index(fields=["state", "-id"], name="run_by_state"),
        ]

    def __str__(self) -> str:
        return f"run {self.pk}"

    @property
    def is_final(self) -> bool:
        return self.state in FINAL

    def is_held_under(self, claim_epoch: int) -> bool:
        """True while the claim of that epoch is good."""
        return self.state == RunState.RUNNING and self.claim_epoch == claim_epoch

    @property
    def frozen_job(self) -> dict[str, Any]:
        """The job as it was when the run was made; empty if the snapshot cannot be read."""
        job = self.snapshot.get("job") if isinstance(self.snapshot, dict) else None
        return job if isinstance(job, dict) else {}

    @property
    def may_run_twice(self) -> bool:
        return isinstance(self.snapshot, dict) and self.snapshot.get("idempotent") is True

    def claim(self, worker: Worker, *, now: datetime) -> bool:
        """PENDING -> RUNNING under the next claim epoch; False if another worker won."""
        return bool(make([to_claim(self, worker, now=now)]))

    def finish(
        self,
        state: RunState,
        *,
        who: str,
        now: datetime,
        reason: Reason | None = None,
        **fields: Any,
    ) -> bool:
        """Move to a final state under the claim that was read; False if it has moved on."""
        return bool(make([to_finish(self, state, who=who, now=now, reason=reason, **fields)]))

    def let_run(self, *, by: str, now: datetime) -> bool:
        """A person's word on a missed run: it starts in its turn. False if it was answered."""
        return bool(
            Run.objects.unanswered()
            .filter(pk=self.pk)
            .update(needs_answer=False, may_wait=True, available_at=now, requested_by=by[:150])
        )

    def put_back(
        self, *, available_at: datetime, reason: Reason, who: str, now: datetime, **fields: Any
    ) -> bool:
        """RUNNING -> PENDING, to be tried again from `available_at` on."""
        move = to_put_back(
            self, available_at=available_at, reason=reason, who=who, now=now, **fields
        )
        return bool(make([move]))

    def request_stop(
        self, *, by: str, now: datetime, reason: Reason = Reason.CANCELLED_BY_USER
    ) -> bool:
        """Record the wish to end a running run; its supervisor climbs the ladder."""
        return bool(
            Run.objects.filter(pk=self.pk, state=RunState.RUNNING, stop_requested_at=None).update(
                stop_requested_at=now, stop_requested_by=by, stop_reason=reason
            )
        )


def note_progress(progress: Mapping[Run, Progress]) -> set[int]:
    """Show how far running runs have come; return the keys of those whose claim still held."""
    changes = [
        Change(
            run.pk,
            {"state": RunState.RUNNING, "claim_epoch": run.claim_epoch},
            progress_fields(*steps),
        )
        for run, steps in progress.items()
    ]
    return update_expected(Run, changes)


def progress_fields(done: int | None, total: int | None, phase: str) -> dict[str, Any]:
    """How far a run has come, as its columns hold it."""
    return {
        "progress_done": done,
        "progress_total": total,
        "progress_phase": storable(phase)[:200],
    }


def rank(at: datetime, priority: int) -> datetime:
    """Where a run that is due `at` stands in the queue.

    A step of priority lets it pass those that were due up to five minutes earlier, and no others:
    who has waited longer than that is served first, whatever its priority.
    """
    return at - priority * HEAD_START
