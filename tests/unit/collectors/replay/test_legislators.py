import json
from datetime import date
from typing import Any

import pytest

from collectors.replay.documents import Edition
from collectors.replay.house import filers
from collectors.replay.legislators import LegislatorsSite
from collectors.replay.members import MEMBERS

EDITION = Edition(date(2026, 11, 21))


def entries(name: str, edition: Edition = EDITION) -> list[dict[str, Any]]:
    document = LegislatorsSite().find(f"/congress-legislators/legislators-{name}.json", edition)
    assert document is not None
    found: list[dict[str, Any]] = json.loads(document.body)
    return found


def find(name: str, bioguide: str) -> dict[str, Any]:
    return next(each for each in entries(name) if each["id"]["bioguide"] == bioguide)


def test_every_member_is_in_one_of_the_lists():
    listed = [each["id"]["bioguide"] for each in (*entries("current"), *entries("historical"))]

    assert sorted(listed) == sorted(member.bioguide for member in MEMBERS)


def test_a_current_member_is_in_a_term_that_runs():
    for each in entries("current"):
        last = each["terms"][-1]
        assert last["start"] <= "2026-11-21" < last["end"], each["name"]


def test_a_former_member_is_in_none():
    for each in entries("historical"):
        assert each["terms"][-1]["end"] <= "2026-11-21", each["name"]


def test_terms_last_two_years_or_six_and_follow_each_other():
    terms = find("current", "C990001")["terms"]

    assert [(term["start"][:4], term["district"]) for term in terms[-3:]] == [
        ("2021", 3),
        ("2023", 7),
        ("2025", 7),
    ]
    assert find("current", "H990002")["terms"] == [
        {
            "type": "sen",
            "start": f"{year}-01-03",
            "end": f"{year + 6}-01-03",
            "state": "MN",
            "class": 2,
            "party": "Independent",
        }
        for year in (2019, 2025)
    ]


def test_names_have_only_the_parts_that_exist():
    assert find("current", "B990001")["name"] == {
        "first": "Katherine",
        "last": "Brandvold",
        "nickname": "Kate",
        "official_full": "Kate Brandvold",
    }


@pytest.mark.parametrize("state", ["ND", "SD"])
def test_a_seat_at_large_is_district_0(state):
    terms = [
        term for each in entries("current") for term in each["terms"] if term["state"] == state
    ]

    assert {term["district"] for term in terms} == {0}


def test_the_traps_are_set():
    texans = [each for each in entries("current") if each["terms"][-1]["state"] == "TX"]

    assert [each["name"]["last"] for each in texans] == ["Whitlock", "Whitlock"]
    assert filers.QUILLFEATHER.last not in {member.last for member in MEMBERS}
    assert filers.BRANDVOLD.state_district == "ND00"


def test_the_lists_stay_the_same_within_a_year():
    assert entries("current") == entries("current", Edition(date(2026, 1, 5)))


def test_other_paths_have_nothing():
    assert LegislatorsSite().find("/congress-legislators/committees.json", EDITION) is None
