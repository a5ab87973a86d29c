"""Where the Clerk's documents lie, and how they are asked for (disclosures-clerk.house.gov)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collectors.disclosures.snapshots import DocumentMissing, fetch_if_changed
from scheduling.kinds import SourceSpec

if TYPE_CHECKING:
    from scheduling.kinds import Answer, RunContext

US_HOUSE = SourceSpec(
    slug="us-house",
    title="US House of Representatives - Clerk",
    url="https://disclosures-clerk.house.gov",
    hosts=("disclosures-clerk.house.gov",),
    min_interval_seconds=1.0,
)
REPORT_TYPE = "P"
JANUARY = 1
_ROOT = f"{US_HOUSE.url}/public_disc"


def index_url(year: int) -> str:
    return f"{_ROOT}/financial-pdfs/{year}FD.zip"


def document_url(year: int, doc_id: str, filing_type: str) -> str:
    """Return a filing's address; `year` is that of the index, not of the filing date."""
    folder = "ptr-pdfs" if filing_type == REPORT_TYPE else "financial-pdfs"
    return f"{_ROOT}/{folder}/{year}/{doc_id}.pdf"


def fetch_index(ctx: RunContext, year: int) -> Answer | None:
    """Return the index ZIP of `year`; None if it has not changed, or is not published yet.

    Raises DocumentMissing for any other missing index.
    """
    try:
        return fetch_if_changed(ctx, index_url(year), source=US_HOUSE.slug)
    except DocumentMissing:
        now = ctx.now()
        if (now.year, now.month) != (year, JANUARY):
            raise
        ctx.log(f"The index of {year} is not published yet.", level="WARNING")
        return None


def fetch_document(ctx: RunContext, url: str) -> bytes | None:
    """Return the bytes at a filing's address, whatever they are; None if there are none (404)."""
    answer = ctx.http.get(url)
    return None if answer.status == 404 else answer.body
