"""What a decision says of an occurrence, or of a long range of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar, NamedTuple

if TYPE_CHECKING:
    from datetime import datetime

MOST_SINGLE_ROWS = 25


class Disposition(StrEnum):
    """RUN makes a pending run, ASK one that waits for a person; the others are born final."""

    RUN = "RUN"
    ASK = "ASK"
    MISSED = "MISSED"
    SKIPPED = "SKIPPED"


class Ground(StrEnum):
    """Why an occurrence does not run. A subset of `scheduling.states.Reason`, word for word."""

    COALESCED = "COALESCED"
    OVERLAP = "OVERLAP"
    PAUSED = "PAUSED"
    BLACKOUT = "BLACKOUT"
    OUT_OF_WINDOW = "OUT_OF_WINDOW"
    QUEUE_FULL = "QUEUE_FULL"
    DST_GAP = "DST_GAP"
    CANCELLED_BY_USER = "CANCELLED_BY_USER"
    REPLACED = "REPLACED"


LEFT_OUT = frozenset({Ground.BLACKOUT, Ground.CANCELLED_BY_USER, Ground.DST_GAP})


class Verdict(NamedTuple):
    """One occurrence and what becomes of it.

    `queues`: the run waits for its turn behind runs of the same job, and is not to be dropped when
    it is claimed while one of them is active. `replaces`: active runs are to be cancelled first.
    `coalesced_into` is the planned instant of the run that stands for this occurrence.
    """

    planned_at: datetime
    local: datetime
    fold: int
    due_at: datetime
    disposition: Disposition
    reason: Ground | None = None
    late: bool = False
    queues: bool = False
    replaces: bool = False
    coalesced_into: datetime | None = None


@dataclass(frozen=True, slots=True)
class RangeVerdict:
    """`count` occurrences from the first to the last instant, all with the same lot.

    It stands for more than MOST_SINGLE_ROWS. Others may lie between the two: one whose reason is a
    closure (BLACKOUT, CANCELLED_BY_USER, DST_GAP) stands for what is left out for that reason, and
    one with another reason for what could have run.
    """

    late: ClassVar = False
    queues: ClassVar = False
    replaces: ClassVar = False

    planned_at: datetime
    last_planned_at: datetime
    count: int
    disposition: Disposition
    reason: Ground
    coalesced_into: datetime | None = None

    @property
    def due_at(self) -> datetime:
        return self.planned_at


Row = Verdict | RangeVerdict


class Decision(NamedTuple):
    """`rows` in order of their instants.

    `accounted_until`: everything the rule names up to here is in the ledger once the rows are.
    `next_planned_at` is the next occurrence that may run, `next_due_at` when to decide again: its
    due time, or earlier where one that is left out is to be recorded. Both None: never again.
    """

    rows: tuple[Row, ...]
    accounted_until: datetime
    next_planned_at: datetime | None
    next_due_at: datetime | None
