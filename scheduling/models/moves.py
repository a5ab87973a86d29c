"""The one door between the states of a run: conditional UPDATEs whose rows tell who won.

One move or many of them: the code, the statements and what they leave behind are the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models, transaction

from scheduling.models.bulk import Change, insert_new, update_expected
from scheduling.models.run_event import RunEvent
from scheduling.models.text import storable
from scheduling.states import Reason, RunState, can_move

if TYPE_CHECKING:
    from scheduling.models.run import Run
    from scheduling.models.worker import Worker

# Where a row names another, its key is set.
ATTRIBUTES = {"claimed_by": "claimed_by_id", "in_the_way": "in_the_way_id"}
# No message to a broker is under way for the run.
UNSENT: dict[str, Any] = {"dispatched_at": None, "dispatch_count": 0}


@dataclass(frozen=True)
class Move:
    """A step of `run` into the state `after`, under the claim that was read."""

    run: Run
    after: RunState
    who: str
    at: datetime
    fields: dict[str, Any]

    def change(self) -> Change:
        """The row's new values, on condition that nobody moved it meanwhile."""
        expected = {"state": self.run.state, "claim_epoch": self.run.claim_epoch}
        return Change(self.run.pk, expected, {"state": self.after, **self.fields})

    def event(self) -> dict[str, Any]:
        return {
            "run": self.run.pk,
            "at": self.at,
            "before": self.run.state,
            "after": self.after,
            "who": self.who[:150],
            "why": self.fields["reason"],
        }

    def show(self) -> None:
        """Let the object in memory say what its row says now."""
        for name, value in {"state": self.after, **self.fields}.items():
            setattr(self.run, ATTRIBUTES.get(name, name), value)


def to_claim(run: Run, worker: Worker, *, now: datetime) -> Move:
    """PENDING -> RUNNING under the next claim epoch."""
    fields = {
        "claim_epoch": run.claim_epoch + 1,
        "claimed_by": worker.pk,
        "attempt_count": run.attempt_count + 1,
        "started_at": run.started_at or now,
        "reason": "",
    }
    return Move(run, RunState.RUNNING, str(worker), now, fields)


def to_finish(
    run: Run,
    state: RunState,
    *,
    who: str,
    now: datetime,
    reason: Reason | None = None,
    **fields: Any,
) -> Move:
    """To a final state; `fields` are what else is known of the end."""
    for name in ("error", "traceback"):
        fields[name] = storable(fields.get(name, ""))
    ended = {"finished_at": now, "reason": reason or "", "needs_answer": False}
    return Move(run, state, who, now, {**_by_key(fields), **ended})


def to_put_back(
    run: Run, *, available_at: datetime, reason: Reason, who: str, now: datetime, **fields: Any
) -> Move:
    """RUNNING -> PENDING, to be tried again from `available_at` on."""
    waits = {"reason": reason, "claimed_by": None, "available_at": available_at}
    return Move(run, RunState.PENDING, who, now, {**_by_key(fields), **waits, **UNSENT})


def _by_key(fields: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value.pk if isinstance(value, models.Model) else value
        for name, value in fields.items()
    }


def make(moves: Sequence[Move]) -> list[Move]:
    """Make the moves that are still possible, all in one transaction; return those."""
    with transaction.atomic(savepoint=False):
        made = [move for alike in _alike(moves) for move in _made(alike)]
        insert_new(RunEvent, [move.event() for move in made])
    for move in made:
        move.show()
    return made


def _alike(moves: Iterable[Move]) -> Iterable[list[Move]]:
    """The moves that the table of states allows, those with the same fields together."""
    groups: dict[tuple[str, ...], list[Move]] = defaultdict(list)
    for move in moves:
        if can_move(RunState(move.run.state), move.after):
            groups[tuple(sorted(move.fields))].append(move)
    return groups.values()


def _made(moves: list[Move]) -> list[Move]:
    taken = update_expected(type(moves[0].run), [move.change() for move in moves])
    return [move for move in moves if move.run.pk in taken]
