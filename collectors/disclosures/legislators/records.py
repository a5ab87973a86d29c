"""A member of Congress, as frozen records."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Chamber(StrEnum):
    HOUSE = "HOUSE"
    SENATE = "SENATE"


@dataclass(frozen=True, kw_only=True)
class HeldTerm:
    """`district` is 0 at large, None in the Senate. Both dates belong to the term."""

    chamber: Chamber
    state: str
    district: int | None
    party: str
    started_on: date
    ended_on: date


@dataclass(frozen=True, kw_only=True)
class Member:
    """Names as the project spells them; blank where it has none."""

    bioguide_id: str
    family_name: str
    given_name: str
    nickname: str
    suffix: str
    full_name: str
    terms: tuple[HeldTerm, ...]
