"""Each kind of fault in a ledger is found, and an honest ledger is complete."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from scheduling.planning.audit import Books, Entry, Fault, Findings, compare
from scheduling.planning.history import Tenure
from scheduling.planning.verdicts import Ground
from tests.factories.closures import closed

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
START = datetime(2026, 3, 2, tzinfo=UTC)  # a Monday
END = START + 10 * DAY
NOON = {"type": "daily", "times": ["12:00"]}


def noon(day: int) -> datetime:
    return START + day * DAY + 12 * HOUR


def a_tenure(since: datetime = START, until: datetime | None = None, **definition: Any) -> Tenure:
    return Tenure(1, {"id": 1, "rule": NOON, "zone": "UTC", **definition}, since, until)


def singles(*days: int) -> list[Entry]:
    return [Entry(noon(day), noon(day)) for day in days]


def audit(
    entries: list[Entry], *tenures: Tenure, books: Books | None = None, **bounds: Any
) -> Findings:
    bounds = {"since": START, "until": END, "now": END, **bounds}
    return compare(tenures or [a_tenure()], sorted(entries), books or Books(END), **bounds)


def faults(found: Findings) -> list[tuple[Fault, datetime]]:
    return [(each.fault, each.at) for each in found.differences]


def test_a_ledger_with_a_row_for_each_occurrence_is_complete():
    found = audit(singles(*range(10)))
    assert faults(found) == []
    assert (found.occurrence_count, found.held_count) == (10, 0)


@pytest.mark.parametrize("gone", [0, 4, 9])
def test_a_row_that_is_gone_is_lost(gone):
    found = audit(singles(*(set(range(10)) - {gone})))
    assert faults(found) == [(Fault.LOST, noon(gone))]
    assert found.occurrence_count == 9


def test_rows_that_are_gone_in_a_row_are_one_difference():
    (difference,) = audit(singles(0, 1, 8, 9)).differences
    assert difference.text == (
        "The lot of 6 from 2026-03-04 12:00:00 UTC to 2026-03-09 12:00:00 UTC is not in the ledger."
    )


@pytest.mark.parametrize("at", [noon(3) + MINUTE, noon(3) - timedelta(milliseconds=1)])
def test_a_row_that_no_rule_named_is_invented(at):
    found = audit([*singles(*range(10)), Entry(at, at)])
    assert faults(found) == [(Fault.INVENTED, at)]


def test_rows_of_a_time_without_a_rule_are_invented():
    tenures = [a_tenure(START, noon(2)), a_tenure(noon(4), None)]
    assert faults(audit(singles(*range(3), *range(5, 10)), *tenures)) == []
    assert faults(audit(singles(*range(10)), *tenures)) == [
        (Fault.INVENTED, noon(3)),
        (Fault.INVENTED, noon(4)),
    ]


def test_the_same_occurrence_in_a_range_and_alone_stands_twice():
    entries = [Entry(noon(0), noon(5), 6), *singles(3, 6, 7, 8, 9)]
    assert faults(audit(entries)) == [(Fault.TWICE, noon(3))]


@pytest.mark.parametrize("entry", [Entry(noon(0), noon(9), 9), Entry(noon(0), noon(9), 11)])
def test_a_range_that_counts_wrongly_is_found(entry):
    found = audit([entry])
    assert faults(found) == [(Fault.WRONG_COUNT, noon(0))]
    assert found.occurrence_count == 10


def test_a_range_that_ends_where_nothing_was_named_is_found():
    assert faults(audit([Entry(noon(0), noon(9) + HOUR, 10)])) == [(Fault.WRONG_COUNT, noon(0))]


def test_a_range_counts_with_the_part_that_lies_in_the_window():
    found = audit([Entry(noon(0), noon(9), 10)], since=noon(2), until=noon(5))
    assert (faults(found), found.occurrence_count) == ([], 4)


def test_both_ends_of_the_window_belong_to_it():
    found = audit(singles(2, 5), since=noon(2), until=noon(5))
    assert faults(found) == [(Fault.LOST, noon(3))]
    assert found.occurrence_count == 2


def test_a_billion_seconds_in_one_row_are_counted_and_not_walked():
    rule = {"type": "interval", "every_seconds": 1}
    first = END - timedelta(seconds=10**9 - 1)
    found = audit([Entry(first, END, 10**9)], a_tenure(first - HOUR, rule=rule), since=first)
    assert (faults(found), found.occurrence_count) == ([], 10**9)


def blacked_out(*days: int) -> list[Entry]:
    return [Entry(noon(day), noon(day), 1, Ground.BLACKOUT) for day in days]


CLOSED = a_tenure(blackouts=[closed(("2026-03-04T00:00", "2026-03-06T00:00"))])


def test_what_a_calendar_leaves_out_has_a_row_that_says_so():
    found = audit([*singles(0, 1, *range(4, 10)), *blacked_out(2, 3)], CLOSED)
    assert (faults(found), found.occurrence_count) == ([], 10)


def test_a_date_of_a_calendar_that_ran_is_a_difference():
    found = audit(singles(*range(10)), CLOSED)
    assert faults(found) == [(Fault.WRONG_REASON, noon(2)), (Fault.WRONG_REASON, noon(3))]
    assert "as one to run; it was left out (BLACKOUT)" in found.differences[0].text


def test_a_date_called_left_out_that_no_calendar_names_is_a_difference():
    found = audit([*singles(*range(9)), *blacked_out(9)])
    assert faults(found) == [(Fault.WRONG_REASON, noon(9))]


def test_a_date_of_a_calendar_without_a_row_is_lost():
    (difference,) = audit([*singles(0, 1, *range(4, 10)), *blacked_out(3)], CLOSED).differences
    assert (difference.fault, difference.at) == (Fault.LOST, noon(2))
    assert difference.text == "2026-03-04 12:00:00 UTC is not in the ledger."


def test_a_range_of_left_out_dates_may_reach_out_of_the_window_at_both_ends():
    tenure = a_tenure(blackouts=[closed(("2026-03-04T00:00", "2026-05-01T00:00"))])
    shut = Entry(noon(2), noon(40), 39, Ground.BLACKOUT)
    window: dict[str, Any] = {"since": noon(5), "until": noon(9), "now": noon(40)}
    found = audit([shut], tenure, **window)
    assert (faults(found), found.occurrence_count) == ([], 5)
    wrong = shut._replace(number=38)
    assert faults(audit([wrong], tenure, **window)) == [(Fault.WRONG_COUNT, noon(2))]


def test_a_range_of_left_out_dates_may_enclose_others():
    rule = {"type": "interval", "every_seconds": 3600}
    spells = [("2026-03-02T01:00", "2026-03-02T11:00"), ("2026-03-02T12:00", "2026-03-02T23:00")]
    tenure = a_tenure(START - HOUR, rule=rule, blackouts=[closed(*spells)])
    run = [Entry(START + n * HOUR, START + n * HOUR) for n in (0, 11, 23)]
    shut = Entry(START + HOUR, START + 22 * HOUR, 21, Ground.BLACKOUT)
    window: dict[str, Any] = {"until": START + 23 * HOUR, "now": START + 23 * HOUR}
    found = audit([*run, shut], tenure, **window)
    assert (faults(found), found.occurrence_count) == ([], 24)


def test_skipped_beforehand_is_not_a_calendar():
    tenure = a_tenure(skip_from=START.isoformat(), skip_until=noon(1).isoformat())
    skipped = [Entry(noon(day), noon(day), 1, Ground.CANCELLED_BY_USER) for day in (0, 1)]
    rest = singles(*range(2, 10))
    assert faults(audit([*skipped, *rest], tenure)) == []
    assert faults(audit([*blacked_out(0), *skipped[1:], *rest], tenure)) == [
        (Fault.WRONG_REASON, noon(0))
    ]


def test_a_reading_that_the_clock_jumped_over_has_a_row():
    rule = {"type": "daily", "times": ["02:30"]}
    tenure = a_tenure(rule=rule, zone="Europe/Stockholm", gap_policy="skip")
    jump = datetime(2026, 3, 29, 1, tzinfo=UTC)
    window: dict[str, Any] = {"since": jump - HOUR, "until": jump + HOUR, "now": jump + DAY}
    at = jump - timedelta(milliseconds=1)
    assert faults(audit([Entry(at, at, 1, Ground.DST_GAP)], tenure, **window)) == []
    assert faults(audit([Entry(at, at)], tenure, **window)) == [(Fault.WRONG_REASON, at)]
    assert faults(audit([], tenure, books=Books(jump), **window)) == [(Fault.LOST, at)]


def test_what_is_covered_by_a_run_that_is_not_there_is_found():
    covered = Entry(noon(0), noon(0), covered_by=noon(9))
    assert faults(audit([covered, *singles(*range(1, 10))])) == []
    later = Entry(noon(0), noon(0), covered_by=noon(12))
    assert faults(audit([later, *singles(*range(1, 10))])) == [(Fault.NO_COVER, noon(0))]
    assert faults(audit([later, *singles(*range(1, 10))], covers=[noon(12)])) == []
    chain = [
        Entry(noon(0), noon(0), covered_by=noon(1)),
        Entry(noon(1), noon(1), covered_by=noon(2)),
    ]
    assert faults(audit([*chain, *singles(*range(2, 10))])) == [(Fault.NO_COVER, noon(0))]


def test_what_did_not_run_needs_a_reason():
    silent = Entry(noon(0), noon(0), is_explained=False)
    assert faults(audit([silent, *singles(*range(1, 10))])) == [(Fault.NO_REASON, noon(0))]


def test_an_edit_counts_from_just_after_its_instant():
    evening = {"type": "daily", "times": ["18:00"]}
    tenures = [a_tenure(START, noon(4)), a_tenure(noon(4), rule=evening)]
    evenings = [Entry(noon(day) + 6 * HOUR, noon(day) + 6 * HOUR) for day in range(4, 10)]
    assert faults(audit([*singles(*range(5)), *evenings], *tenures)) == []


def test_a_definition_that_cannot_be_read_is_told_and_hides_no_other():
    tenures = [a_tenure(START, noon(4), zone="Mars/Olympus"), a_tenure(noon(4))]
    found = audit(singles(*range(5, 9)), *tenures)
    assert faults(found) == [(Fault.UNREADABLE, START), (Fault.LOST, noon(9))]


def test_what_a_hold_keeps_back_is_counted_and_no_difference():
    found = audit(singles(0, 1), books=Books(noon(1) + HOUR, is_held=True))
    assert (faults(found), found.occurrence_count, found.held_count) == ([], 2, 8)


def test_a_hold_excuses_nothing_before_it():
    found = audit(singles(0), books=Books(noon(1) + HOUR, is_held=True))
    assert (faults(found), found.held_count) == ([(Fault.LOST, noon(1))], 8)


def test_a_hold_excuses_nothing_of_a_rule_that_was_replaced():
    tenures = [a_tenure(START, noon(4)), a_tenure(noon(4))]
    found = audit(singles(*range(1, 5)), *tenures, books=Books(START, is_held=True))
    assert (faults(found), found.held_count) == ([(Fault.LOST, noon(0))], 5)


def test_what_nobody_has_written_down_is_told_apart():
    found = audit(singles(*range(7)), books=Books(noon(8)))
    assert faults(found) == [(Fault.LOST, noon(7)), (Fault.NOT_YET, noon(9))]


@pytest.mark.parametrize(("late", "expected"), [(59, []), (60, [(Fault.NOT_YET, noon(9))])])
def test_the_engine_has_a_minute(late, expected):
    now = noon(9) + timedelta(seconds=late)
    assert faults(audit(singles(*range(9)), books=Books(noon(8)), until=now, now=now)) == expected


def test_an_occurrence_that_waits_for_its_jitter_is_not_late():
    tenure = a_tenure(jitter_seconds=86_400)
    now = noon(9) + 2 * MINUTE
    window: dict[str, Any] = {
        "until": now,
        "now": now,
        "books": Books(noon(9) - timedelta(microseconds=1)),
    }
    assert faults(audit(singles(*range(9)), tenure, **window)) == []
    assert faults(audit(singles(*range(8)), tenure, **window)) == [(Fault.LOST, noon(8))]


def test_moving_the_mark_ahead_hides_nothing():
    assert faults(audit(singles(*range(9)), books=Books(END + DAY))) == [(Fault.LOST, noon(9))]
