"""Which of the runs that might start now do: overlap, circuits, pools, sources. Pure.

Semantics 7 for the overlap. A source whose circuit is open is left alone; once that time is over
one run at a time may try it, and its end closes the circuit or opens it again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

Lane = tuple[int, int | None]


class Fate(StrEnum):
    START = "START"
    WAIT = "WAIT"
    OVERLAP = "OVERLAP"
    NO_SOURCE = "NO_SOURCE"
    LATER = "LATER"


@dataclass(frozen=True, kw_only=True)
class Wish:
    """A run that might start. Its lane is the job, and the backfill that it belongs to, if any.

    `is_patient`: it waits when another run is active. `is_retry`: it was tried before.
    `is_asked_for`: a person wants it now, and may try sources that are left alone.
    """

    run: int
    lane: Lane
    parallel_limit: int
    is_patient: bool
    is_retry: bool
    is_asked_for: bool
    pool: str
    weight: int
    sources: tuple[str, ...]


@dataclass
class PoolRoom:
    """A pool with a limit, and the weight of its runs that go on.

    Behind a run that waits for room all others of the pool wait too: a heavy one would never start
    if light ones passed it again and again.
    """

    slots: int
    used: int
    is_awaited: bool = False

    def takes(self, weight: int) -> bool:
        """A run that is heavier than the whole pool runs alone."""
        fits = self.used == 0 or self.used + weight <= self.slots
        self.is_awaited = self.is_awaited or not fits
        return not self.is_awaited


@dataclass
class SourceRoom:
    """A source that is switched on, and how many of the runs that go on use it."""

    max_running: int | None
    open_until: datetime | None
    running: int = 0

    def is_open(self, now: datetime) -> bool:
        return self.open_until is not None and self.open_until > now

    @property
    def is_full(self) -> bool:
        limit = self.max_running if self.open_until is None else 1
        return limit is not None and self.running >= limit


@dataclass(frozen=True, kw_only=True)
class Ruling:
    """What becomes of a wish.

    OVERLAP names the run in the way, LATER the instant, START the sources to be used and those to
    be left out, WAIT the run in the way, or the pools or sources that are full.
    """

    fate: Fate
    in_the_way: int | None = None
    until: datetime | None = None
    sources: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    full_pools: frozenset[str] = frozenset()
    full_sources: frozenset[str] = frozenset()


@dataclass
class Room:
    """What goes on now. `lanes` are the active runs, oldest first; `pools` those with a limit;
    `sources` those that are switched on.
    """

    now: datetime
    lanes: dict[Lane, list[int]] = field(default_factory=dict)
    pools: dict[str, PoolRoom] = field(default_factory=dict)
    sources: dict[str, SourceRoom] = field(default_factory=dict)

    def rule(self, wish: Wish) -> Ruling:
        """Decide one wish, the first in rank first; what starts takes its room."""
        sources = self._sources_for(wish)
        ruling = self._overlap(wish) or self._left_alone(wish, sources) or self._full(wish, sources)
        if ruling is None:
            self._take(wish, sources)
            left_out = tuple(slug for slug in wish.sources if slug not in sources)
            ruling = Ruling(fate=Fate.START, sources=sources, left_out=left_out)
        return ruling

    def _overlap(self, wish: Wish) -> Ruling | None:
        others = [run for run in self.lanes.get(wish.lane, []) if run != wish.run]
        if len(others) < wish.parallel_limit:
            return None
        if wish.is_patient or wish.is_retry:
            return Ruling(fate=Fate.WAIT, in_the_way=others[0])
        return Ruling(fate=Fate.OVERLAP, in_the_way=others[0])

    def _sources_for(self, wish: Wish) -> tuple[str, ...]:
        """Those whose circuit is not open; all that are on, if a person asks and none is left."""
        on = tuple(slug for slug in wish.sources if slug in self.sources)
        answering = tuple(slug for slug in on if not self.sources[slug].is_open(self.now))
        return answering or (on if wish.is_asked_for else ())

    def _left_alone(self, wish: Wish, sources: tuple[str, ...]) -> Ruling | None:
        untils = [self.sources[slug].open_until for slug in wish.sources if slug in self.sources]
        if sources or not untils:
            return None
        if wish.is_retry or wish.lane[1] is not None:
            return Ruling(fate=Fate.LATER, until=min(at for at in untils if at is not None))
        return Ruling(fate=Fate.NO_SOURCE)

    def _full(self, wish: Wish, sources: tuple[str, ...]) -> Ruling | None:
        pool = self.pools.get(wish.pool)
        if pool is not None and not pool.takes(wish.weight):
            return Ruling(fate=Fate.WAIT, full_pools=frozenset({wish.pool}))
        full = frozenset(slug for slug in sources if self.sources[slug].is_full)
        return Ruling(fate=Fate.WAIT, full_sources=full) if full else None

    def _take(self, wish: Wish, sources: tuple[str, ...]) -> None:
        lane = self.lanes.setdefault(wish.lane, [])
        if wish.run not in lane:
            lane.append(wish.run)
        if wish.pool in self.pools:
            self.pools[wish.pool].used += wish.weight
        for slug in sources:
            self.sources[slug].running += 1
