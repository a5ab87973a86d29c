"""Whose filing it is: decided by name, state, district and term, or not at all. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_APOSTROPHES = re.compile("['\u2019\u02bc`]")
_NOT_WORD = re.compile(r"[\W_]+")
_STATE_DISTRICT = re.compile(r"([A-Z]{2})(\d{2})")
_SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "iv"})


@dataclass(frozen=True, kw_only=True)
class Seat:
    """A term in the House, with the forms of its holder's names, plain."""

    politician_id: int
    whole_names: frozenset[str]
    family_name: str
    given_names: frozenset[str]
    state: str
    district: int
    started_on: date
    ended_on: date

    def covers(self, day: date) -> bool:
        return self.started_on <= day <= self.ended_on

    def touches(self, year: int) -> bool:
        return self.started_on.year <= year <= self.ended_on.year


@dataclass(frozen=True, kw_only=True)
class Filer:
    """A filer as the index names him."""

    last_name: str
    first_name: str
    state_district: str
    filed_on: date | None
    year: int


Seats = dict[tuple[str, int], list[Seat]]


def plain(name: str) -> str:
    """Return a name without accents, case and punctuation: `D'Ésposito-Roe` -> `desposito roe`."""
    decomposed = unicodedata.normalize("NFKD", name)
    letters = "".join(each for each in decomposed if not unicodedata.combining(each))
    return _NOT_WORD.sub(" ", _APOSTROPHES.sub("", letters)).strip().casefold()


def plain_family(name: str) -> str:
    """Like `plain`, without a suffix such as Jr at the end."""
    words = plain(name).split()
    while len(words) > 1 and words[-1] in _SUFFIXES:
        words.pop()
    return " ".join(words)


def given_names(*names: str) -> frozenset[str]:
    """Return the words of first names, nicknames included; an initial is no name."""
    return frozenset(word for name in names for word in plain(name).split() if len(word) > 1)


def seat_names(given: str, family: str, nickname: str, full: str) -> dict[str, Any]:
    """Return a seat's fields of names from what a reference list holds of its holder."""
    family_words = set(plain(family).split()) | _SUFFIXES
    called = [word for word in full.split() if plain(word) not in family_words]
    return {
        "whole_names": frozenset({plain_family(f"{given} {family}"), plain_family(full)} - {""}),
        "family_name": plain_family(family),
        "given_names": given_names(given, nickname, *called),
    }


def by_district(seats: Iterable[Seat]) -> Seats:
    """Index seats for `match`."""
    found: Seats = defaultdict(list)
    for seat in seats:
        found[seat.state, seat.district].append(seat)
    return found


def match(filer: Filer, seats: Mapping[tuple[str, int], Sequence[Seat]]) -> int | None:
    """Return the one politician whom the index's words decide, else None.

    The district is that of the term at filing time, so a filing after a redistricting meets the
    seat's new holder. A blank date, or one outside the term (a former member who files late), is
    decided by the index's year.
    """
    place = _STATE_DISTRICT.fullmatch(filer.state_district.strip().upper())
    if place is None:
        return None
    here = seats.get((place[1], int(place[2])), ())
    named = [seat for seat in here if _is_same_name(filer, seat)]
    day = filer.filed_on
    at_filing = {seat.politician_id for seat in named if day and seat.covers(day)}
    found = at_filing or {seat.politician_id for seat in named if seat.touches(filer.year)}
    return found.pop() if len(found) == 1 else None


def _is_same_name(filer: Filer, seat: Seat) -> bool:
    """The whole name is equal, wherever it is cut; or the family name and one first name are."""
    if plain_family(f"{filer.first_name} {filer.last_name}") in seat.whole_names:
        return True
    is_family = plain_family(filer.last_name) == seat.family_name
    return is_family and not given_names(filer.first_name).isdisjoint(seat.given_names)
