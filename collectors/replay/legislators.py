"""unitedstates.github.io: the public lists of current and former legislators, as JSON."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

from collectors.replay.documents import Document, morning
from collectors.replay.members import MEMBERS

if TYPE_CHECKING:
    from collectors.replay.documents import Edition
    from collectors.replay.members import Member, Term

LISTS = {
    "/congress-legislators/legislators-current.json": False,
    "/congress-legislators/legislators-historical.json": True,
}
"""Path -> whether the list holds the former members."""
TERM_YEARS = {"rep": 2, "sen": 6}


class LegislatorsSite:
    """The JSON files of the congress-legislators project."""

    hosts: tuple[str, ...] = ("unitedstates.github.io",)
    not_found = b"<!DOCTYPE html><html><head><title>Page not found</title></head></html>"

    def find(self, path: str, edition: Edition) -> Document | None:
        """Return one of the two lists."""
        if path not in LISTS:
            return None
        entries = [
            legislator(each, edition.today.year)
            for each in MEMBERS
            if each.is_former is LISTS[path]
        ]
        body = json.dumps(entries, indent=2, ensure_ascii=False).encode()
        start = morning(date(edition.today.year, 1, 3))
        return Document(body, "application/json; charset=utf-8", start)


def legislator(member: Member, year: int) -> dict[str, Any]:
    """Return the entry of `member` with all terms begun by `year`."""
    name = {
        "first": member.first,
        "middle": member.middle,
        "last": member.last,
        "suffix": member.suffix,
        "nickname": member.nickname,
        "official_full": " ".join(
            filter(None, (member.nickname or member.first, member.last, member.suffix))
        ),
    }
    return {
        "id": {"bioguide": member.bioguide},
        "name": {key: value for key, value in name.items() if value},
        "bio": {"birthday": member.born},
        "terms": [
            each for term in member.terms for each in _elected_terms(term, member.party, year)
        ],
    }


def _elected_terms(term: Term, party: str, year: int) -> list[dict[str, Any]]:
    """Cut the years in office into terms as they are elected."""
    step = TERM_YEARS[term.chamber]
    seat = {"class": 2} if term.district is None else {"district": term.district}
    return [
        {
            "type": term.chamber,
            "start": f"{since}-01-03",
            "end": f"{since + step}-01-03",
            "state": term.state,
            **seat,
            "party": party,
        }
        for since in range(term.since, term.until or year + 1, step)
    ]
