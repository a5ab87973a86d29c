"""Trading days, held against what the exchanges publish.

New York: NYSE Group's announcement of its closings and early closings of 2025, 2026 and 2027 (8 Nov
2024, mondovisione.com/media-and-resources/news/nyse-group-announces-2025-2026-and-2027-holiday-and-
early-closings-calendar); 9 Jan 2025 was a day of mourning. London and Toronto: the exchanges' pages
that stand in `markets`.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from scheduling.planning.instants import EPOCH_ORDINAL, seconds_of
from scheduling.planning.markets import MARKETS, Market, market_of, sessions_of
from scheduling.planning.refusals import BadRule

CLOSED = {
    "XNYS": {
        2025: "01-01 01-09 01-20 02-17 04-18 05-26 06-19 07-04 09-01 11-27 12-25",
        2026: "01-01 01-19 02-16 04-03 05-25 06-19 07-03 09-07 11-26 12-25",
        2027: "01-01 01-18 02-15 03-26 05-31 06-18 07-05 09-06 11-25 12-24",
    },
    "XLON": {
        2025: "01-01 04-18 04-21 05-05 05-26 08-25 12-25 12-26",
        2026: "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28",
    },
    "XTSE": {
        2025: "01-01 02-17 04-18 05-19 07-01 08-04 09-01 10-13 12-25 12-26",
        2026: "01-01 02-16 04-03 05-18 07-01 08-03 09-07 10-12 12-25 12-28",
    },
}
EARLY = {
    "XNYS": {2025: "07-03 11-28 12-24", 2026: "11-27 12-24", 2027: "11-26"},
    "XLON": {2025: "12-24 12-31", 2026: "12-24 12-31"},
    "XTSE": {2025: "12-24", 2026: "12-24"},
}
CASES = [(code, year) for code, years in CLOSED.items() for year in years]


def _days(market: Market, year: int) -> dict[str, tuple[bool, str]]:
    """Month and day -> whether there is a session, and the label."""
    return {
        f"{date.fromordinal(day + EPOCH_ORDINAL):%m-%d}": (session is not None, label)
        for day, session, label in market.days(year)
    }


@pytest.mark.parametrize(("code", "year"), CASES)
def test_a_market_is_closed_when_it_says_so(code: str, year: int) -> None:
    days = _days(MARKETS[code], year)

    closed = [day for day, (trades, label) in days.items() if not trades and label != "weekend"]
    assert " ".join(closed) == CLOSED[code][year]


@pytest.mark.parametrize(("code", "year"), CASES)
def test_a_market_closes_early_when_it_says_so(code: str, year: int) -> None:
    days = _days(MARKETS[code], year)

    assert (
        " ".join(day for day, (trades, label) in days.items() if trades and label)
        == (EARLY[code][year])
    )


@pytest.mark.parametrize("year", [2025, 2026, 2027])
def test_nasdaq_keeps_the_days_of_new_york(year: int) -> None:
    assert _days(MARKETS["XNAS"], year) == _days(MARKETS["XNYS"], year)


def test_every_day_of_a_year_is_told_of_once() -> None:
    days = _days(MARKETS["XNYS"], 2024)

    assert len(days) == 366
    assert sum(label == "weekend" for _, label in days.values()) == 104


@pytest.mark.parametrize(
    ("code", "day", "opens", "closes"),
    [
        ("XNYS", "2026-01-15", "14:30", "21:00"),
        ("XNYS", "2026-07-15", "13:30", "20:00"),
        ("XNYS", "2026-11-27", "14:30", "18:00"),
        ("XNAS", "2026-12-24", "14:30", "18:00"),
        ("XTSE", "2026-12-24", "14:30", "18:00"),
        ("XLON", "2026-01-15", "08:00", "16:30"),
        ("XLON", "2026-07-15", "07:00", "15:30"),
        ("XLON", "2026-12-31", "08:00", "12:30"),
        # New York has changed its clock by then, London has not, and the other way round.
        ("XNYS", "2026-03-16", "13:30", "20:00"),
        ("XLON", "2026-03-16", "08:00", "16:30"),
        ("XNYS", "2026-10-28", "13:30", "20:00"),
        ("XLON", "2026-10-28", "08:00", "16:30"),
    ],
)
def test_a_session_follows_the_clock_of_its_market(
    code: str, day: str, opens: str, closes: str
) -> None:
    noon = seconds_of(datetime.fromisoformat(f"{day}T12:00+00:00"))

    session = next(sessions_of(MARKETS[code]).since(noon - 6 * 3600))

    found = [f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M}" for at in session]
    assert found == [f"{day} {opens}", f"{day} {closes}"]


@pytest.mark.parametrize("market", MARKETS.values(), ids=MARKETS)
def test_the_hours_of_a_market_are_in_order_and_in_a_zone(market: Market) -> None:
    assert market.opens < market.early_close < market.closes
    assert market.hours == f"{market.opens}-{market.closes} {ZoneInfo(market.zone).key}"


@pytest.mark.parametrize("year", [3, 1850, 2150, 9997])
def test_a_year_that_nobody_knows_has_weekends_alone(year: int) -> None:
    assert {label for _, label in _days(MARKETS["XNYS"], year).values()} <= {"", "weekend"}


@pytest.mark.parametrize("code", ["", "NYSE", "xnys", None, []])
def test_an_unknown_market_is_refused_with_those_that_are_known(code: object) -> None:
    with pytest.raises(BadRule, match="Known are XNYS, XNAS") as refusal:
        market_of(code)

    assert refusal.value.field == "market"
