"""Plans with everything that may leave dates out, each beside an instant where it matters."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from scheduling.planning.calendars import (
    BlackoutCalendar,
    Holidays,
    MarketDays,
    calendar_from_json,
)
from scheduling.planning.clock_timeline import Gap, Repeat
from scheduling.planning.plan import Plan, next_named
from scheduling.planning.rules import CronRule, DailyRule, IntervalRule, Rule

RULES: list[Rule] = [
    CronRule("*/7 * * * *"),
    CronRule("0 */2 * * *"),
    CronRule("30 1,2 * * *"),
    DailyRule(("00:30", "02:15", "02:30", "03:30")),
    IntervalRule(5400),
    IntervalRule(47),
    CronRule("0 9 1 * 1"),
]
PLACES = [
    ("Europe/Stockholm", datetime(2026, 3, 29, tzinfo=UTC)),
    ("America/New_York", datetime(2024, 11, 3, tzinfo=UTC)),
    ("Pacific/Apia", datetime(2011, 12, 30, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2025, 4, 5, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 11, 26, tzinfo=UTC)),
    ("UTC", datetime(2026, 6, 1, tzinfo=UTC)),
]
HOLIDAYS = [
    BlackoutCalendar("Sweden", "Europe/Stockholm", Holidays("SE")),
    BlackoutCalendar("United States", "America/New_York", Holidays("US")),
    BlackoutCalendar("New York", "UTC", MarketDays("XNYS")),
]


def ranges_near(zone: str, day: datetime) -> st.SearchStrategy[BlackoutCalendar]:
    """One to three ranges within two days of the day; they may meet."""
    hours = st.tuples(st.integers(-40, 40), st.integers(1, 30))

    def calendar(drawn: list[tuple[int, int]]) -> BlackoutCalendar:
        ranges = [
            {
                "from": f"{day + timedelta(hours=start):%Y-%m-%dT%H:30}",
                "until": f"{day + timedelta(hours=start + length):%Y-%m-%dT%H:15}",
                "label": f"{length} hours",
            }
            for start, length in drawn
        ]
        rule = {"type": "ranges", "ranges": ranges}
        return calendar_from_json({"name": "own", "zone": zone, "rule": rule})

    return st.lists(hours, min_size=1, max_size=3).map(calendar)


def plans() -> st.SearchStrategy[tuple[Plan, datetime]]:
    """Plans that name something; a nightly rule never meets the hours of New York."""
    return _any_plans().filter(lambda drawn: next_named(*drawn) is not None)


@st.composite
def _any_plans(draw: st.DrawFn) -> tuple[Plan, datetime]:
    zone, day = draw(st.sampled_from(PLACES))
    skip_from = day + timedelta(minutes=draw(st.integers(-2000, 2000)))
    is_skipping = draw(st.booleans())
    plan = Plan(
        rule=draw(st.sampled_from(RULES)),
        zone=zone,
        gap=draw(st.sampled_from(Gap)),
        repeat=draw(st.sampled_from(Repeat)),
        jitter_seconds=draw(st.sampled_from([0, 0, 900])),
        schedule_id=str(draw(st.integers(0, 50))),
        market=draw(st.sampled_from(["", "", "XNYS"])),
        blackouts=tuple(
            draw(st.lists(st.sampled_from(HOLIDAYS) | ranges_near(zone, day), max_size=2))
        ),
        skip_from=skip_from if is_skipping else None,
        skip_until=skip_from + draw(st.timedeltas(timedelta(0), timedelta(days=1)))
        if is_skipping
        else None,
    )
    return plan, day
