"""One attempt, in the child: the only place where a kind's code runs."""

from __future__ import annotations

import reprlib
import traceback
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

from scheduling.execution.context import ChildContext
from scheduling.failpoints import reach
from scheduling.kinds import BadParameters, GiveUp, Outcome, RetryLater, RunStopped
from scheduling.registry import UnknownKind, get_kind
from scheduling.states import Reason

if TYPE_CHECKING:
    import threading

    from scheduling.execution.channel import Channel
    from scheduling.kinds import JobKind, SourceSpec

LARGEST_COUNT = 2**63 - 1


class AllSourcesOff(Exception):
    """None of the sources that the job chose may be asked now."""


@dataclass(frozen=True)
class Order:
    """What a child is told: all that an attempt needs, so that it asks no database.

    `job` is the run's snapshot of its job. `sources` maps the slug of each source that may be asked
    to its least seconds between two requests, `left_out` that of each other one to the reason why.
    """

    run_id: int
    attempt: int
    clock_offset: timedelta
    memory_limit_mb: int
    job: dict[str, Any]
    planned_at: datetime | None
    dry_run: bool
    sources: dict[str, float]
    left_out: dict[str, str]

    def as_message(self) -> dict[str, Any]:
        return {
            **vars(self),
            "type": "order",
            "clock_offset": self.clock_offset.total_seconds(),
            "planned_at": self.planned_at and self.planned_at.isoformat(),
        }

    @classmethod
    def read(cls, message: dict[str, Any]) -> Self:
        """Read what `as_message` wrote."""
        fields = {name: value for name, value in message.items() if name != "type"}
        at = fields.pop("planned_at")
        return cls(
            **fields | {"clock_offset": timedelta(seconds=fields["clock_offset"])},
            planned_at=datetime.fromisoformat(at) if at else None,
        )


def last_word(order: Order, channel: Channel, stop: threading.Event) -> dict[str, Any]:
    """Run the attempt. Every exception becomes a message, never an exit."""
    try:
        kind = get_kind(order.job["kind"])
        params = kind.read_params(order.job["params"])
        context = _context(order, kind, channel, stop)
        reach("execution.body")
        with closing(context):
            return _result(kind.run(context, params))
    except BaseException as error:  # noqa: BLE001 - whatever a kind raises is an answer
        return _failure(error)


def _context(
    order: Order, kind: JobKind[Any], channel: Channel, stop: threading.Event
) -> ChildContext:
    context = ChildContext(
        run_id=order.run_id,
        attempt=order.attempt,
        job_name=order.job["name"],
        planned_at=order.planned_at,
        dry_run=order.dry_run,
        sources=_sources(kind, order),
        channel=channel,
        clock_offset=order.clock_offset,
        stop=stop,
    )
    for spec in _left_out(kind, order):
        context.log(f"Left out: {spec.title}, {order.left_out[spec.slug]}.", level="WARNING")
    return context


def _sources(kind: JobKind[Any], order: Order) -> tuple[SourceSpec, ...]:
    """The kind's sources that may be asked now, each with its pause between requests."""
    found = tuple(
        replace(spec, min_interval_seconds=order.sources[spec.slug])
        for spec in kind.sources
        if spec.slug in order.sources
    )
    left_out = _left_out(kind, order)
    if left_out and not found:
        why = "; ".join(f"{spec.title}: {order.left_out[spec.slug]}" for spec in left_out)
        raise AllSourcesOff(
            f"None of its sources may be asked now. {why}. Switch one on, wait, or change the job."
        )
    return found


def _left_out(kind: JobKind[Any], order: Order) -> list[SourceSpec]:
    return [spec for spec in kind.sources if spec.slug in order.left_out]


def _result(outcome: object) -> dict[str, Any]:
    if not isinstance(outcome, Outcome):
        raise TypeError(f"The kind returned {type(outcome).__name__}; it must return an Outcome.")
    counts = dict(vars(outcome))
    summary = counts.pop("summary")
    if not isinstance(summary, str):
        raise TypeError(f"The outcome's summary is {type(summary).__name__}; it must be text.")
    for name, count in counts.items():
        _check_count(name, count)
    return {"type": "result", "summary": summary[:500], "outcome": counts}


def _check_count(name: str, count: object) -> None:
    if not isinstance(count, int) or not 0 <= count <= LARGEST_COUNT:
        raise TypeError(
            f"The outcome's {name} is {reprlib.repr(count)}; it must be a whole number from 0 on."
        )


def _failure(error: BaseException) -> dict[str, Any]:
    reason, may_retry = _classify(error)
    is_foreseen = isinstance(error, GiveUp | RetryLater)
    after = getattr(error, "after", None) if is_foreseen else None
    return {
        "type": "failure",
        "reason": reason,
        "may_retry": may_retry,
        "source": getattr(error, "source", "") if is_foreseen else "",
        "after_seconds": None if after is None else after.total_seconds(),
        "text": _text_of(error),
        "traceback": "" if is_foreseen else _traceback_of(error),
    }


def _classify(error: BaseException) -> tuple[Reason, bool]:
    """The reason, and whether the world may be ready later."""
    match error:
        case RetryLater():
            return Reason(error.cause), True
        case GiveUp():
            return Reason(error.cause), False
        case UnknownKind():
            return Reason.UNKNOWN_KIND, False
        case AllSourcesOff():
            return Reason.SOURCE_UNAVAILABLE, False
        case RunStopped():
            return Reason.INTERRUPTED, False
        case MemoryError():
            return Reason.OUT_OF_MEMORY, False
        case _:
            return Reason.BUG, False


def _text_of(error: BaseException) -> str:
    """The exception in words; its own `__str__` may be broken."""
    try:
        text = str(error)
    except Exception:  # noqa: BLE001 - a broken __str__ is the kind's bug, not ours
        text = "(its text could not be read)"
    named = isinstance(error, GiveUp | RetryLater | UnknownKind | AllSourcesOff | BadParameters)
    return (text if named else f"{type(error).__name__}: {text}")[:20_000]


def _traceback_of(error: BaseException) -> str:
    return "".join(traceback.format_exception(error, limit=50))[:100_000]
