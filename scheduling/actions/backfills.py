"""What people do with a backfill: look at its dates, start, pause, resume and cancel it.

Its runs are made by `feeding`, a few at a time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count

from scheduling.actions.feeding import HOUR, finish_if_done, judged
from scheduling.actions.forecast import run_lengths_of
from scheduling.actions.runs import RunIsOver, cancel_run
from scheduling.actions.wake import wake_engines
from scheduling.events import emit
from scheduling.models import Backfill, BackfillOrder, Job, Reprocess, Schedule
from scheduling.planning.backfill import MOST_DATES, DateVerdict, Lot, named_dates
from scheduling.planning.refusals import BadRule
from scheduling.states import RunState

MOST_AT_ONCE = 100
MOST_PER_HOUR = 1_000_000


class BackfillRefused(ValueError):
    """The backfill cannot be made as it was asked for; the text says what to change."""


class BackfillIsOver(ValueError):
    """The backfill has ended or was cancelled; nothing about it can be changed any more."""


@dataclass(frozen=True, kw_only=True)
class BackfillDraft:
    """What is asked for: the dates from `since` to before `until` that the schedule names.

    `max_running` of its runs may be open at once, `per_hour` be started in an hour (None: any).
    """

    schedule: Schedule
    since: datetime
    until: datetime
    order: str = BackfillOrder.OLDEST_FIRST
    reprocess: str = Reprocess.MISSING
    max_running: int = 1
    per_hour: int | None = None


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How many runs of a backfill are how far; `left` are still to be made.

    `stopped` were cancelled or skipped. `time_left` is None where nothing tells how long it takes.
    """

    succeeded: int
    failed: int
    stopped: int
    running: int
    waiting: int
    left: int
    time_left: timedelta | None

    @property
    def done(self) -> int:
        return self.succeeded + self.failed + self.stopped

    @property
    def percent(self) -> int:
        total = self.done + self.running + self.waiting + self.left
        return 100 * self.done // total if total else 100


def plan_backfill(draft: BackfillDraft, *, now: datetime) -> list[DateVerdict]:
    """Each date of the range with its verdict, in order of time; writes nothing.

    The dates are those that the schedule's rule names as it is now. Raises BackfillRefused.
    """
    _check(draft, now=now)
    try:
        dates = named_dates(draft.schedule.plan(), draft.since, draft.until)
    except BadRule as error:
        raise BackfillRefused(f"The schedule cannot be read: {error}") from error
    if dates is None:
        raise BackfillRefused(
            f"The schedule names more than {MOST_DATES:,} dates in this time: choose a shorter one."
        )
    return judged(draft.schedule, dates, draft.reprocess)


def counts(verdicts: Sequence[DateVerdict]) -> dict[Lot, int]:
    """How many dates have which lot."""
    found = Counter(verdict.lot for verdict in verdicts)
    return {lot: found[lot] for lot in Lot}


def start_backfill(*, draft: BackfillDraft, by: str, now: datetime) -> Backfill:
    """Begin it; an engine makes its runs. Raises BackfillRefused, also if nothing is to run."""
    total = counts(plan_backfill(draft, now=now))[Lot.RUN]
    if not total:
        raise BackfillRefused(
            "There is nothing to run in this time: look at its dates, or run more of them."
        )
    with transaction.atomic():
        job = Job.objects.locked().get(pk=draft.schedule.job_id)
        _check_in_service(job, Schedule.objects.get(pk=draft.schedule.pk))
        backfill = Backfill.objects.create(
            job=job,
            schedule=draft.schedule,
            since=draft.since,
            until=draft.until,
            order=draft.order,
            reprocess=draft.reprocess,
            max_running=draft.max_running,
            per_hour=draft.per_hour,
            total_count=total,
            created_at=now,
            created_by=by[:150],
        )
        wake_engines()
    emit("backfill_started", area="backfills", backfill=backfill.pk, job=job.pk, runs=total, by=by)
    return backfill


def pause_backfill(*, backfill: Backfill, by: str, now: datetime) -> None:
    """Make no further runs until it is resumed; the others go on. Raises BackfillIsOver."""
    with transaction.atomic():
        backfill = _take(backfill)
        if backfill.paused_at is not None:
            return
        backfill.pause(by=by, now=now)
    emit("backfill_paused", area="backfills", backfill=backfill.pk, by=by)


def resume_backfill(*, backfill: Backfill, by: str) -> None:
    """Raises BackfillIsOver."""
    with transaction.atomic():
        backfill = _take(backfill)
        backfill.resume()
        wake_engines()
    emit("backfill_resumed", area="backfills", backfill=backfill.pk, by=by)


def cancel_backfill(*, backfill: Backfill, by: str, now: datetime) -> None:
    """End its waiting runs, ask the running ones to stop, make no more. Raises BackfillIsOver."""
    with transaction.atomic():
        backfill = _take(backfill)
        backfill.cancel(by=by, now=now)
        for run in backfill.runs.open():
            with suppress(RunIsOver):
                cancel_run(run=run, by=by, now=now)
        finish_if_done(backfill, now=now)
        wake_engines()
    emit("backfill_cancelled", area="backfills", backfill=backfill.pk, by=by)


def progress_of(backfill: Backfill) -> Progress:
    rows = backfill.runs.order_by().values_list("state").annotate(number=Count("pk"))
    numbers = Counter(dict(rows))
    is_made = backfill.is_over or backfill.cancelled_at is not None
    left = 0 if is_made else max(0, backfill.total_count - sum(numbers.values()))
    running, waiting = numbers[RunState.RUNNING], numbers[RunState.PENDING]
    return Progress(
        succeeded=numbers[RunState.SUCCEEDED],
        failed=numbers[RunState.FAILED],
        stopped=numbers[RunState.CANCELLED] + numbers[RunState.SKIPPED] + numbers[RunState.MISSED],
        running=running,
        waiting=waiting,
        left=left,
        time_left=None if backfill.is_over else _time_left(backfill, running + waiting, left),
    )


def _time_left(backfill: Backfill, under_way: int, left: int) -> timedelta | None:
    """By the job's usual length, and by what may be started in an hour."""
    lengths = run_lengths_of(backfill.job)
    if lengths is None:
        return None
    at_work = lengths.median * (under_way + left) / backfill.max_running
    return at_work if backfill.per_hour is None else max(at_work, left * HOUR / backfill.per_hour)


def _check(draft: BackfillDraft, *, now: datetime) -> None:
    """Raises BackfillRefused."""
    _check_in_service(draft.schedule.job, draft.schedule)
    if draft.until <= draft.since:
        raise BackfillRefused("The end must lie after the beginning.")
    if draft.until > now:
        raise BackfillRefused(
            "The end lies in the future: a backfill runs dates that have passed, the schedule "
            "itself runs those to come."
        )
    if not 1 <= draft.max_running <= MOST_AT_ONCE:
        raise BackfillRefused(f"Between 1 and {MOST_AT_ONCE} runs may be open at once.")
    if draft.per_hour is not None and not 1 <= draft.per_hour <= MOST_PER_HOUR:
        raise BackfillRefused(f"Between 1 and {MOST_PER_HOUR:,} runs may be started in an hour.")


def _check_in_service(job: Job, schedule: Schedule) -> None:
    """Raises BackfillRefused."""
    if job.deleted_at is not None:
        raise BackfillRefused(f"The job {job.name!r} was removed.")
    if schedule.deleted_at is not None:
        raise BackfillRefused("This schedule is no longer there; reload.")


def _take(backfill: Backfill) -> Backfill:
    """It as it is now, with its job's row locked. Raises BackfillIsOver."""
    Job.objects.locked().get(pk=backfill.job_id)
    found = Backfill.objects.select_related("job").get(pk=backfill.pk)
    if found.is_over:
        raise BackfillIsOver(f"Backfill {found.pk} has ended already.")
    if found.cancelled_at is not None:
        raise BackfillIsOver(f"Backfill {found.pk} was cancelled already; its runs are ending.")
    return found
