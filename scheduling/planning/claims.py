"""Which run of a simulated job is claimed next: what `execution.claiming` does. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from operator import itemgetter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(slots=True)
class Claims:
    """The numbers of a job's runs that are active, `limit` at the most, and that wait for a claim.

    Those that wait are heaps by the instant from which each may begin. The patient may wait for
    their turn; the impatient begin when they are looked at or not at all.
    """

    limit: int
    active: list[int] = field(default_factory=list)
    _patient: list[tuple[datetime, int]] = field(default_factory=list)
    _impatient: list[tuple[datetime, int]] = field(default_factory=list)

    @property
    def queued(self) -> int:
        return len(self._patient) + len(self._impatient)

    @property
    def has_room(self) -> bool:
        return len(self.active) < self.limit

    def add(self, run: int, *, available_at: datetime, may_wait: bool) -> None:
        heappush(self._patient if may_wait else self._impatient, (available_at, run))

    def pop_ready(self, now: datetime) -> int | None:
        """Take out the next run to be claimed: a patient one only if there is room for it."""
        if not self.queued:
            return None
        lines = (self._impatient, self._patient) if self.has_room else (self._impatient,)
        ready = [line for line in lines if line and line[0][0] <= now]
        return heappop(min(ready, key=itemgetter(0)))[1] if ready else None

    def pop_before(self, first: int) -> list[int]:
        """Take out all runs with numbers below `first`, active or waiting."""
        out = [run for run in self.active if run < first]
        self.active = [run for run in self.active if run >= first]
        for line in (self._patient, self._impatient):
            out += [run for _, run in line if run < first]
            line[:] = [each for each in line if each[1] >= first]
            heapify(line)
        return out
