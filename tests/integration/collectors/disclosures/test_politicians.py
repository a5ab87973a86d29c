"""Politicians from the reference source, and filings linked to them or not at all."""

from __future__ import annotations

import json
from datetime import date

import pytest

from collectors.disclosures.house.fetch import US_HOUSE
from collectors.disclosures.legislators.fetch import LEGISLATORS
from collectors.disclosures.legislators.records import Chamber, HeldTerm, Member
from collectors.disclosures.models import Filing, LinkBasis, Politician, Snapshot, Term
from collectors.disclosures.politicians import link_filings, store_members
from collectors.replay.house import filers
from collectors.replay.legislators import legislator
from collectors.replay.members import MEMBERS
from tests.factories.disclosures import a_filing

pytestmark = pytest.mark.django_db


def a_member(
    bioguide_id: str = "H990001", *, family: str = "Halvorsen", district: int = 4
) -> Member:
    term = HeldTerm(
        chamber=Chamber.HOUSE,
        state="MN",
        district=district,
        party="Independent",
        started_on=date(2025, 1, 3),
        ended_on=date(2027, 1, 3),
    )
    return Member(
        bioguide_id=bioguide_id,
        family_name=family,
        given_name="Ingrid",
        nickname="",
        suffix="",
        full_name=f"Ingrid {family}",
        terms=(term,),
    )


def linked() -> dict[tuple[str, str, str], str | None]:
    """Filer as listed -> Bioguide id."""
    return {
        (each.last_name, each.first_name, each.state_district): each.politician.bioguide_id
        if each.politician
        else None
        for each in Filing.objects.select_related("politician")
    }


LINKS = [
    (filers.HALVORSEN, "H990001"),
    (filers.OYELARAN, "O990001"),
    (filers.WHITLOCK_D, "W990001"),
    (filers.WHITLOCK_R, "W990002"),
    (filers.PENALOZA, "P990001"),
    (filers.PENALOZA_PLAIN, "P990001"),
    (filers.FONTAINE, "F990001"),
    (filers.BRANDVOLD, "B990001"),
    (filers.STRAND, "S990001"),
    (filers.ASHGROVE, "A990001"),
    (filers.RAMANUJAN, "R990001"),
    (filers.DUBOIS, "D990001"),
    (filers.OKONJO, "O990002"),
    (filers.CASTELLAN, "C990001"),
    (filers.WHITLOCK_BLANK, None),
    (filers.FENWICK, None),
    (filers.QUILLFEATHER, None),
    (filers.CANDIDATE, None),
    (filers.NOMINEE, None),
]


def test_filers_are_linked_where_name_seat_and_term_decide(a_run):
    a_run().collect(max_filings=1)
    links = linked()
    found = {
        filer: links[filer.last, filer.first, filer.state_district]
        for filer, _ in LINKS
        if (filer.last, filer.first, filer.state_district) in links
    }
    assert found == {filer: expected for filer, expected in LINKS if filer in found}
    assert len(found) > 15
    for filing in Filing.objects.exclude(politician=None):
        assert filing.politician_basis == LinkBasis.NAME_STATE_DISTRICT


def test_without_the_reference_source_filings_are_collected_unlinked(a_run):
    run = a_run(sources=(US_HOUSE,))
    outcome = run.collect(years_back=0, max_filings=2)
    assert outcome.new == 2
    assert not Filing.objects.exclude(politician=None).exists()
    assert any("congress-legislators" in text for text in run.said("WARNING"))


@pytest.mark.parametrize("status", [404, 500, 403])
def test_trouble_with_the_reference_source_stops_nobody(a_run, replay, status):
    replay.fail("/unitedstates.github.io/*", status=status)
    run = a_run()
    assert run.collect(years_back=0, max_filings=2).new == 2
    assert any("Politicians are not brought up to date" in text for text in run.said("WARNING"))
    assert not Snapshot.objects.filter(url__contains="legislators").exists()


def test_a_reference_list_of_another_shape_is_refused_whole(a_run, replay):
    replay.html_for_pdf("/unitedstates.github.io/*")
    run = a_run()
    run.collect(years_back=0, max_filings=1)
    assert not Politician.objects.exists()
    assert any("not as expected" in text for text in run.said("WARNING"))


def test_a_list_that_contradicts_itself_changes_nothing(a_run, serve_instead):
    store_members([a_member()])
    before = list(Term.objects.values())
    entry = legislator(MEMBERS[0], 2026)
    entry["terms"][0]["end"] = "1999-01-03"
    serve_instead(LEGISLATORS, json.dumps([entry]).encode())
    run = a_run()
    run.collect(years_back=0, max_filings=1)
    assert any("Politicians are not brought up to date" in text for text in run.said("WARNING"))
    assert list(Term.objects.values()) == before


def test_links_are_made_once_the_reference_source_is_there(a_run):
    a_run(sources=(US_HOUSE,)).collect(years_back=0, max_filings=1)
    a_run().collect(years_back=0, max_filings=1)
    assert Filing.objects.exclude(politician=None).exists()


def test_members_are_stored_once():
    assert store_members([a_member()]) == 1
    before = [list(Politician.objects.values()), list(Term.objects.values())]
    assert store_members([a_member()]) == 0
    assert [list(Politician.objects.values()), list(Term.objects.values())] == before


def test_a_changed_member_is_followed():
    store_members([a_member(), a_member("R990002", family="Roe", district=5)])
    assert store_members([a_member(family="Halvorsen-Lund", district=3)]) == 1
    politician = Politician.objects.get(bioguide_id="H990001")
    assert politician.family_name == "Halvorsen-Lund"
    assert [term.district for term in politician.terms.all()] == [3]
    assert Politician.objects.filter(bioguide_id="R990002").exists()


def test_a_link_that_no_longer_holds_is_taken_away():
    store_members([a_member()])
    filing = a_filing()
    assert link_filings("us-house") == 1
    assert link_filings("us-house") == 0
    store_members([a_member(district=5)])
    assert link_filings("us-house") == 1
    filing.refresh_from_db()
    assert (filing.politician, filing.politician_basis) == (None, "")


def test_filings_of_another_source_are_not_touched():
    store_members([a_member()])
    a_filing(source="elsewhere")
    assert link_filings("us-house") == 0
