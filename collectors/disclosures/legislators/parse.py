"""`legislators-current.json` and `-historical.json` of congress-legislators -> members. Pure.

Shape: https://github.com/unitedstates/congress-legislators, README, "Legislators File Structure".
"""

from __future__ import annotations

from datetime import date
from typing import Literal, Self

from pydantic import BaseModel, Field, TypeAdapter, ValidationError, model_validator

from collectors.disclosures.legislators.records import Chamber, HeldTerm, Member

UNKNOWN = -1  # the project's word for a district that nobody knows, in the 19th century
CHAMBERS = {"rep": Chamber.HOUSE, "sen": Chamber.SENATE}


class LegislatorsLayoutChanged(Exception):
    """The file is not what it was when this was written; the text says where."""


class _Id(BaseModel):
    bioguide: str = Field(min_length=1)


class _Name(BaseModel):
    first: str
    last: str = Field(min_length=1)
    nickname: str = ""
    suffix: str = ""
    official_full: str = ""


class _Term(BaseModel):
    type: Literal["rep", "sen"]
    start: date
    end: date
    state: str = Field(min_length=2, max_length=2)
    district: int | None = None
    party: str = ""

    @model_validator(mode="after")
    def _has_its_seat(self) -> Self:
        if self.type == "rep" and self.district is None:
            raise ValueError("a representative's term names no district")
        return self


class _Legislator(BaseModel):
    id: _Id
    name: _Name
    terms: list[_Term] = Field(min_length=1)


_FILE = TypeAdapter(list[_Legislator])


def parse_legislators(body: bytes, *, since: date) -> tuple[Member, ...]:
    """Return the members of whom a term ended on `since` or later, with all their terms.

    Raises LegislatorsLayoutChanged, also for a file without members.
    """
    try:
        legislators = _FILE.validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        raise LegislatorsLayoutChanged(
            f"The list of legislators is not as expected at {place}: {first['msg']}."
        ) from error
    if not legislators:
        raise LegislatorsLayoutChanged("The list of legislators is empty.")
    return tuple(
        _member(each) for each in legislators if any(term.end >= since for term in each.terms)
    )


def _member(legislator: _Legislator) -> Member:
    name = legislator.name
    return Member(
        bioguide_id=legislator.id.bioguide,
        family_name=name.last,
        given_name=name.first,
        nickname=name.nickname,
        suffix=name.suffix,
        full_name=name.official_full,
        terms=tuple(_held_term(term) for term in legislator.terms if term.district != UNKNOWN),
    )


def _held_term(term: _Term) -> HeldTerm:
    return HeldTerm(
        chamber=CHAMBERS[term.type],
        state=term.state,
        district=term.district if term.type == "rep" else None,
        party=term.party,
        started_on=term.start,
        ended_on=term.end,
    )
