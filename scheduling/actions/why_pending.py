"""Why a pending run has not started yet: the most general cause, or all that fill its place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from scheduling.actions.sentences import Sentence
from scheduling.actions.why_job import said_of_hold
from scheduling.execution.limits import foresee_ruling, uses_of_pools, uses_of_sources
from scheduling.execution.room import Fate, Ruling
from scheduling.models import DataSource, Installation, Origin, Pool, Run, Worker
from scheduling.planning.moments import clock_text

MOST_COUNTED = 1_000
SKIPPED_SOON = "It will be skipped when its turn comes"


def said_of_waiting(run: Run, zone: str, *, now: datetime) -> Iterator[Sentence]:
    """What the run waits for, by what is known now; `zone` is the clock of the times in it."""
    general = _held(run, zone) or _early(run, zone, now=now) or _nobody(run, now=now)
    if general:
        yield general
        return
    ruling = foresee_ruling(run, now=now)
    yield from _queue(run, now=now) if ruling.fate is Fate.START else _ruled(ruling, zone)


def _held(run: Run, zone: str) -> Sentence | None:
    """The hold of the installation that keeps the run (`RunQuerySet.claimable`)."""
    for installation in Installation.objects.held():
        at = installation.held_at
        if run.origin == Origin.SCHEDULE or (at is not None and run.created_at <= at):
            return said_of_hold(installation, zone)
    return None


def _early(run: Run, zone: str, *, now: datetime) -> Sentence | None:
    if run.available_at <= now:
        return None
    what = "The next attempt" if run.attempt_count else "It"
    return Sentence(f"{what} may start at {clock_text(run.available_at, zone)}.")


def _nobody(run: Run, *, now: datetime) -> Sentence | None:
    """Nobody is there who would start it."""
    served = Worker.objects.living(now).filter(slots__gt=0).values_list("pools", flat=True)
    if any(not pools or run.pool in pools for pools in served):
        return None
    if served:
        return Sentence(f"None of the workers that are running serves the pool {run.pool!r}.")
    return Sentence("No scheduler or worker that starts runs gives a sign of life.")


def _ruled(ruling: Ruling, zone: str) -> Iterator[Sentence]:
    if ruling.in_the_way is not None:
        ending = "" if ruling.fate is Fate.WAIT else f" {SKIPPED_SOON}."
        text = f"Run {ruling.in_the_way} of the job has not ended.{ending}"
        yield Sentence(text, run_id=ruling.in_the_way)
    yield from map(Sentence, _pool_texts(ruling.full_pools))
    yield from map(Sentence, _source_texts(ruling.full_sources))
    if ruling.fate is Fate.LATER and ruling.until is not None:
        at = clock_text(ruling.until, zone)
        yield Sentence(f"Its sources failed again and again; they are left alone until {at}.")
    if ruling.fate is Fate.NO_SOURCE:
        text = "all of its sources failed again and again and are left alone for a while."
        yield Sentence(f"{SKIPPED_SOON}: {text}")


def _pool_texts(names: frozenset[str]) -> Iterator[str]:
    uses = uses_of_pools() if names else Counter[str]()
    for pool in Pool.objects.filter(name__in=names):
        used = uses[pool.name]
        yield f"The pool {pool.name!r} is full: {used} of its {pool.slots} slots are taken."


def _source_texts(slugs: frozenset[str]) -> Iterator[str]:
    uses = uses_of_sources() if slugs else Counter[str]()
    for source in DataSource.objects.filter(slug__in=slugs):
        number = source.max_running if source.open_until is None else 1
        why = "" if source.open_until is None else ", as it failed again and again"
        used = f"{uses[source.slug]} of {number} in use"
        yield f"No further run may ask {source.title} now{why}: {used}."


def _queue(run: Run, *, now: datetime) -> Iterator[Sentence]:
    """Nothing but others that come first."""
    before = Run.objects.waiting().filter(available_at__lte=now, ranked_at__lt=run.ranked_at)
    number = before.order_by()[: MOST_COUNTED + 1].count()
    told = f"more than {MOST_COUNTED:,}" if number > MOST_COUNTED else f"{number:,}"
    verb = "run comes" if number == 1 else "runs come"
    yield Sentence(f"It starts when a slot is free; {told} {verb} before it.")
