"""Which pending runs a worker takes next, and what becomes of those that cannot start."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.db.models import Q

from scheduling.execution.limits import Ruled, asked_and_left_out, rule
from scheduling.execution.room import Fate
from scheduling.execution.streaks import end_streaks, note_overlaps
from scheduling.models import Attempt, DataSource, Job, Origin, Run, Worker
from scheduling.models.bulk import Change, update_expected
from scheduling.models.moves import UNSENT, make, to_claim, to_finish
from scheduling.states import Reason, RunState

if TYPE_CHECKING:
    from scheduling.models.run import RunQuerySet

SKIPPED_FOR = {
    Fate.OVERLAP: (Reason.OVERLAP, ""),
    Fate.NO_SOURCE: (
        Reason.SOURCE_UNAVAILABLE,
        "Its sources failed again and again and are left alone for a while.",
    ),
}
ANY = Q()


@dataclass(frozen=True)
class Full:
    """Pools and sources that were found full: no run that needs them is looked at again."""

    pools: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()

    def __or__(self, other: Full) -> Full:
        return Full(self.pools | other.pools, self.sources | other.sources)

    def __bool__(self) -> bool:
        return bool(self.pools or self.sources)


@dataclass(frozen=True)
class Claimed:
    """A run to be started. `sources` are slug -> least seconds between two requests, `left_out`
    slug -> why.
    """

    run: Run
    attempt: Attempt
    sources: dict[str, float]
    left_out: dict[str, str]


@dataclass(frozen=True)
class Look:
    """What one look at the queue gave: so many runs `seen`, and `settled` one way or another."""

    claimed: Sequence[Claimed] = ()
    seen: int = 0
    settled: int = 0
    full: Full = Full()

    @property
    def is_contended(self) -> bool:
        """True if runs were seen, but others were at them or at their jobs."""
        return bool(self.seen and not self.settled and not self.full)


def candidates(now: datetime, *, among: Q = ANY, full: Full = Full()) -> RunQuerySet:
    """Pending runs that may start, or whose overlap has to be recorded, first in rank first."""
    runs = _claimable().filter(among, available_at__lte=now)
    if full.pools:
        runs = runs.exclude(pool__in=full.pools)
    if full.sources:
        runs = runs.exclude(job__in=Job.objects.filter(sources__slug__in=full.sources))
    return runs


@cache
def _claimable() -> RunQuerySet:
    """What each look has in common: to put it together takes longer than to ask it."""
    return Run.objects.claimable()


def claim_next(
    worker: Worker, *, now: datetime, limit: int, among: Q = ANY, full: Full = Full()
) -> Look:
    """Claim up to `limit` runs for `worker`, in one transaction; settle those that cannot start.

    Runs that somebody changes right now are left to the next look: nobody is waited for.
    """
    with transaction.atomic():
        found = lock_first(candidates(now, among=among, full=full), limit)
        runs = _of_free_jobs(found)
        return _settle(runs, worker, seen=len(found), now=now) if runs else Look(seen=len(found))


def lock_first(queue: RunQuerySet, limit: int) -> list[Run]:
    """Lock the first runs of a queue, without those that somebody changes right now.

    Until the transaction ends PostgreSQL reads the queue by its index and never sorts it: its
    statistics of a queue are always old, and where they say that hardly a run waits, it would read
    and sort all 10,000 of a burst for each claim.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_sort = off")
    return list(queue.select_for_update(no_key=True, skip_locked=True)[:limit])


def send_again(offered: Q) -> None:
    """The broker's messages for these runs came while there was no room: they are sent anew."""
    Run.objects.filter(offered, state=RunState.PENDING).update(**UNSENT)


def _of_free_jobs(runs: list[Run]) -> list[Run]:
    """Lock the jobs, so that no two workers each see the other's run as not yet active.

    Those that somebody changes right now are left to the next look too.
    """
    if not runs:
        return []
    jobs = Job.objects.locked(skip_locked=True).filter(pk__in={run.job_id for run in runs})
    free = set(jobs.values_list("pk", flat=True))
    return [run for run in runs if run.job_id in free]


def _settle(runs: list[Run], worker: Worker, *, seen: int, now: datetime) -> Look:
    ruled, sources = rule(runs, now=now)
    settled = _skip(ruled, who=str(worker), now=now) + _postpone(ruled)
    claimed = _start(ruled, sources, worker, now=now)
    return Look(claimed, seen, settled + len(claimed), full_of(ruled))


def _of_fate(ruled: Ruled, *fates: Fate) -> Ruled:
    return [(run, ruling) for run, ruling in ruled if ruling.fate in fates]


def _skip(ruled: Ruled, *, who: str, now: datetime) -> int:
    """End what may not wait; return how many runs that were."""
    moves = [
        to_finish(
            run,
            RunState.SKIPPED,
            reason=SKIPPED_FOR[ruling.fate][0],
            error=SKIPPED_FOR[ruling.fate][1],
            in_the_way=ruling.in_the_way,
            who=who,
            now=now,
        )
        for run, ruling in _of_fate(ruled, *SKIPPED_FOR)
    ]
    skipped = [move.run for move in make(moves)] if moves else []
    overlaps = Counter(
        run.job_id
        for run in skipped
        if run.reason == Reason.OVERLAP and run.origin == Origin.SCHEDULE
    )
    if overlaps:
        note_overlaps(overlaps, now=now)
    return len(skipped)


def _postpone(ruled: Ruled) -> int:
    """Let retries and the runs of backfills wait until their sources may be asked again."""
    changes = [
        Change(
            run.pk,
            {"state": RunState.PENDING, "claim_epoch": run.claim_epoch},
            {"available_at": ruling.until, **UNSENT},
        )
        for run, ruling in _of_fate(ruled, Fate.LATER)
    ]
    return len(update_expected(Run, changes))


def _start(
    ruled: Ruled, sources: Mapping[str, DataSource], worker: Worker, *, now: datetime
) -> list[Claimed]:
    rulings = {run.pk: ruling for run, ruling in ruled}
    claims = [to_claim(run, worker, now=now) for run, _ruling in _of_fate(ruled, Fate.START)]
    if not claims:
        return []
    runs = [move.run for move in make(claims)]
    end_streaks({run.job_id for run in runs if run.origin == Origin.SCHEDULE}, now=now)
    attempts = Attempt.objects.bulk_create(_attempt(run, worker, now=now) for run in runs)
    return [
        Claimed(attempt.run, attempt, *asked_and_left_out(rulings[attempt.run_id], sources))
        for attempt in attempts
    ]


def _attempt(run: Run, worker: Worker, *, now: datetime) -> Attempt:
    return Attempt(
        run=run,
        number=run.attempt_count,
        claim_epoch=run.claim_epoch,
        worker=worker,
        started_at=now,
    )


def full_of(ruled: Ruled) -> Full:
    """What was too full for these runs."""
    none = frozenset[str]()
    return Full(
        none.union(*(ruling.full_pools for _run, ruling in ruled)),
        none.union(*(ruling.full_sources for _run, ruling in ruled)),
    )
