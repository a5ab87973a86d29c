"""Politicians and their terms, kept as the reference source has them, and linked to filings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction

from collectors.disclosures.matching import (
    Filer,
    Seat,
    Seats,
    by_district,
    match,
    seat_names,
)
from collectors.disclosures.models import Chamber, Filing, LinkBasis, Politician, Term

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from collectors.disclosures.legislators.records import HeldTerm, Member

BATCH = 200
NAME_FIELDS = ("family_name", "given_name", "nickname", "suffix", "full_name")
DECIDING_FIELDS = ("last_name", "first_name", "state_district", "filed_on", "year")
TERM_FIELDS = ("chamber", "state", "district", "party", "started_on", "ended_on")


def store_members(members: Sequence[Member]) -> int:
    """Make politicians and terms equal to `members`; return how many were new or changed.

    Politicians whom the list does not name stay as they are: they may stand in another list.
    """
    with transaction.atomic():
        known = Politician.objects.in_bulk(field_name="bioguide_id")
        new = [each for each in members if each.bioguide_id not in known]
        Politician.objects.bulk_create(
            [Politician(bioguide_id=each.bioguide_id, **_names(each)) for each in new],
            batch_size=BATCH,
        )
        renamed = _rename(known, members)
        return len({each.bioguide_id for each in new} | renamed | _replace_terms(members))


def _names(person: Member | Politician) -> dict[str, str]:
    return {name: getattr(person, name) for name in NAME_FIELDS}


def _rename(known: dict[str, Politician], members: Iterable[Member]) -> set[str]:
    changed = {}
    for member in members:
        politician = known.get(member.bioguide_id)
        if politician and _names(politician) != _names(member):
            for name, value in _names(member).items():
                setattr(politician, name, value)
            changed[member.bioguide_id] = politician
    Politician.objects.bulk_update(changed.values(), NAME_FIELDS, batch_size=BATCH)
    return set(changed)


def _replace_terms(members: Iterable[Member]) -> set[str]:
    """Write the terms of those whose terms differ; return their ids."""
    politicians = {each.bioguide_id: each for each in Politician.objects.prefetch_related("terms")}
    changed = {}
    for member in members:
        politician = politicians[member.bioguide_id]
        known = {_term_key(term) for term in politician.terms.all()}
        if known != set(map(_term_key, member.terms)):
            changed[politician] = member.terms
    Term.objects.filter(politician__in=changed).delete()
    Term.objects.bulk_create(
        [
            Term(politician=politician, **dict(zip(TERM_FIELDS, _term_key(term), strict=True)))
            for politician, terms in changed.items()
            for term in terms
        ],
        batch_size=BATCH,
    )
    return {str(each.bioguide_id) for each in changed}


def _term_key(term: Term | HeldTerm) -> tuple[object, ...]:
    return tuple(getattr(term, name) for name in TERM_FIELDS)


def link_filings(source: str) -> int:
    """Link every filing of `source` to the politician whom its index words decide.

    Returns how many links were made, moved or taken away.
    """
    seats = _house_seats()
    changed = []
    filings = Filing.objects.filter(source=source).only(*DECIDING_FIELDS, "politician")
    for filing in filings.iterator(chunk_size=2000):
        politician_id = match(_filer(filing), seats)
        if politician_id != filing.politician_id:
            filing.politician_id = politician_id
            filing.politician_basis = LinkBasis.NAME_STATE_DISTRICT if politician_id else ""
            changed.append(filing)
    Filing.objects.bulk_update(changed, ["politician", "politician_basis"], batch_size=BATCH)
    return len(changed)


def _filer(filing: Filing) -> Filer:
    return Filer(**{name: getattr(filing, name) for name in DECIDING_FIELDS})


def _house_seats() -> Seats:
    terms = Term.objects.filter(chamber=Chamber.HOUSE).select_related("politician")
    return by_district(
        Seat(
            politician_id=term.politician_id,
            **_seat_names(term.politician),
            state=term.state,
            district=term.district,
            started_on=term.started_on,
            ended_on=term.ended_on,
        )
        for term in terms
        if term.district is not None
    )


def _seat_names(politician: Politician) -> dict[str, Any]:
    return seat_names(
        given=politician.given_name,
        family=politician.family_name,
        nickname=politician.nickname,
        full=politician.full_name,
    )
