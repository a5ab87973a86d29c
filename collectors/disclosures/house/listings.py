"""Lines of the Clerk's index -> listings for the ledger. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collectors.disclosures.house.fetch import REPORT_TYPE, document_url
from collectors.disclosures.ledger import Listing, merge_repeats
from collectors.disclosures.readings import storable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from collectors.disclosures.house.records import IndexRow


def as_listings(year: int, rows: Iterable[IndexRow]) -> list[Listing]:
    """Return one listing per DocID of the index of `year`."""
    return merge_repeats(_listing(year, row) for row in rows)


def _listing(year: int, row: IndexRow) -> Listing:
    return Listing(
        doc_id=row.doc_id,
        year=year,
        filing_type=storable(row.filing_type),
        prefix=storable(row.prefix),
        last_name=storable(row.last),
        first_name=storable(row.first),
        suffix=storable(row.suffix),
        state_district=storable(row.state_district),
        filed_on=row.filed_on,
        url=document_url(year, row.doc_id, row.filing_type),
        is_report=row.filing_type == REPORT_TYPE,
    )
