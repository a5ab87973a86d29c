"""Where a supervisor's runs come from, and when it is worth to look for them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from django.db import DatabaseError, InterfaceError
from django.db.models import Q

from scheduling.execution.claiming import ANY, Claimed, Full, Look, claim_next, send_again
from scheduling.failpoints import reach
from scheduling.models import Run

if TYPE_CHECKING:
    from scheduling.clock import Clock
    from scheduling.execution.offers import Offers
    from scheduling.models import Worker

BLOCKED_SECONDS = 5.0
CONTENDED_SECONDS = 0.1


class Queue:
    """The pending runs in the database; with `only_run` that one alone.

    `idle_seconds` tells how long it may go unlooked at while nobody wakes the supervisor.
    """

    def __init__(
        self,
        worker: Worker,
        *,
        clock: Clock,
        idle_seconds: Callable[[], float],
        only_run: int | None = None,
    ) -> None:
        self._worker = worker
        self._clock = clock
        self._idle_seconds = idle_seconds
        self._among = ANY if only_run is None else Q(pk=only_run)
        self._look_at = 0.0

    def wake(self) -> None:
        """There may be something new: look now."""
        self._look_at = 0.0

    def seconds_left(self) -> float:
        """Until it is worth to look."""
        return max(self._look_at - time.monotonic(), 0.0)

    def claim(self, free: int) -> Iterator[Claimed]:
        """Claim up to `free` runs, if it is time; each is to be started before the next is asked
        for.
        """
        if free <= 0 or self.seconds_left() > 0:
            return
        full, goes_on = Full(), True
        while free > 0 and goes_on:
            look = self._look(free, full)
            yield from look.claimed
            known, full = full, full | look.full
            goes_on = look.seen == free and (look.settled > 0 or full != known)
            free -= len(look.claimed)
        if free > 0:
            self._look_at = time.monotonic() + self._rest_after(look)

    def _look(self, free: int, full: Full) -> Look:
        look = claim_next(self._worker, now=self._clock(), limit=free, among=self._among, full=full)
        reach("execution.claim")
        return look

    def _rest_after(self, look: Look) -> float:
        """How many seconds nothing is to be expected, unless somebody wakes us."""
        if look.is_contended:
            return CONTENDED_SECONDS
        now = self._clock()
        is_blocked, next_at = Run.objects.filter(self._among).next_look(now)
        rests = [self._idle_seconds()]
        if is_blocked:
            rests.append(BLOCKED_SECONDS)
        if next_at is not None:
            rests.append((next_at - now).total_seconds())
        return min(rests)

    def settle(self, run_id: int) -> None:
        """The supervisor is done with the run; there may be room for another."""
        self.wake()

    def close(self) -> None:
        """Nothing more will be claimed."""


class OfferedRuns:
    """The runs that a broker's threads offer; each offer is answered once."""

    def __init__(
        self, worker: Worker, *, clock: Clock, offers: Offers, idle_seconds: Callable[[], float]
    ) -> None:
        self._worker = worker
        self._clock = clock
        self._offers = offers
        self._idle_seconds = idle_seconds
        self._taken: dict[int, int] = {}

    def wake(self) -> None:
        """Offers are looked at each time."""

    def seconds_left(self) -> float:
        """Until it is worth to look: at once while an offer is not answered yet."""
        return 0.0 if self._taken else self._idle_seconds()

    def claim(self, free: int) -> Iterator[Claimed]:
        """Claim what is offered under the epoch that its message names; refuse the others.

        A database error leaves the offers taken: the next call answers them.
        """
        self._taken |= self._offers.take(max(free - len(self._taken), 0))
        if not self._taken:
            return
        offered = _among(self._taken)
        look = claim_next(self._worker, now=self._clock(), limit=free, among=offered)
        reach("execution.claim")
        for claimed in look.claimed:
            del self._taken[claimed.run.pk]
            yield claimed
        send_again(_among(self._taken))
        self._settle_taken()

    def settle(self, run_id: int) -> None:
        self._offers.settle(run_id)

    def close(self) -> None:
        """Refuse what has no answer yet; without a database its messages count as lost after a
        while.
        """
        self._taken |= self._offers.close()
        with suppress(DatabaseError, InterfaceError):
            send_again(_among(self._taken))
        self._settle_taken()

    def _settle_taken(self) -> None:
        for run_id in self._taken:
            self._offers.settle(run_id)
        self._taken = {}


def _among(offered: dict[int, int]) -> Q:
    condition = Q(pk__in=[])
    for run_id, claim_epoch in offered.items():
        condition |= Q(pk=run_id, claim_epoch=claim_epoch)
    return condition
