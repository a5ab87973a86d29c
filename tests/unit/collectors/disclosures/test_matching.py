from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.disclosures.matching import (
    Filer,
    Seat,
    by_district,
    match,
    plain,
    plain_family,
    seat_names,
)


def a_seat(
    politician_id: int,
    given: str,
    family: str,
    place: str,
    years: tuple[int, int] = (2025, 2027),
    *,
    nickname: str = "",
    full: str = "",
) -> Seat:
    return Seat(
        politician_id=politician_id,
        state=place[:2],
        district=int(place[2:]),
        started_on=date(years[0], 1, 3),
        ended_on=date(years[1], 1, 3),
        **seat_names(given, family, nickname, full),
    )


SEATS = by_district(
    [
        a_seat(1, "Ingrid", "Halvorsen", "MN04"),
        a_seat(2, "Lars", "Halvorsen", "MN02"),
        a_seat(3, "Inés", "Peñaloza", "CA31"),
        a_seat(4, "Katherine", "Brandvold", "ND00", nickname="Kate"),
        a_seat(5, "Élise", "Fontaine-Marchetti", "NJ05"),
        a_seat(6, "Vera", "Castellan", "AZ03", (2021, 2023)),
        a_seat(6, "Vera", "Castellan", "AZ07", (2023, 2025)),
        a_seat(7, "Gerald", "Fenwick", "OH09", (2023, 2025)),
        a_seat(8, "Theodore", "Ashgrove", "GA11", full="Theodore L. Ashgrove, Jr."),
        a_seat(9, "J.", "Hollis", "AR02", full="J. Merritt Hollis"),
        a_seat(10, "April", "McBride Delany", "MD06", full="April McBride Delany"),
        a_seat(11, "Dermot", "O'Dowd", "NY03"),
        a_seat(12, "Sam", "Twin", "TX01"),
        a_seat(13, "Sam", "Twin", "TX01"),
        a_seat(14, "Old", "Holder", "NV02", (2023, 2025)),
        a_seat(15, "Old", "Holder", "NV02"),
    ]
)


@pytest.mark.parametrize(
    ("last", "first", "place", "filed_on", "politician_id"),
    [
        ("Halvorsen", "Ingrid", "MN04", date(2026, 3, 1), 1),
        ("HALVORSEN", "Ingrid M.", "mn04", date(2026, 3, 1), 1),
        ("Halvorsen", "Ingrid", "MN02", date(2026, 3, 1), None),  # the other Halvorsen's district
        ("Penaloza", "Ines", "CA31", date(2026, 3, 1), 3),
        ("Pen\u0303aloza", "Ine\u0301s", "CA31", date(2026, 3, 1), 3),  # accents as own characters
        ("Brandvold", "Kate", "ND00", date(2026, 3, 1), 4),
        ("Brandvold", 'Katherine "Kate"', "ND00", date(2026, 3, 1), 4),
        ("Brandvold", "Kate", "ND01", date(2026, 3, 1), None),
        ("Fontaine Marchetti", "Elise", "NJ05", date(2026, 3, 1), 5),
        ("Castellan", "Vera", "AZ03", date(2022, 5, 1), 6),
        ("Castellan", "Vera", "AZ07", date(2024, 5, 1), 6),
        ("Castellan", "Vera", "AZ07", date(2022, 5, 1), None),  # not hers yet
        ("Castellan", "Vera", "AZ03", date(2024, 5, 1), None),  # not hers any more
        ("Ashgrove", "Theodore L.", "GA11", date(2026, 3, 1), 8),
        ("Ashgrove Jr", "Theodore", "GA11", date(2026, 3, 1), 8),
        ("Hollis", "James Merritt", "AR02", date(2026, 3, 1), 9),
        ("Hollis", "James", "AR02", date(2026, 3, 1), None),
        ("Hollis", "J.", "AR02", date(2026, 3, 1), 9),  # the whole name as listed
        ("Delany", "April McBride", "MD06", date(2026, 3, 1), 10),
        ("O\u2019Dowd", "Dermot", "NY03", date(2026, 3, 1), 11),
        ("ODowd", "Dermot", "NY03", date(2026, 3, 1), 11),
        ("Twin", "Sam", "TX01", date(2026, 3, 1), None),  # two candidates decide nothing
        ("Halvorsen", "Solveig", "MN04", date(2026, 3, 1), None),
        ("Halvorsen", "", "MN04", date(2026, 3, 1), None),
        ("Halvorsen", "I.", "MN04", date(2026, 3, 1), None),  # an initial is no name
        ("Halvorsen", "Ingrid", "", date(2026, 3, 1), None),
        ("Halvorsen", "Ingrid", "MN", date(2026, 3, 1), None),
        ("Halvorsen", "Ingrid", "MN004", date(2026, 3, 1), None),
        ("Holder", "Old", "NV02", date(2024, 3, 1), 14),
        ("Holder", "Old", "NV02", date(2026, 3, 1), 15),
    ],
)
def test_a_filer_is_linked_when_name_seat_and_term_decide(
    last, first, place, filed_on, politician_id
):
    filer = Filer(
        last_name=last,
        first_name=first,
        state_district=place,
        filed_on=filed_on,
        year=filed_on.year,
    )
    assert match(filer, SEATS) == politician_id


@pytest.mark.parametrize(
    ("filed_on", "year", "politician_id"),
    [
        (None, 2024, 7),  # a blank date: the index's year
        (None, 2026, None),
        (date(2025, 2, 10), 2025, 7),  # a former member, in the year of leaving
        (date(2025, 2, 10), 2024, 7),  # an index of last year, filed late
        (date(2026, 2, 10), 2026, None),
    ],
)
def test_the_year_decides_where_the_date_cannot(filed_on, year, politician_id):
    filer = Filer(
        last_name="Fenwick",
        first_name="Gerald",
        state_district="OH09",
        filed_on=filed_on,
        year=year,
    )
    assert match(filer, SEATS) == politician_id


def test_a_year_in_which_two_of_one_name_held_the_seat_decides_nothing():
    filer = Filer(
        last_name="Holder", first_name="Old", state_district="NV02", filed_on=None, year=2025
    )
    assert match(filer, SEATS) is None


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Ashgrove, Jr.", "ashgrove"), ("Roe III", "roe"), ("Jr", "jr"), ("  ", "")],
)
def test_a_suffix_is_no_part_of_a_family_name(name, expected):
    assert plain_family(name) == expected


@given(st.text())
def test_plain_text_is_plain_already(name):
    assert plain(plain(name)) == plain(name)
