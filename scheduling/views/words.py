"""How pages say things: states, lengths of time, reasons. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from scheduling.planning.words import counted
from scheduling.states import REASONS, Reason, RunState

MINUTE, HOUR, DAY = 60, 3600, 86_400


class Look(NamedTuple):
    """How a state is shown: an icon of icons.svg, a tone of rollcall.css, and a word."""

    icon: str
    tone: str
    word: str


ACTIVE = Look("active", "good", "Active")
RUNNING = Look("running", "busy", "Running")
WAITING = Look("waiting", "busy", "Waiting")
ASKED = Look("waiting", "held", "Unanswered")
RETRYING = Look("waiting", "held", "Waiting to retry")
STOPPING = Look("stop", "held", "Stopping")
PAUSED = Look("paused", "held", "Paused")
NEEDS_REPAIR = Look("repair", "bad", "Needs repair")
REMOVED = Look("cancelled", "calm", "Removed")
NEVER_RUN = Look("none", "calm", "Never run")

RUN_LOOKS = {
    RunState.PENDING: WAITING,
    RunState.RUNNING: RUNNING,
    RunState.SUCCEEDED: Look("success", "good", "Success"),
    RunState.FAILED: Look("error", "bad", "Error"),
    RunState.CANCELLED: Look("cancelled", "calm", "Cancelled"),
    RunState.SKIPPED: Look("skipped", "calm", "Skipped"),
    RunState.MISSED: Look("missed", "held", "Missed"),
}

ATTEMPT_LOOKS = {
    "RUNNING": RUNNING,
    "SUCCEEDED": RUN_LOOKS[RunState.SUCCEEDED],
    "FAILED": RUN_LOOKS[RunState.FAILED],
    "CANCELLED": RUN_LOOKS[RunState.CANCELLED],
    "LOST": Look("missed", "bad", "Lost"),
}

HEALTH_LOOKS = {
    "OK": Look("success", "good", "Answers"),
    "FAILING": Look("error", "bad", "Failing"),
    "UNKNOWN": Look("none", "calm", "Not asked yet"),
    "OFF": Look("paused", "held", "Switched off"),
    "OPEN": Look("skipped", "bad", "Left out for now"),
}


def run_look(
    state: str, *, attempts: int = 0, is_stopping: bool = False, needs_answer: bool = False
) -> Look:
    """The look of a run; what it waits for is told: its turn, another attempt, or an answer."""
    if state == RunState.RUNNING and is_stopping:
        return STOPPING
    if state == RunState.PENDING and attempts:
        return RETRYING
    if state == RunState.PENDING and needs_answer:
        return ASKED
    return RUN_LOOKS[RunState(state)]


def job_looks(
    *, is_removed: bool, needs_repair: bool, is_paused: bool, is_running: bool
) -> list[Look]:
    """What a job is; a run that goes on while its job is held is shown beside that."""
    if is_removed:
        held = [REMOVED]
    elif needs_repair:
        held = [NEEDS_REPAIR]
    else:
        held = [PAUSED] if is_paused else []
    running = [RUNNING] if is_running else []
    return held + running or [ACTIVE]


def reason_sentence(reason: str) -> str:
    """The reason for people; none for a run that has none."""
    return REASONS[Reason(reason)] if reason else ""


def when(at: datetime, now: datetime) -> str:
    """ "in 12 minutes", "in 3 hours", "in 2 days", or the same span "ago"."""
    seconds = round((at - now).total_seconds())
    if abs(seconds) < MINUTE:
        return "in less than a minute" if seconds > 0 else "just now"
    span = _largest_unit(abs(seconds))
    return f"in {span}" if seconds > 0 else f"{span} ago"


def _largest_unit(seconds: int) -> str:
    for name, size in (("day", DAY), ("hour", HOUR)):
        if seconds >= size:
            return counted(seconds // size, name)
    return counted(seconds // MINUTE, "minute")


def next_run_text(at: datetime | None, now: datetime) -> str:
    """When the job is due: "due now" once the instant has come, "no more dates" without one."""
    if at is None:
        return "no more dates"
    return "due now" if at <= now else when(at, now)


def length_text(length: timedelta | None) -> str:
    """A length in its two largest units: "0.4 s", "12 s", "3 min 4 s", "2 h 5 min", "3 d 4 h"."""
    if length is None:
        return ""
    seconds = max(0.0, length.total_seconds())
    if seconds < 10:
        return f"{seconds:.1f}".removesuffix(".0") + " s"
    whole = int(seconds)
    for big, small in ((DAY, HOUR), (HOUR, MINUTE), (MINUTE, 1)):
        if whole >= big:
            return _two_units(whole // big, whole % big // small, big)
    return f"{whole} s"


def _two_units(first: int, second: int, size: int) -> str:
    names = {DAY: ("d", "h"), HOUR: ("h", "min"), MINUTE: ("min", "s")}[size]
    head = f"{first} {names[0]}"
    return f"{head} {second} {names[1]}" if second else head


def first_line(text: str, *, most: int = 160) -> str:
    """The first line with anything in it, cut with an ellipsis."""
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def size_text(size: int) -> str:
    """A number of bytes: "912 bytes", "4.2 kB", "3.0 MB"."""
    if size < 1000:
        return counted(size, "byte")
    thousands = size / 1000
    for unit in ("kB", "MB"):
        if thousands < 1000:
            return f"{thousands:.1f} {unit}"
        thousands /= 1000
    return f"{thousands:.1f} GB"
