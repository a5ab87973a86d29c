# ruff: noqa: DTZ001 - hypothesis takes naive bounds
"""Expressions drawn together with the values that their fields hold."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import strategies as st

from tests.unit.planning.minute_walker import Spec

ZONES = [
    "America/New_York", "Europe/London", "Europe/Stockholm", "Australia/Lord_Howe",
    "Antarctica/Troll", "Asia/Beirut", "Africa/Cairo", "Africa/Casablanca", "Pacific/Apia",
    "Europe/Dublin", "America/Sao_Paulo", "America/Havana", "Asia/Kathmandu", "Pacific/Chatham",
    "UTC",
]  # fmt: skip

# Nights on which a zone of the list changes its clock; and those on which it does not.
NIGHTS = {
    "America/New_York": ["2024-03-10", "2024-11-03", "2007-03-11"],
    "Europe/London": ["2026-03-29", "2026-10-25", "1981-03-29"],
    "Europe/Stockholm": ["2026-03-29", "2025-10-26"],
    "Australia/Lord_Howe": ["2025-04-05", "2025-10-04", "2031-04-05"],
    "Antarctica/Troll": ["2026-03-29", "2026-10-25"],
    "Asia/Beirut": ["2026-03-29", "2026-10-24", "2023-03-25"],
    "Africa/Cairo": ["2026-04-23", "2026-10-29", "2014-07-31"],
    "Africa/Casablanca": ["2026-02-15", "2026-03-22", "2025-04-06"],
    "Pacific/Apia": ["2011-12-30", "2011-09-24", "2012-04-01"],
    "Europe/Dublin": ["2026-03-29", "2026-10-25"],
    "America/Sao_Paulo": ["2018-11-04", "2018-02-18", "2016-10-16"],
    "America/Havana": ["2026-03-08", "2024-11-03"],
    "Asia/Kathmandu": ["1985-12-31", "2026-01-01"],
    "Pacific/Chatham": ["2026-09-26", "2026-04-04"],
    "UTC": ["2026-03-29"],
}
QUIET = {("Asia/Kathmandu", "2026-01-01"), ("UTC", "2026-03-29")}

GAPS = ["shift", "shift_by_gap", "skip"]
REPEATS = ["first", "second", "both"]
STARTS = st.datetimes(datetime(1972, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))

Drawn = tuple[str, frozenset[int]]


def _item(low: int, high: int, upto: int) -> st.SearchStrategy[Drawn]:
    number = st.integers(low, upto)
    step = st.integers(1, high + 2)
    pair = st.tuples(number, number).map(sorted)
    return st.one_of(
        st.just(("*", frozenset(range(low, high + 1)))),
        step.map(lambda s: (f"*/{s}", frozenset(range(low, high + 1, s)))),
        number.map(lambda n: (str(n), frozenset({n}))),
        st.tuples(number, step).map(
            lambda v: (f"{v[0]}/{v[1]}", frozenset(range(v[0], high + 1, v[1])))
        ),
        pair.map(lambda p: (f"{p[0]}-{p[1]}", frozenset(range(p[0], p[1] + 1)))),
        st.tuples(pair, step).map(
            lambda v: (
                f"{v[0][0]}-{v[0][1]}/{v[1]}",
                frozenset(range(v[0][0], v[0][1] + 1, v[1])),
            )
        ),
    )


def field(low: int, high: int, upto: int | None = None) -> st.SearchStrategy[Drawn]:
    """A list of one to three elements; numbers are drawn up to `upto`."""
    return st.lists(_item(low, high, high if upto is None else upto), min_size=1, max_size=3).map(
        lambda items: (
            ",".join(text for text, _ in items),
            frozenset[int]().union(*(values for _, values in items)),
        )
    )


def _weekdays() -> st.SearchStrategy[Drawn]:
    return field(0, 7).map(lambda drawn: (drawn[0], frozenset(value % 7 for value in drawn[1])))


def specs() -> st.SearchStrategy[Spec]:
    """Any expression of numbers; mostly with all days, so that a few days' window has instants."""
    any_day: Drawn = ("*", frozenset(range(1, 32)))
    any_month: Drawn = ("*", frozenset(range(1, 13)))
    any_weekday: Drawn = ("*", frozenset(range(7)))
    return st.builds(
        Spec,
        minute=field(0, 59),
        hour=st.one_of(field(0, 23, upto=4), field(0, 23)),
        day=st.one_of(st.just(any_day), field(1, 31)),
        month=st.one_of(st.just(any_month), field(1, 12)),
        weekday=st.one_of(st.just(any_weekday), _weekdays()),
    )
