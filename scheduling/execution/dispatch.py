"""Which pending runs go to the broker now. The database is the outbox: it knows what was sent.

Few messages are under way at a time, so that the order of claiming stays the ledger's and not the
broker's, and so that a broker that loses everything loses little.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from scheduling.execution.claiming import Full, candidates, full_of, lock_first
from scheduling.execution.limits import rule
from scheduling.execution.room import Fate
from scheduling.failpoints import reach
from scheduling.models import DEFAULT_POOL, Pool, Run, Worker, WorkerRole
from scheduling.states import RunState

if TYPE_CHECKING:
    from scheduling.models.run import RunQuerySet

UNDER_WAY_PER_SLOT = 2
LONGEST_WAIT = timedelta(minutes=10)
MOST_DOUBLINGS = 8


@dataclass(frozen=True)
class Letter:
    """What is sent for a run: to the queue of `pool`, good for one claim."""

    run_id: int
    claim_epoch: int
    pool: str


@dataclass(frozen=True)
class Mail:
    """What is to be sent; the pools whose due runs no living worker serves."""

    letters: list[Letter]
    unserved: set[str]


def collect(*, now: datetime) -> Mail:
    """Choose the runs to send now and note them as sent: first the note, then the message."""
    letters: list[Letter] = []
    unserved: set[str] = set()
    living = list(Worker.objects.living(now).filter(role=WorkerRole.WORKER))
    for pool, of_pool in _pools().items():
        slots = sum(worker.slots for worker in living if not worker.pools or pool in worker.pools)
        if slots:
            runs = _note_as_sent(of_pool, most=slots * UNDER_WAY_PER_SLOT, now=now)
            letters += [Letter(run.pk, run.claim_epoch, pool) for run in runs]
        elif _to_send(of_pool, now=now, full=Full()).exists():
            unserved.add(pool)
    if letters:
        reach("engine.dispatch")
    return Mail(letters, unserved)


def take_back(letters: list[Letter], *, noted_at: datetime) -> None:
    """The broker refused these: they were never sent."""
    Run.objects.filter(
        pk__in=[letter.run_id for letter in letters],
        state=RunState.PENDING,
        dispatched_at=noted_at,
    ).update(dispatched_at=None, dispatch_count=F("dispatch_count") - 1)


def _pools() -> dict[str, Q]:
    """Every pool, and what its runs have in common. Those of a removed pool go to `default`."""
    named = list(Pool.objects.exclude(pk=DEFAULT_POOL).values_list("pk", flat=True))
    return {DEFAULT_POOL: ~Q(pool__in=named), **{name: Q(pool=name) for name in named}}


def _note_as_sent(of_pool: Q, *, most: int, now: datetime) -> list[Run]:
    """At most so many messages of the pool are under way when this is over."""
    sent: list[Run] = []
    full, found = Full(), True
    most -= _under_way(of_pool, now=now)
    while found and len(sent) < most:
        queue = _to_send(of_pool, now=now, full=full)
        starting, seen_full = _note_first(queue, most - len(sent), now=now)
        sent += starting
        found, full = bool(seen_full), full | seen_full
    return sent


def _note_first(queue: RunQuerySet, limit: int, *, now: datetime) -> tuple[list[Run], Full]:
    """Note those as sent that a worker would start or settle now, and tell what is too full for the
    others; what was locked is free again afterwards.
    """
    with transaction.atomic():
        ruled, _sources = rule(lock_first(queue, limit), now=now)
        starting = [run for run, ruling in ruled if ruling.fate is not Fate.WAIT]
        Run.objects.filter(pk__in=[run.pk for run in starting]).update(
            dispatched_at=now, dispatch_count=F("dispatch_count") + 1
        )
    return starting, full_of(ruled)


def _under_way(of_pool: Q, *, now: datetime) -> int:
    waiting = Run.objects.filter(of_pool, state=RunState.PENDING, dispatched_at__isnull=False)
    return waiting.exclude(_lost(now)).count()


def _to_send(of_pool: Q, *, now: datetime, full: Full) -> RunQuerySet:
    """Due runs whose message was never sent, or is lost, first in rank first."""
    unsent = Q(dispatched_at=None) | _lost(now)
    return candidates(now, among=of_pool & unsent, full=full)


def _lost(now: datetime) -> Q:
    """Sent so long ago that the message must be lost; each time we wait twice as long for it."""
    lost = Q()
    for count in range(1, MOST_DOUBLINGS):
        lost |= Q(dispatch_count=count, dispatched_at__lte=now - _patience(count))
    return lost | Q(
        dispatch_count__gte=MOST_DOUBLINGS, dispatched_at__lte=now - _patience(MOST_DOUBLINGS)
    )


def _patience(count: int) -> timedelta:
    """How long to wait for a worker after the message was sent for the `count`-th time."""
    doubled = timedelta(seconds=settings.RESEND_SECONDS * 2 ** (count - 1))
    return min(doubled, LONGEST_WAIT)
