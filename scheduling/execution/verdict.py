"""What an attempt's end means for its run: a state and a reason. Pure."""

from __future__ import annotations

import signal
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from scheduling.states import Reason, RunState


class StopCause(StrEnum):
    """Why the supervisor asked an attempt to end."""

    USER = "USER"
    REPLACED = "REPLACED"
    TIME_LIMIT = "TIME_LIMIT"
    SHUTDOWN = "SHUTDOWN"
    FENCED = "FENCED"


@dataclass(frozen=True, kw_only=True)
class Ending:
    """What was seen: last word, exit code (minus N: signal N), and why it was stopped, if so.

    `is_lost`: it went down with the process that made it, through no fault of its own.
    """

    message: dict[str, Any] | None
    exit_code: int
    stop_cause: StopCause | None
    is_lost: bool = False


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """How the run ends, unless `may_retry` and there are tries left. `source` is the one at fault,
    if the kind named it.
    """

    state: RunState
    reason: Reason | None = None
    error: str = ""
    traceback: str = ""
    may_retry: bool = False
    after: timedelta | None = None
    source: str | None = ""
    outcome: dict[str, Any] | None = None
    summary: str = ""


_STOPPED: dict[StopCause, tuple[RunState, Reason, str]] = {
    StopCause.USER: (RunState.CANCELLED, Reason.CANCELLED_BY_USER, "Stopped by a person."),
    StopCause.REPLACED: (RunState.CANCELLED, Reason.REPLACED, "A newer run took its place."),
    StopCause.TIME_LIMIT: (RunState.FAILED, Reason.TIMED_OUT, "The time limit was reached."),
    StopCause.SHUTDOWN: (
        RunState.CANCELLED,
        Reason.INTERRUPTED,
        "The process that ran it was shut down.",
    ),
    StopCause.FENCED: (RunState.FAILED, Reason.WORKER_LOST, "The claim was taken over."),
}


def judge(ending: Ending) -> Verdict:
    """Name the end. A result that arrived complete counts even if a stop was asked for
    meanwhile.
    """
    message = ending.message or {}
    if message.get("type") == "result":
        return Verdict(
            state=RunState.SUCCEEDED, outcome=message["outcome"], summary=message["summary"]
        )
    if ending.stop_cause is not None:
        return _stopped(ending.stop_cause, message)
    if message.get("type") == "failure":
        return _failure(message)
    if ending.is_lost:
        error = "The process that made its child disappeared."
        return Verdict(state=RunState.FAILED, reason=Reason.WORKER_LOST, error=error)
    return _crash(ending.exit_code)


def _stopped(cause: StopCause, message: dict[str, Any]) -> Verdict:
    state, reason, error = _STOPPED[cause]
    return Verdict(
        state=state,
        reason=reason,
        error=error,
        traceback=message.get("traceback", ""),
    )


def _failure(message: dict[str, Any]) -> Verdict:
    after = message.get("after_seconds")
    return Verdict(
        state=RunState.FAILED,
        reason=Reason(message["reason"]),
        error=message["text"],
        traceback=message.get("traceback", ""),
        may_retry=message["may_retry"],
        source=message.get("source", ""),
        after=None if after is None else timedelta(seconds=after),
    )


def _crash(exit_code: int) -> Verdict:
    if exit_code >= 0:
        text = f"The process ended with exit code {exit_code} and left no result."
    else:
        text = f"The process was ended by {_signal_name(-exit_code)} and left no result."
    return Verdict(state=RunState.FAILED, reason=Reason.CRASHED, error=text)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
