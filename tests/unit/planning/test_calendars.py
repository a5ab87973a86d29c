# ruff: noqa: E501 - a table has one case to a line
"""What calendars leave out. Dates of holidays: the laws and offices named beside them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from scheduling.planning.calendars import BlackoutCalendar, calendar_from_json
from scheduling.planning.instants import seconds_of
from scheduling.planning.refusals import BadRule

HOLIDAYS = [
    # Sweden: lag (1989:253) om allmänna helgdagar
    ("SE", "", 2026, "01-01 01-06 04-03 04-05 04-06 05-01 05-14 05-24 06-06 06-20 10-31 12-25 12-26"),
    # United States: opm.gov/policy-data-oversight/pay-leave/federal-holidays; days off in the stead
    # of a holiday on a weekend stand beside it
    ("US", "", 2026, "01-01 01-19 02-16 05-25 06-19 07-03 07-04 09-07 10-12 11-11 11-26 12-25"),
    ("US", "", 2027, "01-01 01-18 02-15 05-31 06-18 06-19 07-04 07-05 09-06 10-11 11-11 11-25 12-24 12-25 12-31"),
    # United Kingdom: gov.uk/bank-holidays
    ("GB", "ENG", 2026, "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-26 12-28"),
    ("GB", "ENG", 2027, "01-01 03-26 03-29 05-03 05-31 08-30 12-25 12-26 12-27 12-28"),
]  # fmt: skip


def _calendar(zone: str, **rule: Any) -> BlackoutCalendar:
    return calendar_from_json({"name": "closed", "zone": zone, "rule": rule})


def _own(zone: str, *ranges: tuple[str, str, str]) -> BlackoutCalendar:
    listed = [{"from": start, "until": end, "label": label} for start, end, label in ranges]
    return _calendar(zone, type="ranges", ranges=listed)


def _at(text: str) -> int:
    return seconds_of(datetime.fromisoformat(text).replace(tzinfo=UTC))


def _words(calendar: BlackoutCalendar, after: str, until: str) -> list[str]:
    return [
        f"{datetime.fromtimestamp(spell.start, UTC):%Y-%m-%dT%H:%M} "
        f"{datetime.fromtimestamp(spell.end, UTC):%Y-%m-%dT%H:%M} {spell.label}"
        for spell in calendar.spells(_at(after), _at(until))
    ]


@pytest.mark.parametrize(("country", "subdivision", "year", "expected"), HOLIDAYS)
def test_a_country_keeps_its_public_holidays(
    country: str, subdivision: str, year: int, expected: str
) -> None:
    calendar = _calendar("UTC", type="holidays", country=country, subdivision=subdivision)

    found = _words(calendar, f"{year}-01-01", f"{year}-12-31")

    assert " ".join(day[5:10] for day in found) == expected


def test_a_holiday_lasts_from_midnight_to_midnight_in_the_calendars_zone() -> None:
    calendar = _calendar("Europe/Stockholm", type="holidays", country="SE")

    assert _words(calendar, "2026-06-05T12:00", "2026-06-07") == [
        "2026-06-05T22:00 2026-06-06T22:00 National Day"
    ]


@pytest.mark.parametrize(
    ("instant", "label"),
    [
        ("2026-12-24T22:59:59", None),
        ("2026-12-24T23:00", "Christmas Day"),
        ("2026-12-25T22:59:59", "Christmas Day"),
        ("2026-12-25T23:00", "Second Day of Christmas"),
        ("2026-12-26T23:00", None),
        # The first of January in Stockholm begins in the old year of UTC.
        ("2026-12-31T22:59:59", None),
        ("2026-12-31T23:00", "New Year's Day"),
    ],
)
def test_a_spell_holds_its_start_and_not_its_end(instant: str, label: str | None) -> None:
    calendar = _calendar("Europe/Stockholm", type="holidays", country="SE")

    spell = calendar.spell_at(_at(instant))

    assert (spell.label if spell else None) == label


def test_a_holiday_may_last_into_the_next_year_of_utc() -> None:
    # New Year's Day of 2028 is a Saturday; the day off in its stead is the last day of 2027.
    calendar = _calendar("Pacific/Honolulu", type="holidays", country="US")

    spell = calendar.spell_at(_at("2028-01-01T05:00"))

    assert spell is not None
    assert spell.label == "New Year's Day (observed)"


def test_a_day_begins_after_the_gap_if_its_midnight_is_skipped() -> None:
    # Lebanon's clock jumps from midnight to 01:00; its change of 2026 lies on 29 March.
    calendar = _own("Asia/Beirut", ("2026-03-29T00:00", "2026-03-30T00:00", "spring"))

    assert _words(calendar, "2026-03-01", "2026-04-01") == [
        "2026-03-28T22:00 2026-03-29T21:00 spring"
    ]


@pytest.mark.parametrize(
    ("start", "until", "expected"),
    [
        # Stockholm, 29 March 2026: 02:00 to 03:00 is skipped at 01:00Z.
        ("2026-03-29T01:30", "2026-03-29T02:30", "03-29T00:30 03-29T01:00"),
        ("2026-03-29T02:30", "2026-03-29T03:30", "03-29T01:00 03-29T01:30"),
        # 25 October 2026: 02:00 to 03:00 is shown at 00:00Z and again at 01:00Z.
        ("2026-10-25T02:30", "2026-10-25T03:00", "10-25T00:30 10-25T02:00"),
        ("2026-10-25T01:00", "2026-10-25T02:30", "10-24T23:00 10-25T00:30"),
        ("2026-12-24T12:00:30", "2026-12-27T00:00", "12-24T11:00 12-26T23:00"),
    ],
)
def test_a_range_is_read_by_the_calendars_clock(start: str, until: str, expected: str) -> None:
    (found,) = _words(_own("Europe/Stockholm", (start, until, "")), "2026-01-01", "2027-01-01")

    assert found.replace("2026-", "").strip() == expected


def test_a_range_inside_of_a_gap_is_no_spell() -> None:
    calendar = _own("Europe/Stockholm", ("2026-03-29T02:10", "2026-03-29T02:50", "never"))

    assert _words(calendar, "2026-01-01", "2027-01-01") == []


def test_of_ranges_that_meet_the_first_one_counts() -> None:
    calendar = _own(
        "UTC",
        ("2026-07-10T00:00", "2026-07-20T00:00", "late"),
        ("2026-07-01T00:00", "2026-07-12T00:00", "early"),
        ("2026-07-02T00:00", "2026-07-03T00:00", "inside"),
    )

    assert _words(calendar, "2026-01-01", "2027-01-01") == [
        "2026-07-01T00:00 2026-07-12T00:00 early",
        "2026-07-12T00:00 2026-07-20T00:00 late",
    ]


def test_a_market_leaves_out_days_without_trade_and_the_time_after_an_early_close() -> None:
    # Thanksgiving is on 26 November 2026, and New York five hours behind UTC.
    calendar = _calendar("Asia/Tokyo", type="market", market="XNYS")

    early = "Day after Thanksgiving Day (markets close at 1:00pm)"
    assert _words(calendar, "2026-11-25T12:00", "2026-11-29T12:00") == [
        "2026-11-26T05:00 2026-11-27T05:00 Thanksgiving Day",
        f"2026-11-27T18:00 2026-11-28T05:00 {early}",
        "2026-11-28T05:00 2026-11-29T05:00 weekend",
        "2026-11-29T05:00 2026-11-30T05:00 weekend",
    ]


@pytest.mark.parametrize("year", [3, 1800, 2150, 9996])
def test_there_are_no_holidays_in_years_that_nobody_knows(year: int) -> None:
    calendar = _calendar("Europe/Stockholm", type="holidays", country="SE")

    assert _words(calendar, f"{year:04}-01-01", f"{year:04}-12-31") == []


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"type": "holidays", "country": "SE"}, "public holidays of Sweden"),
        ({"type": "holidays", "country": "US"}, "public holidays of the United States"),
        ({"type": "holidays", "country": "DE", "subdivision": "BY"},
         "public holidays of Germany (BY)"),
        ({"type": "holidays", "country": "TT"}, "public holidays of Trinidad and Tobago"),
        ({"type": "market", "market": "XNYS"},
         "days on which the New York Stock Exchange does not trade"),
        ({"type": "ranges", "ranges": [{"from": "2026-01-01T00:00", "until": "2026-01-02T00:00"}]},
         "1 range"),
    ],
)  # fmt: skip
def test_a_calendar_says_what_it_leaves_out(rule: dict[str, Any], words: str) -> None:
    assert _calendar("UTC", **rule).describe() == words


@pytest.mark.parametrize("language", ["sv_SE.UTF-8", "C"])
def test_the_servers_language_does_not_name_the_holidays(
    language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LANGUAGE", "LANG", "LC_ALL", "LC_MESSAGES"):
        monkeypatch.setenv(name, language)
    # A year that no other test asks for: it is not remembered.
    year = {"sv_SE.UTF-8": 2071, "C": 2072}[language]
    calendar = _calendar("UTC", type="holidays", country="SE")

    assert _words(calendar, f"{year}-01-01", f"{year}-01-01")[0].endswith("New Year's Day")


def test_equal_definitions_share_one_calendar() -> None:
    definition = {"name": "Sweden", "zone": "UTC", "rule": {"type": "holidays", "country": "SE"}}

    assert calendar_from_json(definition) is calendar_from_json(dict(definition))
    assert calendar_from_json(definition) == calendar_from_json(definition | {"id": 7})
    assert calendar_from_json(definition) != calendar_from_json(definition | {"zone": "Asia/Tokyo"})


ONE_RANGE = {"from": "2026-01-01T00:00", "until": "2026-01-02T00:00", "label": ""}


@pytest.mark.parametrize(
    ("definition", "field"),
    [
        (None, "calendar"),
        ([], "calendar"),
        ({"rule": None}, "rule"),
        ({"rule": {}}, "type"),
        ({"rule": {"type": "moon"}}, "type"),
        ({"rule": {"type": []}}, "type"),
        ({"zone": "Mars/Base"}, "zone"),
        ({"zone": None}, "zone"),
        ({"name": 5}, "name"),
        ({"rule": {"type": "holidays"}}, "country"),
        ({"rule": {"type": "holidays", "country": "XX"}}, "country"),
        ({"rule": {"type": "holidays", "country": []}}, "country"),
        ({"rule": {"type": "holidays", "country": "SE", "subdivision": "CA"}}, "subdivision"),
        ({"rule": {"type": "holidays", "country": "SE", "subdivision": None}}, "subdivision"),
        ({"rule": {"type": "holidays", "country": "SE", "zone": "UTC"}}, "zone"),
        ({"rule": {"type": "market", "market": "XXXX"}}, "market"),
        ({"rule": {"type": "market", "market": {}}}, "market"),
    ],
)
def test_a_wrong_calendar_is_refused_with_its_field(definition: Any, field: str) -> None:
    good = {"name": "x", "zone": "UTC", "rule": {"type": "holidays", "country": "SE"}}

    with pytest.raises(BadRule) as refusal:
        calendar_from_json(good | definition if isinstance(definition, dict) else definition)

    assert refusal.value.field == field


@pytest.mark.parametrize(
    ("ranges", "field"),
    [
        (None, "ranges"),
        ([], "ranges"),
        ({}, "ranges"),
        ([ONE_RANGE] * 201, "ranges"),
        (["2026"], "ranges"),
        ([ONE_RANGE | {"from": "soon"}], "ranges"),
        ([ONE_RANGE | {"from": None}], "ranges"),
        ([ONE_RANGE | {"from": "2026-01-01T00:00Z"}], "ranges"),
        ([ONE_RANGE | {"until": "2026-01-01T00:00"}], "ranges"),
        ([ONE_RANGE | {"until": "2036-01-20T00:00"}], "ranges"),
        ([ONE_RANGE | {"from": "0001-01-01T00:00", "until": "0001-01-02T00:00"}], "ranges"),
        ([ONE_RANGE | {"label": 5}], "label"),
        ([ONE_RANGE | {"label": "x" * 121}], "label"),
        ([ONE_RANGE | {"label": "a\nb"}], "label"),
        ([ONE_RANGE | {"to": "2026-01-02T00:00"}], "to"),
    ],
)
def test_a_wrong_range_is_refused_with_its_field(ranges: Any, field: str) -> None:
    with pytest.raises(BadRule) as refusal:
        _calendar("UTC", type="ranges", ranges=ranges)

    assert refusal.value.field == field
