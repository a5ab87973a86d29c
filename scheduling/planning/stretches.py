"""Lines of stretches of time, such as the trading days of a market: looked up, never walked."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from scheduling.planning.instants import DAY, FIRST_INSTANT, LAST_INSTANT, instant_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence


class Stretch(Protocol):
    """[start, end) in UTC seconds."""

    @property
    def start(self) -> int: ...

    @property
    def end(self) -> int: ...


Kind = TypeVar("Kind", bound=Stretch)


class Line(Generic[Kind]):
    """Stretches in order, none over another."""

    __slots__ = ("_ends", "_starts", "_stretches")

    def __init__(self, stretches: Sequence[Kind]) -> None:
        self._stretches = list(stretches)
        self._starts = [each.start for each in stretches]
        self._ends = [each.end for each in stretches]

    def between(self, after: int, until: int) -> list[Kind]:
        """Those that hold an instant after the one and up to the other."""
        first, stop = bisect_right(self._ends, after + 1), bisect_right(self._starts, until)
        return self._stretches[first:stop]


class YearlyLine(Generic[Kind]):
    """A line that is listed one year of a local calendar at a time, when it is first asked for.

    `list_year` gives the stretches of a year, which lie within it by the clock of some zone.
    """

    __slots__ = ("_list_year", "_years")

    def __init__(self, list_year: Callable[[int], Sequence[Kind]]) -> None:
        self._list_year = list_year
        self._years: dict[int, Line[Kind]] = {}

    def between(self, after: int, until: int) -> list[Kind]:
        """Those that hold an instant after the one and up to the other."""
        years = range(_first_year(after), _last_year(until) + 1)
        return [each for year in years for each in self._year(year).between(after, until)]

    def since(self, instant: int) -> Iterator[Kind]:
        """Those that hold the instant or begin after it, in order."""
        for year in range(_first_year(instant), _last_year(LAST_INSTANT) + 1):
            yield from self._year(year).between(instant - 1, LAST_INSTANT)

    def before(self, instant: int) -> Iterator[Kind]:
        """Those that hold the instant or end before it, the newest first."""
        for year in range(_last_year(instant), _first_year(FIRST_INSTANT) - 1, -1):
            yield from reversed(self._year(year).between(FIRST_INSTANT, instant))

    def _year(self, year: int) -> Line[Kind]:
        line = self._years.get(year)
        if line is None:
            line = self._years[year] = Line(self._list_year(year))
        return line


# No clock is a day ahead of UTC, or behind it.
def _first_year(instant: int) -> int:
    return instant_of(max(instant - DAY, FIRST_INSTANT)).year


def _last_year(instant: int) -> int:
    return instant_of(min(instant + DAY, LAST_INSTANT)).year
