"""Holds the rows of a ledger against what the rules named. Pure.

Rows are never expanded: a range row is checked by counting, however many occurrences it stands for.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from scheduling.planning.plan import due_at, last_occurrence, plan_from_json
from scheduling.planning.refusals import BadRule
from scheduling.planning.strands import strands_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from scheduling.planning.history import Tenure
    from scheduling.planning.plan import Plan
    from scheduling.planning.strands import Strand
    from scheduling.planning.verdicts import Ground

    Strands = dict[Ground | None, Strand]

TICK = timedelta(microseconds=1)
ALLOWANCE = timedelta(seconds=60)  # for the engine to write down what is due


class Fault(StrEnum):
    """In which way ledger and rules differ."""

    LOST = "LOST"
    NOT_YET = "NOT_YET"
    INVENTED = "INVENTED"
    TWICE = "TWICE"
    WRONG_COUNT = "WRONG_COUNT"
    WRONG_REASON = "WRONG_REASON"
    NO_COVER = "NO_COVER"
    NO_REASON = "NO_REASON"
    UNREADABLE = "UNREADABLE"


class Difference(NamedTuple):
    """A fault, the instant at which it begins, and a sentence about it."""

    fault: Fault
    at: datetime
    text: str


class Entry(NamedTuple):
    """What a row of the ledger claims of the occurrences from `first` to `last`.

    `left_out`: the ground if a calendar, a skip or the clock left them out; None if they were to
    run. `covered_by` is the instant of the run that stands for them. `is_explained`: they ran, or
    the row has a reason.
    """

    first: datetime
    last: datetime
    number: int = 1
    left_out: Ground | None = None
    covered_by: datetime | None = None
    is_explained: bool = True


class Books(NamedTuple):
    """How far a schedule's ledger goes, and whether a hold keeps it from going on."""

    accounted_until: datetime
    is_held: bool = False


@dataclass
class Findings:
    """`occurrence_count` stand in the ledger, `held_count` are written down when a hold ends."""

    differences: list[Difference] = field(default_factory=list)
    occurrence_count: int = 0
    held_count: int = 0


def compare(
    tenures: Sequence[Tenure],
    entries: Sequence[Entry],
    books: Books,
    *,
    since: datetime,
    until: datetime,
    now: datetime,
    covers: Collection[datetime] = (),
) -> Findings:
    """In what the `entries` of one schedule differ from what it named; both ends are inclusive.

    `tenures` and `entries` are in order of time, `until` is not after `now`. `covers` are instants
    of further runs, which may stand for others.
    """
    found = Findings()
    runs = {each.first for each in entries if each.left_out is None and not each.covered_by}
    placed = [max(each.first, since) for each in entries]
    done = 0
    for tenure in tenures:
        after, upto = max(tenure.since, since - TICK), min(tenure.until or until, until)
        if after < upto:
            low, high = bisect_right(placed, after), bisect_right(placed, upto)
            found.differences += map(_invented, entries[done:low])
            limits = books if tenure.until is None else None
            page = _Page(after, upto, now, limits, runs.union(covers), found)
            page.check(tenure, entries[low:high])
            done = high
    found.differences += map(_invented, entries[done:])
    found.differences.sort(key=lambda each: each.at)
    return found


@dataclass
class _Page:
    """What one tenure named after the one and up to the other instant, beside its entries.

    `books` None: the tenure has ended, and all that it named was written down then.
    """

    after: datetime
    until: datetime
    now: datetime
    books: Books | None
    runs: Collection[datetime]
    found: Findings
    due: datetime = field(init=False)

    def check(self, tenure: Tenure, entries: Sequence[Entry]) -> None:
        try:
            plan = plan_from_json(tenure.definition)
        except BadRule as error:
            text = f"What was named from {_utc(self.after)} on is not known: {error}"
            self._add(Fault.UNREADABLE, self.after, text)
            return
        self.due = _due_until(plan, self.now - ALLOWANCE)
        ends = [self.until, *(each.last for each in entries)]
        strands = strands_of(plan, self._start(entries), max(ends))
        lots: dict[Ground | None, list[Entry]] = {ground: [] for ground in strands}
        for entry in entries:
            lots[self._true_ground(strands, entry)].append(entry)
        for ground, strand in strands.items():
            self._walk(strand, lots[ground])

    def _true_ground(self, strands: Strands, entry: Entry) -> Ground | None:
        """The strand that the entry belongs to, whatever its reason claims."""
        is_plain = entry.left_out is None and all(strands[key].is_empty for key in strands if key)
        if is_plain or strands[entry.left_out].has(entry.first):
            return entry.left_out
        for ground, strand in strands.items():
            if strand.has(entry.first):
                self._add(Fault.WRONG_REASON, entry.first, _wrong_reason(entry, ground))
                return ground
        return entry.left_out

    def _start(self, entries: Sequence[Entry]) -> datetime:
        """The page's begin, or that of a range which reaches into the page."""
        return min([self.after, *(each.first - TICK for each in entries[:1])])

    def _walk(self, strand: Strand, entries: Sequence[Entry]) -> None:
        done = self._start(entries)
        for entry in entries:
            if entry.first <= done:
                self._add(Fault.TWICE, entry.first, f"{_span(entry)} stands in the ledger twice.")
            else:
                self._check_entry(strand, done, entry)
            done = max(done, entry.last)
        self._report_gap(strand, done, self.until)

    def _check_entry(self, strand: Strand, done: datetime, entry: Entry) -> None:
        expected = strand.next(done)
        if expected is not None and expected < entry.first:
            self._report_gap(strand, done, entry.first - TICK)
            expected = strand.next(entry.first - TICK)
        if expected != entry.first:
            self.found.differences.append(_invented(entry))
            return
        self._count(strand, entry)
        if entry.covered_by and entry.covered_by not in self.runs:
            text = f"{_span(entry)}: there is no run of {_utc(entry.covered_by)} to stand for it."
            self._add(Fault.NO_COVER, entry.first, text)
        if not entry.is_explained:
            self._add(Fault.NO_REASON, entry.first, f"{_span(entry)} did not run, without reason.")

    def _count(self, strand: Strand, entry: Entry) -> None:
        """Add up the entry's occurrences between the bounds, and check those of a range."""
        if entry.number == 1:
            self.found.occurrence_count += 1
            return
        before = entry.first - TICK
        number, last = strand.count(before, entry.last), strand.last(before, entry.last)
        if (number, last) != (entry.number, entry.last):
            text = f"{_span(entry)}: the rule names {number}, the last at {last and _utc(last)}."
            self._add(Fault.WRONG_COUNT, entry.first, text)
        inside = max(before, self.after), min(entry.last, self.until)
        self.found.occurrence_count += strand.count(*inside)

    def _report_gap(self, strand: Strand, after: datetime, until: datetime) -> None:
        """Tell what the strand named between the instants, where the ledger has nothing."""
        if self.books is None:
            self._report(Fault.LOST, strand, after, until)
            return
        mark = self.books.accounted_until
        self._report(Fault.LOST, strand, after, min(until, mark))
        if self.books.is_held:
            self.found.held_count += strand.count(max(after, mark), max(until, mark))
        else:
            self._report(Fault.NOT_YET, strand, max(after, mark), min(until, self.due))

    def _report(self, fault: Fault, strand: Strand, after: datetime, until: datetime) -> None:
        first = strand.next(after)
        if first is None or first > until:
            return
        gap = Entry(first, strand.last(after, until) or first, strand.count(after, until))
        text = "is due and not yet" if fault is Fault.NOT_YET else "is not"
        self._add(fault, first, f"{_span(gap)} {text} in the ledger.")

    def _add(self, fault: Fault, at: datetime, text: str) -> None:
        self.found.differences.append(Difference(fault, at, text))


def _due_until(plan: Plan, limit: datetime) -> datetime:
    """The instant up to which everything was due at `limit`; the newest may wait for its jitter."""
    if not plan.jitter_seconds:
        return limit
    newest = last_occurrence(plan, limit - timedelta(seconds=plan.jitter_seconds), limit)
    if newest is None or due_at(plan, newest) <= limit:
        return limit
    return newest.planned_at - TICK


def _invented(entry: Entry) -> Difference:
    text = f"{_span(entry)} is in the ledger, and no rule in force named it."
    return Difference(Fault.INVENTED, entry.first, text)


def _wrong_reason(entry: Entry, truth: Ground | None) -> str:
    if truth is None:
        return f"{_span(entry)} is in the ledger as left out ({entry.left_out}); nothing says so."
    claim = f"as left out for {entry.left_out}" if entry.left_out else "as one to run"
    return f"{_span(entry)} is in the ledger {claim}; it was left out ({truth})."


def _span(entry: Entry) -> str:
    if entry.number == 1:
        return _utc(entry.first)
    return f"The lot of {entry.number} from {_utc(entry.first)} to {_utc(entry.last)}"


def _utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
