# ruff: noqa: DTZ001, E501 - readings are naive; a table has one case to a line
from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from scheduling.planning.calendars import BlackoutCalendar, calendar_from_json
from scheduling.planning.clock_timeline import Gap
from scheduling.planning.decide import decide, decide_pause_span
from scheduling.planning.plan import Plan
from scheduling.planning.policy import Misfire, Overlap, Policy
from scheduling.planning.rules import CronRule, DailyRule, IntervalRule, OnceRule
from scheduling.planning.verdicts import Decision, Ground, RangeVerdict, Row, Verdict
from scheduling.states import Reason
from tests.factories.closures import closed

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
START = datetime(2026, 5, 4, tzinfo=UTC)
NIGHTLY = Plan(rule=DailyRule(("02:00",)), zone="UTC")
HOURLY = Plan(rule=CronRule("0 * * * *"), zone="UTC")
EACH_MINUTE = Plan(rule=CronRule("* * * * *"), zone="UTC")


def _closed(start: str, until: str) -> tuple[BlackoutCalendar, ...]:
    """A calendar of one range, such as `05-04T01:00` to `05-04T02:30`."""
    return (calendar_from_json(closed((f"2026-{start}", f"2026-{until}"))),)


def _words(row: Row) -> str:
    """`04T02:00 RUN late`, `04T01:00 MISSED COALESCED>04T02:00`, `04T00:00..04T01:00 60 MISSED ...`."""
    if isinstance(row, RangeVerdict):
        when = f"{row.planned_at:%dT%H:%M}..{row.last_planned_at:%dT%H:%M} {row.count}"
        marks = ""
    else:
        when = f"{row.planned_at:%dT%H:%M}"
        marks = " late" * row.late + " queues" * row.queues + " replaces" * row.replaces
    into = f">{row.coalesced_into:%dT%H:%M}" if row.coalesced_into else ""
    reason = f" {row.reason}{into}" if row.reason else ""
    return f"{when} {row.disposition}{reason}{marks}"


def _rows(decision: Decision) -> list[str]:
    return [_words(row) for row in decision.rows]


def _decide(plan: Plan, policy: Policy, after: timedelta, now: timedelta, **runs: int) -> Decision:
    return decide(plan, policy, accounted_until=START + after, now=START + now, **runs)


def test_an_occurrence_that_is_due_runs() -> None:
    decision = _decide(NIGHTLY, Policy(), timedelta(0), 2 * HOUR)

    assert _rows(decision) == ["04T02:00 RUN"]
    assert decision.accounted_until == START + 2 * HOUR
    assert decision.next_planned_at == decision.next_due_at == START + DAY + 2 * HOUR


def test_nothing_is_due_before_its_time() -> None:
    decision = _decide(NIGHTLY, Policy(), timedelta(0), 2 * HOUR - timedelta(microseconds=1))

    assert decision.rows == ()
    assert decision.next_due_at == START + 2 * HOUR


def test_a_second_decision_takes_nothing_twice() -> None:
    first = _decide(NIGHTLY, Policy(), timedelta(0), 2 * HOUR)

    again = decide(NIGHTLY, Policy(), accounted_until=first.accounted_until, now=START + 3 * HOUR)

    assert again.rows == ()


def test_a_clock_that_goes_backwards_takes_nothing_back() -> None:
    decision = _decide(NIGHTLY, Policy(), 3 * HOUR, HOUR)

    assert decision.rows == ()
    assert decision.accounted_until == START + 3 * HOUR
    assert decision.next_planned_at == START + DAY + 2 * HOUR


@pytest.mark.parametrize(
    ("lag", "late"), [(0, False), (60, False), (61, True), (3600, True), (23 * 3600, True)]
)
def test_late_is_a_label_and_no_reason_to_drop(lag: int, late: bool) -> None:
    decision = _decide(NIGHTLY, Policy(), timedelta(0), 2 * HOUR + timedelta(seconds=lag))

    assert _rows(decision) == ["04T02:00 RUN" + " late" * late]


MISFIRES = [
    # misfire, expression, outage in hours, rows
    ("run_latest", "*/20 * * * *", 1.5, "04T00:20 MISSED OUT_OF_WINDOW, 04T00:40 MISSED COALESCED>04T01:20, 04T01:00 MISSED COALESCED>04T01:20, 04T01:20 RUN late"),
    ("run_latest", "*/20 * * * *", 1 / 3 + 0.01, "04T00:20 RUN"),
    ("run_latest", "* * * * *", 3.005, "04T00:01..04T02:00 120 MISSED OUT_OF_WINDOW, 04T02:01..04T02:59 59 MISSED COALESCED>04T03:00, 04T03:00 RUN"),
    ("run_all", "*/20 * * * *", 1.5, "04T00:20 MISSED OUT_OF_WINDOW, 04T00:40 RUN late queues, 04T01:00 RUN late queues, 04T01:20 RUN late queues"),
    ("skip", "*/20 * * * *", 1.5, "04T00:20 MISSED OUT_OF_WINDOW, 04T00:40 MISSED OUT_OF_WINDOW, 04T01:00 MISSED OUT_OF_WINDOW, 04T01:20 MISSED OUT_OF_WINDOW"),
    ("skip", "*/20 * * * *", 1 + 1 / 3, "04T00:20 MISSED OUT_OF_WINDOW, 04T00:40 MISSED OUT_OF_WINDOW, 04T01:00 MISSED OUT_OF_WINDOW, 04T01:20 RUN"),
    ("ask", "*/20 * * * *", 1.5, "04T00:20 MISSED OUT_OF_WINDOW, 04T00:40 ASK late, 04T01:00 ASK late, 04T01:20 ASK late"),
    ("ask", "*/20 * * * *", 1 / 3, "04T00:20 RUN"),
    ("ask", "*/20 * * * *", 2 / 3, "04T00:20 ASK late, 04T00:40 RUN"),
]  # fmt: skip


@pytest.mark.parametrize(("misfire", "expression", "hours", "expected"), MISFIRES)
def test_an_outage_is_made_up_for_as_the_policy_says(
    misfire: Misfire, expression: str, hours: float, expected: str
) -> None:
    plan = Plan(rule=CronRule(expression), zone="UTC")

    decision = _decide(plan, Policy(misfire=misfire), timedelta(0), timedelta(hours=hours))

    assert ", ".join(_rows(decision)) == expected


def test_a_week_without_an_engine_runs_the_newest_night_alone() -> None:
    decision = _decide(NIGHTLY, Policy(), timedelta(0), 7 * DAY)

    assert _rows(decision)[-1] == "10T02:00 RUN late"
    assert {row[7:] for row in _rows(decision)[:-1]} == {"0 MISSED OUT_OF_WINDOW"}
    assert len(decision.rows) == 7


def test_nothing_runs_if_even_the_newest_is_out_of_the_window() -> None:
    policy = Policy(catchup_window=HOUR)

    decision = _decide(NIGHTLY, policy, timedelta(0), DAY + 12 * HOUR)

    assert _rows(decision) == ["04T02:00 MISSED OUT_OF_WINDOW", "05T02:00 MISSED OUT_OF_WINDOW"]


def test_a_window_of_nothing_still_runs_what_is_on_time() -> None:
    decision = _decide(
        NIGHTLY,
        Policy(catchup_window=timedelta(0)),
        timedelta(0),
        2 * HOUR + 30 * timedelta(seconds=1),
    )

    assert _rows(decision) == ["04T02:00 RUN"]


def test_a_wider_window_joins_older_nights_to_the_newest() -> None:
    policy = Policy(catchup_window=3 * DAY)

    decision = _decide(NIGHTLY, policy, timedelta(0), 3 * DAY)

    assert _rows(decision) == [
        "04T02:00 MISSED COALESCED>06T02:00",
        "05T02:00 MISSED COALESCED>06T02:00",
        "06T02:00 RUN late",
    ]


def test_catching_up_all_stops_at_the_limit_and_keeps_the_newest() -> None:
    policy = Policy(misfire=Misfire.RUN_ALL, max_catchup=3, catchup_window=7 * DAY)

    decision = _decide(HOURLY, policy, timedelta(0), 2 * DAY)

    assert _rows(decision) == [
        "04T01:00..05T21:00 45 MISSED OUT_OF_WINDOW",
        "05T22:00 RUN late queues",
        "05T23:00 RUN late queues",
        "06T00:00 RUN queues",
    ]


def test_a_single_instant_missed_by_two_days_still_runs() -> None:
    plan = Plan(rule=OnceRule(START + HOUR), zone="UTC")

    decision = _decide(plan, Policy(), timedelta(0), 2 * DAY)

    assert _rows(decision) == ["04T01:00 RUN late"]
    assert decision.next_planned_at is decision.next_due_at is None


@pytest.mark.parametrize(
    ("overlap", "active", "queued", "expected"),
    [
        ("skip", 1, 0, "04T02:00 SKIPPED OVERLAP"),
        ("skip", 0, 1, "04T02:00 SKIPPED OVERLAP"),
        ("queue_one", 1, 0, "04T02:00 RUN queues"),
        ("queue_one", 1, 1, "04T02:00 SKIPPED QUEUE_FULL"),
        ("queue_all", 1, 9, "04T02:00 RUN queues"),
        ("replace", 1, 0, "04T02:00 RUN queues replaces"),
        ("allow", 3, 0, "04T02:00 RUN"),
        ("allow", 4, 0, "04T02:00 SKIPPED OVERLAP"),
    ],
)
def test_a_run_in_the_way_is_met_as_the_policy_says(
    overlap: Overlap, active: int, queued: int, expected: str
) -> None:
    policy = Policy(overlap=overlap)

    decision = _decide(NIGHTLY, policy, timedelta(0), 2 * HOUR, active=active, queued=queued)

    assert _rows(decision) == [expected]


def test_an_occurrence_waits_for_its_jitter_and_is_accounted_only_then() -> None:
    plan = Plan(rule=CronRule("0 * * * *"), zone="UTC", jitter_seconds=1800, schedule_id="7")
    before = _decide(plan, Policy(), HOUR, 2 * HOUR)
    assert before.rows == ()
    assert before.next_planned_at == START + 2 * HOUR
    assert before.next_due_at is not None
    assert START + 2 * HOUR < before.next_due_at <= START + 2.5 * HOUR

    at_last = decide(plan, Policy(), accounted_until=before.accounted_until, now=before.next_due_at)

    assert _rows(at_last) == ["04T02:00 RUN"]
    assert at_last.next_planned_at == START + 3 * HOUR


def test_jitter_does_not_hold_back_what_was_due_before() -> None:
    plan = Plan(rule=CronRule("0 * * * *"), zone="UTC", jitter_seconds=1800, schedule_id="7")

    decision = _decide(plan, Policy(), timedelta(0), 2 * HOUR)

    assert _rows(decision) == ["04T01:00 RUN late"]
    assert decision.accounted_until < START + 2 * HOUR


def test_a_reading_that_the_clock_jumps_over_gets_its_own_row_when_it_jumps() -> None:
    plan = Plan(rule=DailyRule(("02:30", "05:00")), zone="Europe/Stockholm", gap=Gap.SKIP)
    jump = datetime(2026, 3, 29, 1, tzinfo=UTC)
    before = decide(plan, Policy(), accounted_until=jump - 2 * HOUR, now=jump - HOUR)
    assert (before.rows, before.next_planned_at, before.next_due_at) == ((), jump + 2 * HOUR, jump)

    at_jump = decide(plan, Policy(), accounted_until=before.accounted_until, now=jump)

    (row,) = at_jump.rows
    assert _words(row) == "29T00:59 SKIPPED DST_GAP"
    assert not isinstance(row, RangeVerdict)
    assert row.local == datetime(2026, 3, 29, 2, 30)
    assert at_jump.next_due_at == jump + 2 * HOUR


def test_rows_stand_in_order_of_their_instants() -> None:
    plan = Plan(rule=DailyRule(("01:00", "09:00")), zone="Pacific/Apia")
    start = datetime(2011, 12, 28, 12, tzinfo=UTC)

    decision = decide(
        plan, Policy(catchup_window=7 * DAY), accounted_until=start, now=start + 3 * DAY
    )

    assert _rows(decision) == [
        "28T19:00 MISSED COALESCED>31T11:00",
        "29T11:00 MISSED COALESCED>31T11:00",
        "29T19:00 MISSED COALESCED>31T11:00",
        "30T09:59 SKIPPED DST_GAP",
        "30T09:59 SKIPPED DST_GAP",
        "30T11:00 MISSED COALESCED>31T11:00",
        "30T19:00 MISSED COALESCED>31T11:00",
        "31T11:00 RUN late",
    ]


def test_many_readings_that_the_clock_jumps_over_are_one_range() -> None:
    plan = Plan(rule=CronRule("0-59 0-23 * * *"), zone="Pacific/Apia")
    jump = datetime(2011, 12, 30, 10, tzinfo=UTC)

    decision = decide(plan, Policy(), accounted_until=jump - MINUTE, now=jump)

    assert [row[:4] == "30T0" for row in _rows(decision)] == [True, False]
    left_out = decision.rows[0]
    assert isinstance(left_out, RangeVerdict)
    assert (left_out.count, left_out.reason) == (1440, "DST_GAP")
    assert jump - MINUTE < left_out.planned_at < left_out.last_planned_at < jump


def test_what_a_calendar_leaves_out_gets_its_row_at_its_instant() -> None:
    plan = replace(NIGHTLY, blackouts=_closed("05-04T00:00", "05-05T00:00"), jitter_seconds=1800)
    before = _decide(plan, Policy(), timedelta(0), HOUR)
    assert before.rows == ()
    assert before.next_planned_at == START + DAY + 2 * HOUR
    assert before.next_due_at == START + 2 * HOUR

    at_it = _decide(plan, Policy(), HOUR, 2 * HOUR, active=1)

    assert _rows(at_it) == ["04T02:00 SKIPPED BLACKOUT"]
    assert isinstance(at_it.rows[0], Verdict)
    assert at_it.rows[0].due_at == at_it.accounted_until == START + 2 * HOUR
    assert at_it.next_due_at is not None
    assert at_it.next_due_at > START + DAY + 2 * HOUR


LEFT_OUT_OUTAGES = [
    # misfire, closed from, until, outage in hours, rows
    ("run_latest", "05-04T01:30", "05-04T03:30", 4, "04T01:00 MISSED OUT_OF_WINDOW, 04T02:00 SKIPPED BLACKOUT, 04T03:00 SKIPPED BLACKOUT, 04T04:00 RUN"),
    # The window is one period of the rule, however far off the blackout puts the next date.
    ("run_latest", "05-04T01:30", "05-04T05:30", 4, "04T01:00 MISSED OUT_OF_WINDOW, 04T02:00 SKIPPED BLACKOUT, 04T03:00 SKIPPED BLACKOUT, 04T04:00 SKIPPED BLACKOUT"),
    ("run_all", "05-04T03:00", "05-04T04:00", 4, "04T01:00 MISSED OUT_OF_WINDOW, 04T02:00 MISSED OUT_OF_WINDOW, 04T03:00 SKIPPED BLACKOUT, 04T04:00 RUN"),
    ("skip", "05-04T00:30", "05-04T02:30", 3, "04T01:00 SKIPPED BLACKOUT, 04T02:00 SKIPPED BLACKOUT, 04T03:00 RUN"),
    ("ask", "05-04T00:30", "05-04T01:30", 2.5, "04T01:00 SKIPPED BLACKOUT, 04T02:00 ASK late"),
    ("run_all", "05-04T00:30", "05-05T00:00", 3, "04T01:00 SKIPPED BLACKOUT, 04T02:00 SKIPPED BLACKOUT, 04T03:00 SKIPPED BLACKOUT"),
]  # fmt: skip


@pytest.mark.parametrize(("misfire", "start", "until", "hours", "expected"), LEFT_OUT_OUTAGES)
def test_after_an_outage_what_was_left_out_is_neither_missed_nor_caught_up(
    misfire: Misfire, start: str, until: str, hours: float, expected: str
) -> None:
    plan = replace(HOURLY, blackouts=_closed(start, until))

    decision = _decide(plan, Policy(misfire=misfire), timedelta(0), timedelta(hours=hours))

    assert ", ".join(_rows(decision)) == expected


def test_dates_that_a_person_skipped_say_so_but_for_those_of_a_calendar() -> None:
    plan = replace(
        HOURLY,
        blackouts=_closed("05-04T02:00", "05-04T03:00"),
        skip_from=START,
        skip_until=START + 4 * HOUR,
    )

    decision = _decide(plan, Policy(), timedelta(0), 5 * HOUR)

    assert _rows(decision) == [
        "04T01:00 SKIPPED CANCELLED_BY_USER",
        "04T02:00 SKIPPED BLACKOUT",
        "04T03:00 SKIPPED CANCELLED_BY_USER",
        "04T04:00 SKIPPED CANCELLED_BY_USER",
        "04T05:00 RUN",
    ]


def test_many_that_are_left_out_are_one_range_for_each_ground() -> None:
    plan = replace(
        EACH_MINUTE,
        blackouts=_closed("05-04T01:00", "05-04T02:00"),
        skip_from=START,
        skip_until=START + 3 * HOUR,
    )

    decision = _decide(plan, Policy(), timedelta(0), 3 * HOUR + MINUTE)

    assert _rows(decision) == [
        "04T00:01..04T03:00 120 SKIPPED CANCELLED_BY_USER",
        "04T01:00..04T01:59 60 SKIPPED BLACKOUT",
        "04T03:01 RUN",
    ]


def test_a_range_of_what_was_missed_counts_what_might_have_run() -> None:
    plan = replace(EACH_MINUTE, blackouts=_closed("05-04T01:00", "05-04T01:10"))

    decision = _decide(plan, Policy(misfire=Misfire.SKIP), timedelta(0), 2 * HOUR)

    assert [row for row in _rows(decision) if " MISSED " in row] == [
        "04T00:01..04T01:58 108 MISSED OUT_OF_WINDOW"
    ]
    assert sum("BLACKOUT" in row for row in _rows(decision)) == 10


def test_a_year_of_seconds_that_is_left_out_is_counted_and_not_walked() -> None:
    plan = Plan(rule=IntervalRule(1), zone="UTC", blackouts=_closed("01-01T00:00", "12-31T00:00"))

    decision = _decide(plan, Policy(), timedelta(0), 200 * DAY)

    assert _rows(decision) == [f"04T00:00..20T00:00 {200 * 86_400} SKIPPED BLACKOUT"]
    assert decision.next_due_at == START + 200 * DAY + timedelta(seconds=1)
    assert decision.next_planned_at == datetime(2026, 12, 31, tzinfo=UTC)


def test_each_is_recorded_even_if_all_are_left_out() -> None:
    plan = replace(
        NIGHTLY, blackouts=_closed("01-01T00:00", "12-31T00:00"), ends_at=START + 9 * DAY
    )

    decision = _decide(plan, Policy(), timedelta(0), 3 * HOUR)

    assert _rows(decision) == ["04T02:00 SKIPPED BLACKOUT"]
    assert decision.next_planned_at is None
    assert decision.next_due_at == START + DAY + 2 * HOUR


def test_a_pause_leaves_what_was_left_out_anyway_its_own_reason() -> None:
    plan = replace(HOURLY, blackouts=_closed("05-04T02:00", "05-04T03:00"))

    decision = decide_pause_span(plan, accounted_until=START, until=START + 3 * HOUR)

    assert _rows(decision) == [
        "04T01:00 SKIPPED PAUSED", "04T02:00 SKIPPED BLACKOUT", "04T03:00 SKIPPED PAUSED"
    ]  # fmt: skip


def test_outside_of_trading_hours_nothing_is_recorded() -> None:
    plan = Plan(rule=CronRule("0 * * * *"), zone="UTC", market="XNYS")

    decision = _decide(plan, Policy(), timedelta(0), DAY)

    assert [row[:8] for row in _rows(decision)] == [f"04T{hour}:00" for hour in range(14, 20)]
    assert decision.next_due_at == START + DAY + 14 * HOUR


def test_asking_stops_at_the_limit_and_keeps_the_newest() -> None:
    policy = Policy(misfire=Misfire.ASK, max_catchup=2, catchup_window=7 * DAY)

    decision = _decide(HOURLY, policy, timedelta(0), 3.5 * HOUR)

    assert _rows(decision) == [
        "04T01:00 MISSED OUT_OF_WINDOW", "04T02:00 ASK late", "04T03:00 ASK late"
    ]  # fmt: skip


def test_occurrences_that_a_pause_passed_over_are_skipped() -> None:
    decision = decide_pause_span(HOURLY, accounted_until=START, until=START + 3 * HOUR)

    assert _rows(decision) == [f"04T0{hour}:00 SKIPPED PAUSED" for hour in (1, 2, 3)]
    assert decision.accounted_until == START + 3 * HOUR
    assert decision.next_due_at == START + 4 * HOUR


def test_a_long_pause_of_a_frequent_rule_is_one_range() -> None:
    decision = decide_pause_span(EACH_MINUTE, accounted_until=START, until=START + 30 * DAY)

    assert _rows(decision) == ["04T00:01..03T00:00 43200 SKIPPED PAUSED"]


def test_a_week_of_seconds_is_two_ranges_and_one_run() -> None:
    plan = Plan(rule=IntervalRule(1), zone="UTC")

    decision = _decide(plan, Policy(), timedelta(0), 7 * DAY)

    assert (
        sum(row.count for row in decision.rows if isinstance(row, RangeVerdict)) == 7 * 86_400 - 1
    )
    assert _rows(decision)[-1] == "11T00:00 RUN"


def test_every_ground_is_a_reason_of_the_ledger() -> None:
    assert {ground.value for ground in Ground} <= {reason.value for reason in Reason}
