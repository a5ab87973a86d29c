"""Members of a House that never was. Any likeness in name is chance; the ids are well-formed.

The traps that matching a filer to a member meets in the real lists are all here: two members of one
state with one last name, a senator with a representative's name, accents, a nickname, at-large
seats (0 here, `00` in the index), a moved district, a suffix, and former members.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class Term:
    """Years in office, from 3 January to 3 January; `until` None means that it goes on."""

    state: str
    since: int
    district: int | None = None
    until: int | None = None
    chamber: Literal["rep", "sen"] = "rep"


@dataclass(frozen=True, kw_only=True)
class Member:
    """An entry of the legislators' list."""

    bioguide: str
    first: str
    last: str
    terms: tuple[Term, ...]
    middle: str = ""
    suffix: str = ""
    nickname: str = ""
    party: str = "Independent"
    born: str = "1961-04-09"

    @property
    def is_former(self) -> bool:
        return all(term.until is not None for term in self.terms)


MEMBERS: tuple[Member, ...] = (
    Member(
        bioguide="H990001",
        first="Ingrid",
        middle="Maren",
        last="Halvorsen",
        terms=(Term(state="MN", district=4, since=2015),),
    ),
    Member(
        bioguide="H990002",
        first="Lars",
        last="Halvorsen",
        terms=(Term(state="MN", since=2019, chamber="sen"),),
    ),
    Member(
        bioguide="O990001",
        first="Marcus",
        middle="T.",
        last="Oyelaran",
        terms=(Term(state="IL", district=7, since=2021),),
    ),
    Member(
        bioguide="W990001",
        first="Dana",
        last="Whitlock",
        terms=(Term(state="TX", district=5, since=2013),),
    ),
    Member(
        bioguide="W990002",
        first="Roy",
        last="Whitlock",
        terms=(Term(state="TX", district=19, since=2017),),
    ),
    Member(
        bioguide="P990001",
        first="In\u00e9s",
        last="Pe\u00f1aloza",
        terms=(Term(state="CA", district=31, since=2019),),
    ),
    Member(
        bioguide="F990001",
        first="\u00c9lise",
        last="Fontaine-Marchetti",
        terms=(Term(state="NJ", district=5, since=2011),),
    ),
    Member(
        bioguide="B990001",
        first="Katherine",
        nickname="Kate",
        last="Brandvold",
        terms=(Term(state="ND", district=0, since=2021),),
    ),
    Member(
        bioguide="S990001",
        first="Wendell",
        last="Strand",
        terms=(Term(state="SD", district=0, since=2009),),
    ),
    Member(
        bioguide="A990001",
        first="Theodore",
        middle="L.",
        last="Ashgrove",
        suffix="Jr.",
        terms=(Term(state="GA", district=11, since=2015),),
    ),
    Member(
        bioguide="R990001",
        first="Priya",
        last="Ramanujan-Cole",
        terms=(Term(state="WA", district=6, since=2021),),
    ),
    Member(
        bioguide="D990001",
        first="Lucille",
        last="Dubois Thackeray",
        terms=(Term(state="LA", district=2, since=2017),),
    ),
    Member(
        bioguide="O990002",
        first="Samuel",
        last="Okonjo-Reyes",
        terms=(Term(state="NY", district=13, since=2019),),
    ),
    Member(
        bioguide="C990001",
        first="Vera",
        last="Castellan",
        terms=(
            Term(state="AZ", district=3, since=2013, until=2023),
            Term(state="AZ", district=7, since=2023),
        ),
    ),
    Member(
        bioguide="F990002",
        first="Gerald",
        last="Fenwick-Shaw",
        terms=(Term(state="OH", district=9, since=2007, until=2023),),
    ),
    Member(
        bioguide="H990003",
        first="Ingrid",
        last="Halvorsen",
        terms=(Term(state="WI", district=3, since=1989, until=1997),),
    ),
)
