"""States of a run, the moves between them, and the closed set of reasons. Pure.

`design/semantics` 8: a reason explains and never steers.
"""

from enum import StrEnum


class RunState(StrEnum):
    PENDING = "PENDING"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    SKIPPED = "SKIPPED"
    MISSED = "MISSED"


FINAL = frozenset(
    {
        RunState.SUCCEEDED,
        RunState.FAILED,
        RunState.CANCELLED,
        RunState.SKIPPED,
        RunState.MISSED,
    }
)

TRANSITIONS: dict[RunState, frozenset[RunState]] = {
    RunState.PENDING: frozenset({RunState.RUNNING, RunState.CANCELLED, RunState.SKIPPED}),
    RunState.RUNNING: frozenset(
        {RunState.PENDING, RunState.SUCCEEDED, RunState.FAILED, RunState.CANCELLED}
    ),
}


def can_move(before: RunState, after: RunState) -> bool:
    """True if a run may move so. Final rows never change."""
    return after in TRANSITIONS.get(before, frozenset())


class Reason(StrEnum):
    COALESCED = "COALESCED"
    OVERLAP = "OVERLAP"
    PAUSED = "PAUSED"
    BLACKOUT = "BLACKOUT"
    OUT_OF_WINDOW = "OUT_OF_WINDOW"
    QUEUE_FULL = "QUEUE_FULL"
    DST_GAP = "DST_GAP"
    SOURCE_UNAVAILABLE = "SOURCE_UNAVAILABLE"
    SOURCE_BLOCKED = "SOURCE_BLOCKED"
    SOURCE_UNCHANGED = "SOURCE_UNCHANGED"
    LAYOUT_CHANGED = "LAYOUT_CHANGED"
    BAD_PARAMETERS = "BAD_PARAMETERS"
    UNKNOWN_KIND = "UNKNOWN_KIND"
    TIMED_OUT = "TIMED_OUT"
    WORKER_LOST = "WORKER_LOST"
    OUT_OF_MEMORY = "OUT_OF_MEMORY"
    CRASHED = "CRASHED"
    CANCELLED_BY_USER = "CANCELLED_BY_USER"
    REPLACED = "REPLACED"
    INTERRUPTED = "INTERRUPTED"
    SUPERSEDED = "SUPERSEDED"
    BUG = "BUG"
