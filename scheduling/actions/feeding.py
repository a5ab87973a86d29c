"""The next runs of the backfills: made when there is room for them, in their order.

Each date is judged again when its turn comes: somebody may have run it meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.db import transaction
from django.db.models import Q

from scheduling.actions.ledger import local_text
from scheduling.actions.runs import make_run
from scheduling.actions.snapshots import snapshot
from scheduling.actions.wake import wake_engines
from scheduling.environment import record_environment
from scheduling.events import emit
from scheduling.kinds import BadParameters
from scheduling.models import (
    Backfill,
    BackfillOrder,
    DailyRollup,
    Installation,
    Job,
    Origin,
    Run,
    Schedule,
)
from scheduling.planning.backfill import (
    DateVerdict,
    Lot,
    Reprocess,
    Standing,
    dates_to_feed,
    judge,
    within_room,
)
from scheduling.planning.instants import Occurrence
from scheduling.planning.left_out import Named
from scheduling.planning.refusals import BadRule
from scheduling.registry import UnknownKind, get_kind
from scheduling.states import RunState

ACTOR = "scheduler"
DATES_AT_ONCE = 100
HOUR = timedelta(hours=1)
STANDINGS = {
    RunState.PENDING: Standing.OPEN,
    RunState.RUNNING: Standing.OPEN,
    RunState.SUCCEEDED: Standing.SUCCEEDED,
    RunState.FAILED: Standing.FAILED,
    RunState.CANCELLED: Standing.STOPPED,
    RunState.SKIPPED: Standing.SKIPPED,
    RunState.MISSED: Standing.MISSED,
}


def feed_backfills(*, now: datetime) -> bool:
    """Make the next runs of every backfill. True while it is worth to come again soon: runs of
    backfills were open, or have been made.

    Otherwise only after a change, or when an hour's allowance is used up and the hour passes.
    """
    backfills = list(Backfill.objects.open().order_by("pk").values_list("pk", "job"))
    if not backfills:
        return False
    # Asked first: one that ends meanwhile makes room that this round may not see.
    is_busy = Run.objects.open().filter(backfill__in=[pk for pk, _ in backfills]).exists()
    for pk, job in backfills:
        try:
            while _feed(pk, job, now=now):
                is_busy = True
        except Exception as error:  # noqa: BLE001 - one backfill must not keep the others waiting
            emit("feeding_failed", area="backfills", level="error", backfill=pk, exc_info=error)
    return is_busy


def why_waits(backfill: Backfill, *, now: datetime) -> str:
    """What keeps it from making further runs, in a sentence; empty if nothing does.

    That its runs are under way, or an hour's allowance is used up, is not told here.
    """
    job = backfill.job
    if backfill.paused_at is not None:
        return f"It was paused by {backfill.paused_by}."
    if Installation.objects.held().exists():
        return "All schedules are held until somebody accepts the database."
    if job.is_paused_at(now):
        return "The job is paused: it goes on when the job is resumed."
    if job.is_quarantined or backfill.schedule.quarantine_reason:
        return "The job is held until it is repaired."
    return _why_unfit(backfill) or _why_left_alone(job, now=now)


def _why_unfit(backfill: Backfill) -> str:
    """Why the job or its schedule cannot be read, although nobody has noticed yet."""
    try:
        get_kind(backfill.job.kind).read_params(backfill.job.params)
        backfill.schedule.plan()
    except (UnknownKind, BadParameters, BadRule) as error:
        return f"The job cannot run: {error}"
    return ""


def _why_left_alone(job: Job, *, now: datetime) -> str:
    """Why a run would be skipped as soon as it is looked at: none of its sources may be asked."""
    rows = job.sources.filter(is_enabled=True).values_list("open_until", flat=True)
    ends = [at for at in rows if at is not None and at > now]
    if not ends or len(ends) < len(rows):
        return ""
    return f"The job's sources keep failing; they are left alone until {min(ends):%H:%M} UTC."


def judged(schedule: Schedule, dates: Sequence[Named], reprocess: str) -> list[DateVerdict]:
    """What becomes of each of the dates, by what the ledger says of them now."""
    if not dates:
        return []
    standings = _standings(schedule, {date.planned_at for date in dates})
    return [
        judge(
            date,
            standings.get(date.planned_at, Standing.NEVER),
            Reprocess(reprocess),
            accounted_until=schedule.accounted_until,
        )
        for date in dates
    ]


def _standings(schedule: Schedule, instants: set[datetime]) -> dict[datetime, Standing]:
    """How far each of the dates has come, if there is a trace of it."""
    first, last = min(instants), max(instants)
    found = _standings_in_ledger(schedule, first, last)
    found |= _standings_in_ranges(schedule, instants - found.keys())
    job = schedule.job
    purged_until = DailyRollup.objects.filter(job=job).newest_days().get(job.pk)
    if purged_until is None:
        return found
    lost = {at for at in instants - found.keys() if job.created_at <= at <= purged_until}
    return found | dict.fromkeys(lost, Standing.PURGED)


def _standings_in_ranges(schedule: Schedule, instants: set[datetime]) -> dict[datetime, Standing]:
    """Of the dates for which a row stands that stands for many: none of them ran."""
    if not instants:
        return {}
    ends = {"covers_until__gte": min(instants), "planned_at__lte": max(instants)}
    rows = Run.objects.filter(schedule=schedule, **ends).order_by()
    ranges = [
        (start, end, _standing(state, attempts=0))
        for start, end, state in rows.values_list("planned_at", "covers_until", "state")
        if start and end
    ]
    return {
        at: standing for start, end, standing in ranges for at in instants if start <= at <= end
    }


def _standings_in_ledger(
    schedule: Schedule, first: datetime, last: datetime
) -> dict[datetime, Standing]:
    """By the schedule's own runs, and by the job's runs beside it: backfills and reruns.

    Of these the snapshot names the schedule; one that names none counts for all of the job's.
    """
    # In both lots: SQLite looks each up by an index of its own, and would read the whole history.
    within = Q(planned_at__range=(first, last))
    named = Q(snapshot__schedule__id=schedule.pk) | Q(snapshot__schedule__id__isnull=True)
    own = Q(within, schedule=schedule)
    beside = Q(within, named, schedule=None, job=schedule.job_id)
    rows = Run.objects.filter(own | beside, dry_run=False)
    found: dict[datetime, Standing] = {}
    for at, state, attempts in (
        rows.order_by().values_list("planned_at", "state", "attempt_count").iterator()
    ):
        if at is not None:
            found[at] = max(found.get(at, Standing.NEVER), _standing(state, attempts=attempts))
    return found


def _standing(state: str, *, attempts: int) -> Standing:
    """A run that was cancelled before its first attempt did nothing that could be kept."""
    if state == RunState.CANCELLED and not attempts:
        return Standing.WITHDRAWN
    return STANDINGS[RunState(state)]


def _feed(pk: int, job_pk: int, *, now: datetime) -> bool:
    """Look at the next dates and make runs while there is room. True if that settled some."""
    with transaction.atomic():
        job = Job.objects.locked().get(pk=job_pk)
        backfill = Backfill.objects.open().select_related("schedule").filter(pk=pk).first()
        if backfill is None:
            return False
        backfill.job = backfill.schedule.job = job
        _end_with_its_job(backfill, now=now)
        if backfill.cancelled_at is None and _why_unfit(backfill):
            return False
        if finish_if_done(backfill, now=now) or backfill.cancelled_at is not None:
            return False
        if why_waits(backfill, now=now):
            return False
        return _make_runs(backfill, now=now)


def _end_with_its_job(backfill: Backfill, *, now: datetime) -> None:
    is_removed = backfill.job.deleted_at or backfill.schedule.deleted_at
    if is_removed and backfill.cancelled_at is None:
        backfill.cancel(by=ACTOR, now=now)
        emit("backfill_cancelled", area="backfills", backfill=backfill.pk, by=ACTOR)


def finish_if_done(backfill: Backfill, *, now: datetime) -> bool:
    """End it if no run of it is open and none is to come; True if it has ended."""
    is_fed = backfill.cancelled_at is not None or not _next_dates(backfill, 1)
    if not is_fed or backfill.runs.open().exists():
        return False
    backfill.finish(now=now)
    emit("backfill_finished", area="backfills", backfill=backfill.pk)
    return True


def _next_dates(backfill: Backfill, number: int) -> list[Named]:
    ahead = dates_to_feed(
        backfill.schedule.plan(),
        backfill.since,
        backfill.until,
        newest_first=backfill.order == BackfillOrder.NEWEST_FIRST,
        fed_until=backfill.fed_until,
    )
    return [Named(each) for each in islice(ahead, number)]


def _make_runs(backfill: Backfill, *, now: datetime) -> bool:
    """Runs for the next dates, as far as there is room. True if some were settled, run or not."""
    dates = _next_dates(backfill, DATES_AT_ONCE)
    verdicts = judged(backfill.schedule, dates, backfill.reprocess)
    taken = within_room(verdicts, _room(backfill, now=now))
    chosen = [verdict.occurrence for verdict in taken if verdict.lot is Lot.RUN]
    if chosen:
        record_environment(now=now)
        frozen = snapshot(backfill.job, backfill.schedule)
        for occurrence in chosen:
            _make_run(backfill, occurrence, frozen, now=now)
        wake_engines()
    if taken:
        backfill.feed(taken[-1].planned_at)
    return bool(taken)


def _room(backfill: Backfill, *, now: datetime) -> int:
    """How many runs may be made now."""
    room = backfill.max_running - backfill.runs.open().count()
    if backfill.per_hour is not None:
        made = backfill.runs.filter(created_at__gt=now - HOUR).count()
        room = min(room, backfill.per_hour - made)
    return max(room, 0)


def _make_run(
    backfill: Backfill, occurrence: Occurrence, frozen: dict[str, Any], *, now: datetime
) -> None:
    """It may wait, as the backfill's runs are in nobody's way but each other's."""
    make_run(
        backfill.job,
        frozen,
        by=backfill.created_by,
        now=now,
        origin=Origin.BACKFILL,
        backfill=backfill,
        planned_at=occurrence.planned_at,
        planned_local=local_text(occurrence.local, occurrence.fold),
        parallel_limit=backfill.max_running,
        may_wait=True,
    )
