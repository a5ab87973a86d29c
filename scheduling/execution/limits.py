"""Reads what there is room for: active runs, pools and sources with a limit.

For a claim what is limited is locked, pools before sources, each in the order of their keys, so
that two workers cannot each see the last free place. Nothing is asked about pools and sources that
no candidate names.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from django.db.models import Sum

from scheduling.execution.room import Lane, PoolRoom, Room, Ruling, SourceRoom, Wish
from scheduling.models import DataSource, Origin, Pool, Run
from scheduling.states import RunState

Ruled = Sequence[tuple[Run, Ruling]]
ASKED_FOR = {Origin.HAND, Origin.COMMAND, Origin.RERUN}


def _wish_of(run: Run) -> Wish:
    return Wish(
        run=run.pk,
        lane=(run.job_id, run.backfill_id),
        parallel_limit=run.parallel_limit,
        is_patient=run.may_wait,
        is_retry=run.attempt_count > 0,
        is_asked_for=run.origin in ASKED_FOR and run.attempt_count == 0,
        pool=run.pool,
        weight=run.weight,
        sources=tuple(_slugs(run.frozen_job.get("sources"))),
    )


def _slugs(listed: object) -> list[str]:
    """The slugs of a snapshot; none if it cannot be read."""
    return [slug for slug in listed if isinstance(slug, str)] if isinstance(listed, list) else []


def _sources_by_slug(wishes: Iterable[Wish], *, locks: bool) -> dict[str, DataSource]:
    """The sources of these runs, switched off or not."""
    slugs = {slug for wish in wishes for slug in wish.sources}
    if not slugs:
        return {}
    rows = {row.slug: row for row in DataSource.objects.filter(slug__in=slugs)}
    limited = [row.pk for row in rows.values() if _is_limited(row)]
    if limited and locks:
        locked = DataSource.objects.filter(pk__in=limited).order_by("pk")
        rows |= {row.slug: row for row in locked.select_for_update(no_key=True)}
    return rows


def _is_limited(source: DataSource) -> bool:
    return source.max_running is not None or source.open_until is not None


def asked_and_left_out(
    ruling: Ruling, sources: Mapping[str, DataSource]
) -> tuple[dict[str, float], dict[str, str]]:
    """The sources that a run may ask, with the least seconds between two requests, and the others,
    with why they are left out.
    """
    asked = {slug: sources[slug].min_interval_seconds for slug in ruling.sources}
    left_out = {slug: _why_not(sources.get(slug)) for slug in ruling.left_out}
    return asked, left_out


def _why_not(source: DataSource | None) -> str:
    if source is None:
        return "it is not known any more"
    if not source.is_enabled:
        return "it is switched off"
    return (
        f"it failed again and again; it is left alone until {source.open_until:%Y-%m-%d %H:%M} UTC"
    )


def rule(runs: Sequence[Run], *, now: datetime) -> tuple[Ruled, dict[str, DataSource]]:
    """What becomes of each run, the first in rank first; and their sources, switched off or not."""
    wishes = [_wish_of(run) for run in runs]
    room, sources = _room_for(wishes, now=now, locks=True)
    return [(run, room.rule(wish)) for run, wish in zip(runs, wishes, strict=True)], sources


def foresee_ruling(run: Run, *, now: datetime) -> Ruling:
    """What would become of the run if it were the next in rank. Locks nothing."""
    wish = _wish_of(run)
    room, _sources_of_run = _room_for([wish], now=now, locks=False)
    return room.rule(wish)


def _room_for(
    wishes: Sequence[Wish], *, now: datetime, locks: bool
) -> tuple[Room, dict[str, DataSource]]:
    """What is taken already of what these runs need; and their sources, switched off or not."""
    lanes = _lanes({job for job, _backfill in (wish.lane for wish in wishes)})
    pools = _pools({wish.pool for wish in wishes}, locks=locks)
    sources = _sources_by_slug(wishes, locks=locks)
    room = Room(now=now, lanes=lanes, pools=pools, sources=_sources(sources.values()))
    return room, sources


def _lanes(jobs: Collection[int]) -> dict[Lane, list[int]]:
    lanes: dict[Lane, list[int]] = defaultdict(list)
    active = Run.objects.active().filter(job__in=jobs).order_by()
    for pk, job, backfill in sorted(active.values_list("pk", "job", "backfill")):
        lanes[job, backfill].append(pk)
    return lanes


def _pools(names: Collection[str], *, locks: bool) -> dict[str, PoolRoom]:
    limited = Pool.objects.filter(name__in=names, slots__isnull=False).order_by("name")
    if locks:
        limited = limited.select_for_update(no_key=True)
    slots = dict(limited.values_list("name", "slots"))
    if not slots:
        return {}
    uses = uses_of_pools()
    return {name: PoolRoom(number or 0, uses[name]) for name, number in slots.items()}


def uses_of_pools() -> Counter[str]:
    """What the runs that go on weigh together in each pool, by its name."""
    running = Run.objects.filter(state=RunState.RUNNING).order_by()
    return Counter(dict(running.values_list("pool").annotate(Sum("weight"))))


def _sources(rows: Collection[DataSource]) -> dict[str, SourceRoom]:
    on = {row.slug: SourceRoom(row.max_running, row.open_until) for row in rows if row.is_enabled}
    if any(_is_limited(row) for row in rows):
        uses = uses_of_sources()
        for slug, room in on.items():
            room.running = uses[slug]
    return on


def uses_of_sources() -> Counter[str]:
    """How many of the runs that go on use each source, by its slug."""
    running = Run.objects.filter(state=RunState.RUNNING)
    listed = running.values_list("snapshot__job__sources", flat=True)
    return Counter(slug for slugs in listed for slug in _slugs(slugs))
