"""The storm brake in the ledger: late runs beyond a burst are let go one after another."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import Count, F, Max

from scheduling.actions.wake import wake_engines
from scheduling.events import emit
from scheduling.models import Notice, NoticeCode, Run
from scheduling.planning.storm import NOTHING, delays
from scheduling.states import Reason, RunState


class Storm(NamedTuple):
    """How many late runs are held back, and when the last of them starts."""

    number: int = 0
    last_at: datetime | None = None


def storm_at(now: datetime) -> Storm:
    held = Run.objects.held_back(now).aggregate(number=Count("pk"), last_at=Max("available_at"))
    return Storm(**held)


def hold_back(rows: Sequence[dict[str, Any]], *, now: datetime) -> None:
    """Move `available_at` and rank of the late runs among the ledger's new rows."""
    late = [row for row in rows if row["is_late"] and row["state"] is RunState.PENDING]
    late = sorted((row for row in late if not row["needs_answer"]), key=_due_at)
    if not late:
        return
    earlier = storm_at(now)
    ahead = earlier.last_at - now if earlier.last_at else NOTHING
    limits = {"burst": settings.STORM_BURST, "per_minute": settings.STORM_PER_MINUTE}
    for row, delay in zip(late, delays(len(late), **limits, ahead=ahead), strict=True):
        if delay:
            shift = now + delay - row["available_at"]
            row["available_at"] += shift
            row["ranked_at"] += shift
    held = sum(row["available_at"] > now for row in late)
    if held:
        _tell(earlier.number + held, until=late[-1]["available_at"], is_new=not ahead, now=now)


def _due_at(row: dict[str, Any]) -> datetime:
    due_at: datetime = row["due_at"]
    return due_at


def _tell(number: int, *, until: datetime, is_new: bool, now: datetime) -> None:
    emit("storm_braked", level="warning", held=number, until=until.isoformat())
    text = (
        f"{number} late runs wait and start one after another, {settings.STORM_PER_MINUTE} a "
        f"minute, the last one at {until:%Y-%m-%d %H:%M:%S} UTC."
    )
    if is_new:
        _close_notice(by="scheduler", now=now)
        Notice.objects.raise_once(NoticeCode.STORM, text, now=now)
    else:
        Notice.objects.open().filter(code=NoticeCode.STORM).update(text=text)


def _close_notice(*, by: str, now: datetime) -> None:
    Notice.objects.filter(code=NoticeCode.STORM).close(by=by, now=now)


def release_storm(*, by: str, now: datetime) -> int:
    """Let all runs go that are held back; return how many there were."""
    with transaction.atomic():
        # In the order of a tick: the notice before the runs.
        _close_notice(by=by, now=now)
        number = Run.objects.held_back(now).update(available_at=F("due_at"))
        wake_engines()
    emit("storm_released", by=by, runs=number)
    return number


def drop_storm(*, by: str, now: datetime) -> int:
    """Cancel all runs that are held back, one by one: there may be thousands. Return how many."""
    number = sum(
        run.finish(RunState.CANCELLED, reason=Reason.CANCELLED_BY_USER, who=by, now=now)
        for run in Run.objects.held_back(now).defer("snapshot", "traceback")
    )
    with transaction.atomic():
        _close_notice(by=by, now=now)
        wake_engines()
    emit("storm_dropped", by=by, runs=number)
    return number
