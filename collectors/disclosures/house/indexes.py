"""The first step of a run: the Clerk's indexes held against the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from collectors.disclosures.house.fetch import US_HOUSE, fetch_index, index_url
from collectors.disclosures.house.index import IndexLayoutChanged, parse_index
from collectors.disclosures.house.listings import as_listings
from collectors.disclosures.ledger import Changes, compare, known_filings, store_changes
from collectors.disclosures.snapshots import keep_snapshot
from scheduling.kinds import Cause, GiveUp

if TYPE_CHECKING:
    from collections.abc import Sequence

    from collectors.disclosures.ledger import Listing
    from scheduling.kinds import RunContext

PHASE = "reading indexes"


def read_indexes(ctx: RunContext, years: Sequence[int]) -> Changes:
    """Bring the ledger up to the indexes of `years`; a dry run only says how.

    An index and what it changed are stored together, so an unchanged one has nothing to say.
    Raises GiveUp when an index is missing, not to be understood, or suddenly much shorter.
    """
    total = Changes()
    for done, year in enumerate(years):
        ctx.progress(done, len(years), PHASE)
        changes = _read_index(ctx, year)
        total.new += changes.new
        total.updated += changes.updated
        total.restored += changes.restored
        total.withdrawn += changes.withdrawn
    ctx.progress(len(years), len(years), PHASE)
    return total


def _read_index(ctx: RunContext, year: int) -> Changes:
    answer = fetch_index(ctx, year)
    if answer is None:
        return Changes()
    listings = _listings(year, answer.body)
    known = known_filings(US_HOUSE.slug, year, listings)
    changes = compare(US_HOUSE.slug, year, known, listings, now=ctx.now())
    if not ctx.dry_run:
        with transaction.atomic():
            store_changes(changes)
            keep_snapshot(ctx, index_url(year), answer)
    _tell(ctx, year, listings, changes)
    return changes


def _listings(year: int, body: bytes) -> list[Listing]:
    try:
        return as_listings(year, parse_index(body))
    except IndexLayoutChanged as error:
        raise GiveUp(
            f"The index of {year}: {error}", cause=Cause.LAYOUT_CHANGED, source=US_HOUSE.slug
        ) from error


def _tell(ctx: RunContext, year: int, listings: Sequence[Listing], changes: Changes) -> None:
    reports = sum(each.is_report for each in listings)
    ctx.log(
        f"The index of {year} lists {len(listings)} filings, {reports} of them transaction "
        f"reports: {len(changes.new)} new, {len(changes.updated)} changed, "
        f"{len(changes.restored)} back, {len(changes.withdrawn)} withdrawn."
    )
    repeated = [each.doc_id for each in listings if each.times_listed > 1]
    if repeated and changes:
        ctx.log(f"The index of {year} repeats {', '.join(repeated)}.", level="WARNING")
