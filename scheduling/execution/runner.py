"""One attempt, in the child: the only place where a kind's code runs."""

from __future__ import annotations

import faulthandler
import os
import signal
import threading
import traceback
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from scheduling.execution import process
from scheduling.execution.channel import receive, send
from scheduling.execution.context import ChildContext
from scheduling.failpoints import reach
from scheduling.kinds import BadParameters, GiveUp, Outcome, RetryLater, RunStopped
from scheduling.models import DataSource, Run
from scheduling.registry import UnknownKind, get_kind
from scheduling.states import Reason

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from scheduling.kinds import JobKind, SourceSpec


class AllSourcesOff(Exception):
    """Every source of the job is switched off."""


@dataclass(frozen=True)
class Order:
    """What a child is told: which attempt, and within which limits."""

    run_id: int
    claim_epoch: int
    attempt: int
    clock_offset: timedelta
    memory_limit_mb: int


def main(order: Order, channel: Connection, output: Connection) -> None:
    """Run the attempt and send its last word. Every exception becomes a message, never an exit."""
    _settle(output)
    stop = threading.Event()
    threading.Thread(target=_listen, args=(channel, stop), daemon=True, name="listen").start()
    process.limit_memory(order.memory_limit_mb)
    reach("execution.receive")
    message = _last_word(order, channel, stop)
    reach("execution.result")
    send(channel, message)


def _settle(output: Connection) -> None:
    """A session and process group of its own, standard streams into the log, default signals."""
    os.setsid()
    process.die_with_parent()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    with open(os.devnull, "rb") as nothing:  # noqa: PTH123 - a bare descriptor for dup2
        os.dup2(nothing.fileno(), 0)
    os.dup2(output.fileno(), 1)
    os.dup2(output.fileno(), 2)
    faulthandler.register(signal.SIGUSR1, all_threads=True)


def _listen(channel: Connection, stop: threading.Event) -> None:
    """Wait for `stop`. Without its supervisor nobody records the end: die, group and all."""
    try:
        while True:
            receive(channel)
            stop.set()
    except (EOFError, OSError):
        os.killpg(0, signal.SIGKILL)


def _last_word(order: Order, channel: Connection, stop: threading.Event) -> dict[str, Any]:
    try:
        run = Run.objects.get(pk=order.run_id)
        kind = get_kind(run.snapshot["job"]["kind"])
        params = kind.read_params(run.snapshot["job"]["params"])
        context = _context(order, run, kind, channel, stop)
        reach("execution.body")
        with closing(context):
            return _result(kind.run(context, params))
    except BaseException as error:  # noqa: BLE001 - whatever a kind raises is an answer
        return _failure(error)


def _context(
    order: Order, run: Run, kind: JobKind[Any], channel: Connection, stop: threading.Event
) -> ChildContext:
    return ChildContext(
        run_id=run.pk,
        attempt=order.attempt,
        job_name=run.snapshot["job"]["name"],
        planned_at=run.planned_at,
        dry_run=run.dry_run,
        sources=_sources(kind, run.snapshot["job"]["sources"]),
        channel=channel,
        clock_offset=order.clock_offset,
        stop=stop,
    )


def _sources(kind: JobKind[Any], chosen: list[str]) -> tuple[SourceSpec, ...]:
    """The kind's sources that the job chose and nobody switched off, with the row's politeness."""
    wanted = [spec for spec in kind.sources if spec.slug in chosen]
    rows = {row.slug: row for row in DataSource.objects.filter(is_enabled=True)}
    found = tuple(
        replace(spec, min_interval_seconds=rows[spec.slug].min_interval_seconds)
        for spec in wanted
        if spec.slug in rows
    )
    if wanted and not found:
        names = ", ".join(spec.title for spec in wanted)
        raise AllSourcesOff(f"Switched off: {names}. Switch the source on, or change the job.")
    return found


def _result(outcome: object) -> dict[str, Any]:
    if not isinstance(outcome, Outcome):
        raise TypeError(f"The kind returned {type(outcome).__name__}; it must return an Outcome.")
    counts = asdict(outcome)
    return {"type": "result", "summary": counts.pop("summary")[:500], "outcome": counts}


def _failure(error: BaseException) -> dict[str, Any]:
    reason, may_retry = _classify(error)
    after = getattr(error, "after", None)
    return {
        "type": "failure",
        "reason": reason,
        "may_retry": may_retry,
        "after_seconds": None if after is None else after.total_seconds(),
        "text": _text_of(error),
        "traceback": "" if isinstance(error, GiveUp | RetryLater) else _traceback_of(error),
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
