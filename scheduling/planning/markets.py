"""Stock exchanges: when they trade.

The hours are ours, as the exchanges publish them for continuous trading; holidays and the days of
early closes are those of the package `holidays`. Only markets are here whose early closes it knows,
and that trade without a break. The hours are today's, for all years.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from scheduling.planning.holiday_data import market_holidays
from scheduling.planning.instants import DAY, EPOCH_ORDINAL
from scheduling.planning.json_values import seconds_of_day
from scheduling.planning.refusals import BadRule
from scheduling.planning.spans import instant_of_reading
from scheduling.planning.stretches import YearlyLine

if TYPE_CHECKING:
    from collections.abc import Iterator

SATURDAY = 5


class Session(NamedTuple):
    """The trading of one day, [start, end) in UTC seconds."""

    start: int
    end: int


class TradingDay(NamedTuple):
    """A day of a market: its session if there is one, and why it is none or a short one."""

    day: int
    session: Session | None
    label: str


@dataclass(frozen=True)
class Market:
    """Hours are readings of the market's own clock, `HH:MM`; `early_close` ends its half days."""

    code: str
    title: str
    zone: str
    opens: str
    closes: str
    early_close: str

    @property
    def hours(self) -> str:
        return f"{self.opens}-{self.closes} {self.zone}"

    def days(self, year: int) -> Iterator[TradingDay]:
        """All days of a year, in order."""
        closed = market_holidays(self.code, year)
        early = market_holidays(self.code, year, "half_day")
        day, following = date(year, 1, 1), date(year + 1, 1, 1)
        while day < following:
            number = day.toordinal() - EPOCH_ORDINAL
            if day in closed:
                yield TradingDay(number, None, closed[day])
            elif day.weekday() >= SATURDAY:
                yield TradingDay(number, None, "weekend")
            else:
                yield self._trading_day(number, early.get(day))
            day += timedelta(days=1)

    def _trading_day(self, day: int, early: str | None) -> TradingDay:
        close = self.closes if early is None else self.early_close
        start, end = (
            instant_of_reading(self.zone, day * DAY + second)
            for second in seconds_of_day((self.opens, close))
        )
        return TradingDay(day, Session(start, end), early or "")


MARKETS = {
    market.code: market
    for market in (
        # https://www.nyse.com/trade/hours-calendars
        Market("XNYS", "New York Stock Exchange", "America/New_York", "09:30", "16:00", "13:00"),
        # https://www.nasdaq.com/market-activity/stock-market-holiday-schedule
        Market("XNAS", "Nasdaq Stock Market", "America/New_York", "09:30", "16:00", "13:00"),
        # https://www.tsx.com/en/trading/calendars-and-trading-hours
        Market("XTSE", "Toronto Stock Exchange", "America/Toronto", "09:30", "16:00", "13:00"),
        # https://www.londonstockexchange.com/equities-trading/business-days
        Market("XLON", "London Stock Exchange", "Europe/London", "08:00", "16:30", "12:30"),
    )
}


def market_of(code: object) -> Market:
    """The market of that code, or BadRule."""
    if not isinstance(code, str) or code not in MARKETS:
        raise BadRule("market", f"There is no such market. Known are {', '.join(MARKETS)}.")
    return MARKETS[code]


@lru_cache(maxsize=len(MARKETS))
def sessions_of(market: Market) -> YearlyLine[Session]:
    """The sessions of a market, shared by every rule that keeps to them."""
    return YearlyLine(
        lambda year: [day.session for day in market.days(year) if day.session is not None]
    )
