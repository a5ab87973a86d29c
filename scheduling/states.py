"""States of a run, the moves between them, and the closed set of reasons in words. Pure.

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
    RunState.PENDING: frozenset(
        {RunState.RUNNING, RunState.CANCELLED, RunState.SKIPPED, RunState.MISSED}
    ),
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


REASONS = {
    Reason.COALESCED: "A newer missed run covered it.",
    Reason.OVERLAP: "Another run of the job was still active.",
    Reason.PAUSED: "The job was paused.",
    Reason.BLACKOUT: "It fell into a time when the job does not run.",
    Reason.OUT_OF_WINDOW: "It was too old to be caught up.",
    Reason.QUEUE_FULL: "Too many runs of the job were waiting.",
    Reason.DST_GAP: "The clock skipped this time of day.",
    Reason.SOURCE_UNAVAILABLE: "The source could not be reached.",
    Reason.SOURCE_BLOCKED: "The source refused to answer.",
    Reason.SOURCE_UNCHANGED: "The source had nothing new.",
    Reason.LAYOUT_CHANGED: "The source's documents have changed their shape.",
    Reason.BAD_PARAMETERS: "The job's parameters do not fit its kind.",
    Reason.UNKNOWN_KIND: "The job's kind is not installed.",
    Reason.TIMED_OUT: "It ran into its time limit.",
    Reason.WORKER_LOST: "The process that ran it disappeared.",
    Reason.OUT_OF_MEMORY: "It needed more memory than it may have.",
    Reason.CRASHED: "Its process crashed.",
    Reason.CANCELLED_BY_USER: "Somebody cancelled it.",
    Reason.REPLACED: "A newer run took its place.",
    Reason.INTERRUPTED: "The scheduler was shut down while it ran.",
    Reason.SUPERSEDED: "A newer definition made it needless.",
    Reason.BUG: "The program has a fault; the traceback tells where.",
}
