"""How many of a job's next dates will meet a run that is still going on. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import islice, takewhile
from typing import TYPE_CHECKING, NamedTuple

from scheduling.planning.comparison import instants
from scheduling.planning.simulate import simulate

if TYPE_CHECKING:
    from scheduling.planning.forecast import SimulatedJob

MOST_DATES = 100
FARTHEST = timedelta(days=730)
TICK = timedelta(microseconds=1)


class PredictedOverlaps(NamedTuple):
    """`met` of the next `dates` dates come while another run of the job is active or waiting."""

    met: int
    dates: int


def predict_overlaps(job: SimulatedJob, *, after: datetime) -> PredictedOverlaps:
    """Play the next 100 dates of the job through, or those of the next two years."""
    ahead = takewhile(lambda at: at <= after + FARTHEST, instants(job.plans.values(), after))
    dates = list(islice(ahead, MOST_DATES))
    if not dates:
        return PredictedOverlaps(0, 0)
    longest_jitter = max(plan.jitter_seconds for plan in job.plans.values())
    end = dates[-1] + timedelta(seconds=longest_jitter) + TICK
    rows = simulate([job], start=after + TICK, end=end).rows
    named = set(dates)
    return PredictedOverlaps(sum(row.meets and row.planned_at in named for row in rows), len(dates))
