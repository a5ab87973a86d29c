"""The one decision: which occurrences are due, and what becomes of each. Pure.

The engine, the preview, the simulator and the audit all ask here. The answer covers every
occurrence after `accounted_until` up to the `accounted_until` that it returns: none is left
without a row. What a calendar or a person leaves out gets its row (`left_out`) and is not seen by
the policies: it is neither missed nor in the way, however old.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from operator import attrgetter
from typing import TYPE_CHECKING

from scheduling.planning.instants import instant_of, seconds_of
from scheduling.planning.left_out import closure_rows, rows_of_readings
from scheduling.planning.overlap import Admission, admit
from scheduling.planning.plan import (
    count,
    dropped,
    due_at,
    last_occurrence,
    next_named,
    next_occurrence,
    occurrences,
    period_after,
)
from scheduling.planning.policy import Misfire
from scheduling.planning.verdicts import (
    MOST_SINGLE_ROWS,
    Decision,
    Disposition,
    Ground,
    RangeVerdict,
    Row,
    Verdict,
)

if TYPE_CHECKING:
    from scheduling.planning.instants import Occurrence
    from scheduling.planning.plan import Plan
    from scheduling.planning.policy import Policy

TICK = timedelta(microseconds=1)
ASKS = Admission(Disposition.ASK)


def decide(
    plan: Plan,
    policy: Policy,
    *,
    accounted_until: datetime,
    now: datetime,
    active: int = 0,
    queued: int = 0,
) -> Decision:
    """What becomes of the occurrences after `accounted_until` that are due at `now`.

    `active` and `queued` count the job's other runs: at work, and pending without a claim. The
    clock may have gone backwards: then nothing is due and nothing is taken back.
    """
    newest, horizon = _newest_due(plan, accounted_until, now)
    rows: list[Row] = []
    if newest is not None:
        cutoff = _cutoff(plan, policy, newest, now)
        candidates = _candidates(plan, policy, newest, max(accounted_until, cutoff - TICK), now)
        rows += _missed(plan, policy, accounted_until, cutoff, newest, candidates)
        rows += _runs(plan, policy, candidates, now, present=active + queued)
    return _decision(plan, rows, accounted_until, horizon)


def decide_pause_span(plan: Plan, *, accounted_until: datetime, until: datetime) -> Decision:
    """What becomes of the occurrences that a pause passed over: SKIPPED, reason PAUSED.

    What is left out anyway keeps its own reason. Decide up to the start of the pause first: what
    was due before it was not paused over.
    """
    horizon = max(accounted_until, until)
    rows = _lot(plan, accounted_until, horizon, Disposition.SKIPPED, Ground.PAUSED)
    return _decision(plan, rows, accounted_until, horizon)


def _newest_due(
    plan: Plan, accounted_until: datetime, now: datetime
) -> tuple[Occurrence | None, datetime]:
    """The newest occurrence that is due, and the instant up to which all are."""
    newest = _newest(plan, accounted_until, now)
    if newest is None or due_at(plan, newest) <= now:
        return newest, max(accounted_until, now)
    # It waits for its jitter. The one before it does not: jitter ends before the next occurrence.
    horizon = max(accounted_until, newest.planned_at - TICK)
    return last_occurrence(plan, accounted_until, horizon), horizon


def _newest(plan: Plan, accounted_until: datetime, now: datetime) -> Occurrence | None:
    # Two look-ups in the shared cache answer nearly always; the search is for outages.
    first = next_occurrence(plan, accounted_until)
    if first is None or first.planned_at > now:
        return None
    second = next_occurrence(plan, first.planned_at)
    if second is None or second.planned_at > now:
        return first
    return last_occurrence(plan, accounted_until, now)


def _cutoff(plan: Plan, policy: Policy, newest: Occurrence, now: datetime) -> datetime:
    """Occurrences planned before this instant are too old to run."""
    allowed = policy.late_after
    if policy.misfire is not Misfire.SKIP:
        # The rule's own period: neither a blackout nor the schedule's end makes it longer.
        allowed = max(policy.window(period_after(plan, newest.planned_at)), allowed)
    return now - allowed - timedelta(seconds=plan.jitter_seconds)


def _candidates(
    plan: Plan, policy: Policy, newest: Occurrence, since: datetime, now: datetime
) -> list[Occurrence]:
    """The occurrences after `since` that may run, oldest first; the newest if there are many."""
    most = 1 if policy.misfire is Misfire.RUN_LATEST else policy.max_catchup
    found: list[Occurrence] = []
    each: Occurrence | None = newest if newest.planned_at > since else None
    while each is not None and len(found) < most:
        if policy.misfire is Misfire.SKIP and _is_late(plan, policy, each, now):
            break
        found.append(each)
        each = last_occurrence(plan, since, each.planned_at - TICK) if len(found) < most else None
    return found[::-1]


def _missed(
    plan: Plan,
    policy: Policy,
    accounted_until: datetime,
    cutoff: datetime,
    newest: Occurrence,
    candidates: list[Occurrence],
) -> list[Row]:
    """Rows for the due occurrences that are older than the candidates."""
    stop = candidates[0].planned_at - TICK if candidates else newest.planned_at
    split = stop
    if candidates and policy.misfire is Misfire.RUN_LATEST:
        split = min(max(accounted_until, cutoff - TICK), stop)
    missed, old = Disposition.MISSED, Ground.OUT_OF_WINDOW
    rows = _lot(plan, accounted_until, split, missed, old)
    if split < stop:
        rows += _lot(plan, split, stop, missed, Ground.COALESCED, candidates[-1].planned_at)
    return rows


def _lot(
    plan: Plan,
    after: datetime,
    until: datetime,
    disposition: Disposition,
    reason: Ground,
    coalesced_into: datetime | None = None,
) -> list[Row]:
    """Rows for all occurrences between the instants: one each, or one range if they are many."""
    first = next_occurrence(plan, after)
    if first is None or first.planned_at > until:
        return []
    number = count(plan, after, until)
    last = last_occurrence(plan, after, until)
    if number > MOST_SINGLE_ROWS and last is not None:
        ends = first.planned_at, last.planned_at
        return [RangeVerdict(*ends, number, disposition, reason, coalesced_into)]
    return [
        Verdict(*each[:3], due_at(plan, each), disposition, reason, coalesced_into=coalesced_into)
        for each in occurrences(plan, after, limit=number)
    ]


def _runs(
    plan: Plan, policy: Policy, candidates: list[Occurrence], now: datetime, *, present: int
) -> list[Row]:
    """Rows for the candidates: those that are late may have to wait for a person's word."""
    late = [_is_late(plan, policy, each, now) for each in candidates]
    asked = late if policy.misfire is Misfire.ASK else [False] * len(late)
    admissions = iter(admit(policy, asked.count(False), present=present))
    rows: list[Row] = []
    for each, is_late, ask in zip(candidates, late, asked, strict=True):
        disposition, reason, queues, replaces = ASKS if ask else next(admissions)
        due = due_at(plan, each)
        rows.append(Verdict(*each[:3], due, disposition, reason, is_late, queues, replaces))
    return rows


def _is_late(plan: Plan, policy: Policy, each: Occurrence, now: datetime) -> bool:
    return now - due_at(plan, each) > policy.late_after


def _decision(
    plan: Plan, rows: list[Row], accounted_until: datetime, horizon: datetime
) -> Decision:
    """Add what is left out, and look ahead."""
    following = next_occurrence(plan, horizon)
    first = following if plan.closures is None else next_named(plan, horizon)
    jumps = dropped(plan, accounted_until, first.planned_at if first else plan.ends_at or horizon)
    past = [each for each in jumps if each.planned_at <= horizon]
    skipped = rows_of_readings(past) + closure_rows(plan, accounted_until, horizon)
    return Decision(
        tuple(sorted(rows + skipped, key=attrgetter("planned_at")) if skipped else rows),
        horizon,
        None if following is None else following.planned_at,
        _next_due_at(plan, first, following, jumps[len(past) :]),
    )


def _next_due_at(
    plan: Plan, first: Occurrence | None, following: Occurrence | None, jumps: list[Occurrence]
) -> datetime | None:
    """When the first that is named is to be recorded or, if it may run, is due."""
    if jumps:
        # To be recorded when the clock jumps, which is the next whole second.
        return instant_of(seconds_of(jumps[0].planned_at) + 1)
    if first is None:
        return None
    return due_at(plan, first) if first == following else first.planned_at
