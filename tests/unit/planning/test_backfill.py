from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduling.planning.backfill import (
    MOST_DATES,
    DateVerdict,
    Lot,
    Reprocess,
    Standing,
    dates_to_feed,
    judge,
    named_dates,
    within_room,
)
from scheduling.planning.instants import Occurrence
from scheduling.planning.left_out import Named
from scheduling.planning.plan import Plan
from scheduling.planning.rules import DailyRule, IntervalRule
from scheduling.planning.verdicts import Ground
from tests.unit.planning.drawn_plans import plans

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
DAILY = Plan(rule=DailyRule(("12:00",)), zone="UTC")
DATE = Named(Occurrence(NOON, NOON.replace(tzinfo=None)))

windows = st.tuples(st.integers(-72, 48), st.integers(1, 72)).map(
    lambda drawn: (timedelta(hours=drawn[0]), timedelta(hours=drawn[1]))
)


@pytest.mark.parametrize(
    ("standing", "missing", "failed", "all_dates"),
    [
        (Standing.NEVER, Lot.RUN, Lot.RUN, Lot.RUN),
        (Standing.MISSED, Lot.RUN, Lot.RUN, Lot.RUN),
        (Standing.SKIPPED, Lot.RUN, Lot.RUN, Lot.RUN),
        (Standing.WITHDRAWN, Lot.RUN, Lot.RUN, Lot.RUN),
        (Standing.PURGED, Lot.KEEP, Lot.KEEP, Lot.RUN),
        (Standing.STOPPED, Lot.KEEP, Lot.RUN, Lot.RUN),
        (Standing.FAILED, Lot.KEEP, Lot.RUN, Lot.RUN),
        (Standing.SUCCEEDED, Lot.KEEP, Lot.KEEP, Lot.RUN),
        (Standing.OPEN, Lot.KEEP, Lot.KEEP, Lot.KEEP),
    ],
)
def test_what_is_run_again_is_what_was_asked_for(standing, missing, failed, all_dates):
    found = [judge(DATE, standing, each, accounted_until=NOON).lot for each in Reprocess]
    assert found == [missing, failed, all_dates]


@pytest.mark.parametrize("reprocess", Reprocess)
def test_what_a_calendar_leaves_out_stays_left_out(reprocess):
    date = Named(DATE.occurrence, Ground.BLACKOUT, "Christmas Day")
    verdict = judge(date, Standing.NEVER, reprocess, accounted_until=NOON)
    assert (verdict.lot, verdict.why) == (Lot.LEFT_OUT, "Christmas Day")


@pytest.mark.parametrize("reprocess", Reprocess)
def test_a_date_that_the_schedule_has_not_seen_to_is_left_to_it(reprocess):
    verdict = judge(
        DATE, Standing.NEVER, reprocess, accounted_until=NOON - timedelta(microseconds=1)
    )
    assert (verdict.lot, verdict.why) == (Lot.KEEP, "the schedule has yet to decide on it")


def test_the_first_instant_belongs_to_a_range_and_its_end_does_not():
    dates = named_dates(DAILY, NOON, NOON + 2 * DAY)
    assert dates is not None
    assert [each.planned_at for each in dates] == [NOON, NOON + DAY]


def test_more_dates_than_can_be_listed_are_not_listed():
    each_second = Plan(rule=IntervalRule(1), zone="UTC")
    length = timedelta(seconds=MOST_DATES)
    assert len(named_dates(each_second, NOON, NOON + length) or []) == MOST_DATES
    assert named_dates(each_second, NOON, NOON + length + timedelta(seconds=1)) is None


def verdicts(*lots: Lot) -> list[DateVerdict]:
    return [
        DateVerdict(Occurrence(NOON + n * DAY, NOON.replace(tzinfo=None)), lot, "")
        for n, lot in enumerate(lots)
    ]


@pytest.mark.parametrize(("room", "number"), [(0, 1), (1, 3), (2, 5), (9, 5)])
def test_dates_are_taken_up_to_the_run_that_finds_no_room(room, number):
    given = verdicts(Lot.KEEP, Lot.RUN, Lot.LEFT_OUT, Lot.RUN, Lot.KEEP)
    assert within_room(given, room) == given[:number]


@settings(max_examples=150, deadline=None)
@given(place=plans(), window=windows, newest_first=st.booleans(), portion=st.integers(1, 7))
def test_fed_in_portions_each_date_that_may_run_comes_once_and_in_order(
    place, window, newest_first, portion
):
    plan, since = place[0], place[1] + window[0]
    until = since + window[1]

    fed: list[Occurrence] = []
    while portion_of_dates := list(
        islice(
            dates_to_feed(
                plan,
                since,
                until,
                newest_first=newest_first,
                fed_until=fed[-1].planned_at if fed else None,
            ),
            portion,
        )
    ):
        fed += portion_of_dates

    listed = [each.occurrence for each in named_dates(plan, since, until) or [] if not each.ground]
    assert fed == (listed[::-1] if newest_first else listed)
