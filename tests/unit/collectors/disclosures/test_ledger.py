from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.disclosures.ledger import Listing, ListingsVanished, compare, merge_repeats
from collectors.disclosures.models import Filing, LedgerStatus

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
LISTING = Listing(
    doc_id="20040001",
    year=2026,
    filing_type="P",
    prefix="Hon.",
    last_name="Halvorsen",
    first_name="Ingrid",
    suffix="",
    state_district="MN04",
    filed_on=date(2026, 2, 1),
    url="https://disclosures-clerk.house.gov/public_disc/ptr-pdfs/2026/20040001.pdf",
    is_report=True,
)
OTHER = replace(LISTING, filing_type="O", is_report=False)


def known(listing: Listing = LISTING, **fields: object) -> dict[str, Filing]:
    filing = compare("us-house", listing.year, {}, [listing], now=NOON).new[0]
    for name, value in fields.items():
        setattr(filing, name, value)
    return {listing.doc_id: filing}


def the_status(filing: Filing) -> str:
    return filing.status


def test_an_unknown_report_is_new_and_another_type_is_not_collected():
    changes = compare("us-house", 2026, {}, [LISTING, replace(OTHER, doc_id="1")], now=NOON)
    assert [the_status(each) for each in changes.new] == ["new", "not-collected"]
    assert changes.new[0].first_seen_at == NOON


def test_a_listing_that_says_the_same_changes_nothing():
    assert not compare("us-house", 2026, known(), [LISTING], now=NOON)


def test_changed_words_are_taken_over_and_the_status_stays():
    filings = known(status=LedgerStatus.PARSED)
    moved = replace(LISTING, filed_on=date(2026, 2, 9), last_name="Halvorsen-Roe")
    changes = compare("us-house", 2026, filings, [moved], now=NOON)
    assert changes.updated == [filings["20040001"]]
    filing = changes.updated[0]
    assert (filing.last_name, filing.filed_on) == ("Halvorsen-Roe", date(2026, 2, 9))
    assert filing.status == LedgerStatus.PARSED


@pytest.mark.parametrize(
    ("before", "status", "listed", "after"),
    [
        (OTHER, LedgerStatus.NOT_COLLECTED, LISTING, LedgerStatus.NEW),
        (LISTING, LedgerStatus.NEW, OTHER, LedgerStatus.NOT_COLLECTED),
        (LISTING, LedgerStatus.FAILED, OTHER, LedgerStatus.NOT_COLLECTED),
        (LISTING, LedgerStatus.PARSED, OTHER, LedgerStatus.PARSED),
        (LISTING, LedgerStatus.WITHDRAWN, LISTING, LedgerStatus.NEW),
        (LISTING, LedgerStatus.WITHDRAWN, OTHER, LedgerStatus.NOT_COLLECTED),
    ],
)
def test_the_status_follows_what_the_index_says(before, status, listed, after):
    filings = known(before, status=status)
    changes = compare("us-house", 2026, filings, [listed], now=NOON)
    filing = filings["20040001"]
    assert filing in [*changes.updated, *changes.restored]
    assert (filing.status, filing.problem, filing.withdrawn_at) == (after, "", None)


def test_a_filing_that_is_gone_is_withdrawn_once():
    filings = known(status=LedgerStatus.PARSED)
    first = compare("us-house", 2026, filings, [], now=NOON)
    assert [the_status(each) for each in first.withdrawn] == ["withdrawn"]
    assert filings["20040001"].withdrawn_at == NOON
    assert not compare("us-house", 2026, filings, [], now=NOON)


def test_the_later_of_two_years_keeps_a_number_that_both_list():
    filings = known()
    earlier = replace(LISTING, year=2025, last_name="Roe")
    assert not compare("us-house", 2025, filings, [earlier], now=NOON)
    filings["20040001"].status = LedgerStatus.WITHDRAWN
    assert compare("us-house", 2025, filings, [earlier], now=NOON).restored
    assert filings["20040001"].year == 2025


def test_an_index_that_loses_a_fifth_of_its_filings_at_once_is_doubted():
    listings = [replace(LISTING, doc_id=str(number)) for number in range(100)]
    filings = {each.doc_id: known(each)[each.doc_id] for each in listings}
    with pytest.raises(ListingsVanished, match="21 of 100 filings left the index of 2026"):
        compare("us-house", 2026, filings, listings[21:], now=NOON)


def test_single_filings_may_leave_a_small_index():
    listings = [replace(LISTING, doc_id=str(number)) for number in range(20)]
    filings = {each.doc_id: known(each)[each.doc_id] for each in listings}
    assert len(compare("us-house", 2026, filings, [], now=NOON).withdrawn) == 20


@pytest.mark.parametrize(
    ("repeats", "winner"),
    [
        ([LISTING, replace(LISTING, last_name="Roe")], "Roe"),  # the later line
        ([replace(LISTING, last_name="Roe"), OTHER], "Roe"),  # the report
        ([replace(LISTING, last_name="Roe"), replace(LISTING, filed_on=None)], "Roe"),
        ([replace(LISTING, filed_on=date(2026, 2, 2), last_name="Roe"), LISTING], "Roe"),
    ],
)
def test_a_repeated_number_is_one_listing_by_rule(repeats, winner):
    (merged,) = merge_repeats(repeats)
    assert (merged.last_name, merged.times_listed) == (winner, 2)


LISTINGS = st.lists(
    st.builds(
        replace,
        st.sampled_from([LISTING, OTHER]),
        doc_id=st.sampled_from([str(number) for number in range(9)]),
        filed_on=st.sampled_from([None, date(2026, 1, 1), date(2026, 2, 1)]),
    ),
    max_size=12,
)


@given(LISTINGS, LISTINGS)
def test_the_same_index_read_twice_changes_nothing_the_second_time(before, after):
    filings: dict[str, Filing] = {}
    for index in (before, after):
        listings = merge_repeats(index)
        changes = compare("us-house", 2026, filings, listings, now=NOON)
        filings |= {each.doc_id: each for each in changes.new}
        assert not compare("us-house", 2026, filings, listings, now=NOON)
        listed = {each.doc_id for each in listings}
        assert {each.doc_id for each in filings.values() if each.status != "withdrawn"} == listed
