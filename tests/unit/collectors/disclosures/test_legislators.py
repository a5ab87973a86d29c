from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from collectors.disclosures.legislators.parse import LegislatorsLayoutChanged, parse_legislators
from collectors.disclosures.legislators.records import Chamber, HeldTerm

SINCE = date(2008, 1, 1)


def a_legislator(**fields: Any) -> dict[str, Any]:
    values = {
        "id": {"bioguide": "H990001", "thomas": "1"},
        "name": {"first": "Ingrid", "middle": "Maren", "last": "Halvorsen"},
        "bio": {"gender": "F"},
        "terms": [
            {
                "type": "rep",
                "start": "2015-01-06",
                "end": "2017-01-03",
                "state": "ND",
                "district": 0,
                "party": "Independent",
            },
            {"type": "sen", "start": "2017-01-03", "end": "2023-01-03", "state": "ND", "class": 1},
        ],
    }
    return values | fields


def file_of(*legislators: dict[str, Any]) -> bytes:
    return json.dumps(legislators).encode()


def test_names_and_terms_are_taken_as_listed():
    (member,) = parse_legislators(file_of(a_legislator()), since=SINCE)
    assert (member.bioguide_id, member.given_name, member.family_name) == (
        "H990001",
        "Ingrid",
        "Halvorsen",
    )
    assert member.terms == (
        HeldTerm(
            chamber=Chamber.HOUSE,
            state="ND",
            district=0,
            party="Independent",
            started_on=date(2015, 1, 6),
            ended_on=date(2017, 1, 3),
        ),
        HeldTerm(
            chamber=Chamber.SENATE,
            state="ND",
            district=None,
            party="",
            started_on=date(2017, 1, 3),
            ended_on=date(2023, 1, 3),
        ),
    )


def test_members_who_left_before_are_left_out():
    old = {"type": "rep", "start": "1905-01-03", "end": "1907-01-03", "state": "OH", "district": -1}
    body = file_of(a_legislator(), a_legislator(terms=[old]))
    assert len(parse_legislators(body, since=SINCE)) == 1


@pytest.mark.parametrize(
    ("body", "place"),
    [
        (b"<html>", "the file"),
        (b"{}", "the file"),
        (b"[]", "empty"),
        (file_of(a_legislator(id={})), "0.id.bioguide"),
        (file_of(a_legislator(name={"last": "Roe"})), "0.name.first"),
        (file_of(a_legislator(terms=[])), "0.terms"),
        (
            file_of(
                a_legislator(
                    terms=[
                        {"type": "rep", "start": "2015-01-06", "end": "2017-01-03", "state": "ND"}
                    ]
                )
            ),
            "names no district",
        ),
        (
            file_of(
                a_legislator(
                    terms=[{"type": "lord", "start": "2015-01-06", "end": "x", "state": "ND"}]
                )
            ),
            "0.terms.0.type",
        ),
    ],
)
def test_another_layout_is_refused_with_its_place(body, place):
    with pytest.raises(LegislatorsLayoutChanged, match=place):
        parse_legislators(body, since=SINCE)
