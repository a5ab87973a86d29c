"""What a job wants done with occurrences that are late, or that meet a run still going on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from scheduling.planning import json_values as read
from scheduling.planning.refusals import BadRule

MOST = 1000
SHORTEST_WINDOW = timedelta(hours=1)
LONGEST = timedelta(days=3660)
LONGEST_WINDOW = timedelta(days=7)


class Misfire(StrEnum):
    """What becomes of occurrences that were missed while nothing planned them."""

    RUN_LATEST = "run_latest"
    RUN_ALL = "run_all"
    SKIP = "skip"
    ASK = "ask"


class Overlap(StrEnum):
    """What becomes of an occurrence while another run of its job is active."""

    SKIP = "skip"
    QUEUE_ONE = "queue_one"
    QUEUE_ALL = "queue_all"
    REPLACE = "replace"
    ALLOW = "allow"


@dataclass(frozen=True, kw_only=True)
class Policy:
    """A job's policies; design semantics 6 and 7 have the table. BadRule names a wrong one.

    `catchup_window` None: one period of the schedule, at least 1 h, at most 7 d. `late_after` is a
    label, never a reason to drop.
    """

    misfire: Misfire = Misfire.RUN_LATEST
    max_catchup: int = 25
    catchup_window: timedelta | None = None
    late_after: timedelta = timedelta(seconds=60)
    overlap: Overlap = Overlap.SKIP
    max_queued: int = 10
    max_parallel: int = 4

    def __post_init__(self) -> None:
        object.__setattr__(self, "misfire", read.choice("misfire", Misfire, self.misfire))
        object.__setattr__(self, "overlap", read.choice("overlap", Overlap, self.overlap))
        for name in ("max_catchup", "max_queued", "max_parallel"):
            read.whole_number(name, getattr(self, name), low=1, high=MOST)
        for name in ("catchup_window", "late_after"):
            length = getattr(self, name)
            if length is not None and not timedelta(0) <= length <= LONGEST:
                raise BadRule(name, f"The length must lie between 0 and {LONGEST.days} days.")

    def window(self, period: timedelta | None) -> timedelta:
        """How old a missed occurrence may be and still run. `period` None: nothing follows it."""
        if self.catchup_window is not None:
            return self.catchup_window
        if period is None:
            return LONGEST_WINDOW
        return min(max(period, SHORTEST_WINDOW), LONGEST_WINDOW)
