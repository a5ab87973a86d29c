"""What an edit changes: the dates of a job under its old plans and under its new ones. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import merge
from itertools import islice, takewhile
from typing import TYPE_CHECKING

from scheduling.planning.plan import iterate, occurrences

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from scheduling.planning.plan import Plan

SHORTEST_HORIZON = timedelta(days=14)
PERIODS = 3
MOST_SHOWN = 200
MOST_COMPARED = 10_000
NEXT_DATES = 5


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Instants that a job runs at, up to `until`: those it loses, those it gains.

    At most 200 of each are named; `lost_count` and `gained_count` say how many there are. `before`
    and `after` are the next five. Nothing that a calendar or a market leaves out is among them.
    """

    until: datetime
    lost: tuple[datetime, ...]
    lost_count: int
    gained: tuple[datetime, ...]
    gained_count: int
    before: tuple[datetime, ...]
    after: tuple[datetime, ...]

    @property
    def lost_more(self) -> int:
        """How many lost dates are not named."""
        return self.lost_count - len(self.lost)

    @property
    def gained_more(self) -> int:
        """How many gained dates are not named."""
        return self.gained_count - len(self.gained)

    @property
    def is_same(self) -> bool:
        return not (self.lost_count or self.gained_count) and self.before == self.after


def compare(
    old: Mapping[int, Plan],
    new: Mapping[int, Plan],
    *,
    now: datetime,
    horizon: timedelta | None = None,
) -> Comparison:
    """Compare the instants after `now` of a job's old and new plans, by the key of their schedule.

    `horizon` None: 14 days, or three periods of the rarest rule if that is longer. Where the plans
    name more than 10,000 instants before it, the comparison ends with those: see `until`.
    """
    until = now + (horizon or default_horizon([*old.values(), *new.values()], now))
    leaving = _instants_of([plan for key, plan in old.items() if new.get(key) != plan], now, until)
    coming = _instants_of([plan for key, plan in new.items() if old.get(key) != plan], now, until)
    until = min([until, *(each[-1] for each in (leaving, coming) if len(each) == MOST_COMPARED)])
    were, are = (Counter(at for at in each if at <= until) for each in (leaving, coming))
    lost, gained = (sorted(each.elements()) for each in (were - are, are - were))
    return Comparison(
        until=until,
        lost=tuple(lost[:MOST_SHOWN]),
        lost_count=len(lost),
        gained=tuple(gained[:MOST_SHOWN]),
        gained_count=len(gained),
        before=tuple(islice(instants(old.values(), now), NEXT_DATES)),
        after=tuple(islice(instants(new.values(), now), NEXT_DATES)),
    )


def instants(plans: Iterable[Plan], after: datetime) -> Iterator[datetime]:
    """The instants of all plans after the one, in order; one that two plans name comes twice."""
    return merge(*((each.planned_at for each in iterate(plan, after)) for plan in plans))


def default_horizon(plans: Iterable[Plan], now: datetime) -> timedelta:
    """14 days, three periods of the rarest rule, or past all bounds: enough to see each change."""
    return max([SHORTEST_HORIZON, *(_needed(plan, now) for plan in plans)])


def _needed(plan: Plan, now: datetime) -> timedelta:
    """Three periods of the plan, or one beyond its start and its end."""
    period = _period(plan, now)
    bounds = [bound - now for bound in (plan.starts_at, plan.ends_at) if bound and bound > now]
    return max([PERIODS * period, *(length + period for length in bounds)])


def _period(plan: Plan, now: datetime) -> timedelta:
    """From the next occurrence to the one after it, or from now to the only one."""
    following = [each.planned_at for each in occurrences(plan, now, limit=2)]
    if not following:
        return timedelta(0)
    return following[-1] - (following[0] if len(following) > 1 else now)


def _instants_of(plans: Iterable[Plan], after: datetime, until: datetime) -> list[datetime]:
    found = takewhile(lambda at: at <= until, instants(plans, after))
    return list(islice(found, MOST_COMPARED))
