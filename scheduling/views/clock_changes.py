"""Clock changes that touch a schedule, as people read them before they save it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from scheduling.models import GapPolicy, RepeatPolicy
from scheduling.planning.clock_changes import changes_touching
from scheduling.planning.words import joined
from scheduling.planning.zones import load_zone

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

    from scheduling.planning.clock_changes import ClockChange, Outcome
    from scheduling.planning.plan import Plan

MOST_TIMES = 4
POLICIES: dict[str, str] = dict([*GapPolicy.choices, *RepeatPolicy.choices])


@dataclass(frozen=True)
class Choice:
    """What a policy would do: "at 03:00 CEST"; `policy` as the form offers it."""

    policy: str
    result: str
    is_chosen: bool


@dataclass(frozen=True)
class ShownChange:
    """A sentence and, where there is a choice, what each policy would do."""

    sentence: str
    choices: tuple[Choice, ...] = ()


def shown_changes(plan: Plan, now: datetime) -> tuple[ShownChange, ...]:
    """The next gap and the next repetition that touch the plan, with the choice that it makes."""
    zone = load_zone(plan.zone)
    return tuple(
        ShownChange(
            _sentence(change, plan.zone),
            tuple(_choice(each, plan, zone) for each in change.outcomes),
        )
        for change in changes_touching(plan, now)
    )


def _sentence(change: ClockChange, zone: str) -> str:
    day, times = f"{change.readings[0]:%a %d %b %Y}", _times(change.readings, "%H:%M")
    if change.is_gap:
        ending = "" if change.outcomes else " Nothing runs then."
        return f"{day}: the clock in {zone} skips {times}.{ending}"
    ending = "" if change.outcomes else " It runs both times."
    return f"{day}: the clock in {zone} shows {times} twice.{ending}"


def _choice(outcome: Outcome, plan: Plan, zone: ZoneInfo) -> Choice:
    local = [at.astimezone(zone) for at in outcome.runs]
    return Choice(
        policy=POLICIES[outcome.policy],
        result=f"at {_times(local, '%H:%M %Z')}" if local else "not at all",
        is_chosen=outcome.policy in (plan.gap, plan.repeat),
    )


def _times(instants: Sequence[datetime], pattern: str) -> str:
    """All of them, or the first and the last with their number."""
    if len(instants) <= MOST_TIMES:
        return joined([each.strftime(pattern) for each in instants])
    first, last = instants[0], instants[-1]
    return f"{first.strftime(pattern)} to {last.strftime(pattern)} ({len(instants)} times)"
