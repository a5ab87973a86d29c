"""A rule that keeps to a market's trading hours: outside of its sessions it names nothing."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from scheduling.planning.instants import DAY, Occurrence, seconds_of
from scheduling.planning.markets import Market, sessions_of

if TYPE_CHECKING:
    from scheduling.planning.markets import Session
    from scheduling.planning.stretches import YearlyLine
    from scheduling.planning.timeline import Timeline

LONGEST_SEARCH = 5 * 366 * DAY


class WindowedTimeline:
    """The occurrences of another timeline that lie within sessions. See `timeline.Timeline`.

    One that meets no session within five years of its next occurrence is not looked for further.
    """

    __slots__ = ("_inner", "_sessions")

    def __init__(self, inner: Timeline, sessions: YearlyLine[Session]) -> None:
        self._inner = inner
        self._sessions = sessions

    def next(self, after: int) -> Occurrence | None:
        found, stop = self._inner.next(after), None
        while found is not None:
            at = seconds_of(found.planned_at)
            stop = at + LONGEST_SEARCH if stop is None else stop
            session = next(self._sessions.since(at), None)
            if session is None or at > stop:
                return None
            if session.start <= at:
                return found
            found = self._inner.next(session.start - 1)
        return None

    def last(self, after: int, until: int) -> Occurrence | None:
        found, stop = self._inner.last(after, until), None
        while found is not None:
            at = seconds_of(found.planned_at)
            stop = at - LONGEST_SEARCH if stop is None else stop
            session = next(self._sessions.before(at), None)
            if session is None or at < stop:
                return None
            if at < session.end:
                return found
            found = self._inner.last(after, session.end - 1)
        return None

    def count(self, after: int, until: int) -> int:
        return sum(
            self._inner.count(max(session.start - 1, after), min(session.end - 1, until))
            for session in self._sessions.between(after, until)
        )

    def dropped(self, after: int, until: int) -> tuple[Occurrence, ...]:
        return tuple(each for each in self._inner.dropped(after, until) if self._holds(each))

    def _holds(self, occurrence: Occurrence) -> bool:
        at = seconds_of(occurrence.planned_at)
        return bool(self._sessions.between(at - 1, at))


@lru_cache(maxsize=4096)
def within_sessions(timeline: Timeline, market: Market) -> Timeline:
    """The timeline kept to a market's sessions, one object for all schedules with the same."""
    return WindowedTimeline(timeline, sessions_of(market))
