"""What can be done to a pool: a share of the workers that jobs are put into."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from scheduling.actions.refusals import Refused
from scheduling.actions.wake import wake_engines
from scheduling.events import emit
from scheduling.models import DEFAULT_POOL, Job, Pool

if TYPE_CHECKING:
    from scheduling.models.job import JobQuerySet

MOST_SLOTS = 10_000


class PoolRefused(Refused):
    """The pool cannot be saved."""


class PoolInUse(ValueError):
    """`jobs` are in the pool, so it cannot be removed."""

    def __init__(self, jobs: list[Job]) -> None:
        names = ", ".join(job.name for job in jobs)
        super().__init__(f"Jobs are in it: {names}. Put them into another pool first.")
        self.jobs = jobs


def jobs_in(pool: Pool) -> JobQuerySet:
    """The live jobs that name the pool."""
    return Job.objects.live().filter(pool=pool)


def jobs_limited_by(pool: Pool) -> JobQuerySet:
    """The live jobs whose runs take up its slots: of the default pool those too that name none."""
    others = Job.objects.live().filter(pool=None)
    return jobs_in(pool) | others if pool.name == DEFAULT_POOL else jobs_in(pool)


def add_pool(*, name: str, slots: int | None, note: str, by: str) -> Pool:
    """Save a new pool, for everybody's jobs. `slots` None: no limit. Raises PoolRefused."""
    pool = Pool(name=name, slots=slots, note=note)
    _check(pool)
    try:
        with transaction.atomic():
            pool.save(force_insert=True)
            wake_engines()  # a row for the default pool limits runs that wait already
    except IntegrityError as error:
        raise PoolRefused({"name": "Somebody added a pool of this name meanwhile."}) from error
    emit("pool_added", area="pools", pool=pool.pk, slots=slots, by=by)
    return pool


def edit_pool(*, pool: Pool, slots: int | None, note: str, by: str) -> Pool:
    """Give the pool more or fewer slots; runs that run go on. Raises PoolRefused."""
    with transaction.atomic():
        kept = Pool.objects.select_for_update().filter(pk=pool.pk).first()
        if kept is None:
            raise PoolRefused({"name": "Somebody removed the pool meanwhile."})
        kept.slots, kept.note = slots, note
        _check(kept)
        kept.save()
        wake_engines()
    emit("pool_edited", area="pools", pool=kept.pk, slots=slots, by=by)
    return kept


def remove_pool(*, pool: Pool, by: str) -> None:
    """Take away a pool that no job is in. Raises PoolInUse.

    Runs that wait in it keep its name and are then without a limit.
    """
    removed = Job.objects.filter(pool=pool).exclude(deleted_at=None)
    with transaction.atomic():
        list(removed.locked())  # an edit locks a job before its pool, too
        if not Pool.objects.select_for_update().filter(pk=pool.pk).exists():
            return
        jobs = list(jobs_in(pool))
        if jobs:
            raise PoolInUse(jobs)
        removed.update(pool=None)
        Pool.objects.filter(pk=pool.pk).delete()
        wake_engines()
    emit("pool_removed", area="pools", pool=pool.pk, by=by)


def _check(pool: Pool) -> None:
    if pool.slots is not None and not 1 <= pool.slots <= MOST_SLOTS:
        raise PoolRefused({"slots": f"Slots lie between 1 and {MOST_SLOTS}; empty: no limit."})
    try:
        pool.full_clean()
    except ValidationError as error:
        raise PoolRefused.of(error) from error
