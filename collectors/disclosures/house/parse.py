"""The door: a House document's bytes -> what it says. Pure; never raises on any bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collectors.disclosures.house.cover import (
    read_doc_id,
    read_fields,
    read_signed_on,
    read_vehicles,
)
from collectors.disclosures.house.form import is_filing_id, is_spelled_out
from collectors.disclosures.house.grammar import Filing, RowUnreadable, lost_capitals, read_row
from collectors.disclosures.house.records import (
    FilingStatus,
    ParsedFiling,
    Template,
    Transaction,
)
from collectors.disclosures.house.table import Table, count_anchors, read_table
from collectors.disclosures.house.text import NotPdf, Page, PdfUnreadable, read_pages

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PARSER_VERSION = 1


def parse_filing(body: bytes) -> ParsedFiling:
    """Read a Periodic Transaction Report as the Clerk publishes it, in either template."""
    try:
        pages = read_pages(body)
    except NotPdf as error:
        return ParsedFiling(status=FilingStatus.NOT_A_PDF, reason=str(error))
    except PdfUnreadable as error:
        return ParsedFiling(status=FilingStatus.UNREADABLE, reason=str(error))
    return read_filing(pages)


def read_filing(pages: Sequence[Page]) -> ParsedFiling:
    """Read a document of which the words and boxes are known."""
    table = read_table(pages)
    fields = read_fields(table.before)
    doc_id = read_doc_id(table.before)
    transactions, problems = _read_rows(table, doc_id)
    status, reason = _verdict(pages, table, problems)
    return ParsedFiling(
        status=status,
        reason=reason,
        doc_id=doc_id,
        filer_name=fields.get("name"),
        filer_status=fields.get("status"),
        state_district=fields.get("state/district", "").upper() or None,
        signed_on=read_signed_on(table.after),
        template=_template(table),
        pages=len(pages),
        transactions=transactions,
    )


def _read_rows(table: Table, doc_id: str | None) -> tuple[tuple[Transaction, ...], list[str]]:
    filing = Filing(
        doc_id=doc_id,
        vehicles=read_vehicles(table.after),
        lost_capitals=lost_capitals(table.labels),
    )
    transactions: list[Transaction] = []
    problems: list[str] = []
    for ordinal, row in enumerate(table.rows, start=1):
        try:
            transactions.append(read_row(row, ordinal=ordinal, filing=filing))
        except RowUnreadable as error:
            problems.append(f"row {ordinal} on page {row.page}: {error}")
    return tuple(transactions), problems


def _verdict(
    pages: Sequence[Page], table: Table, problems: Sequence[str]
) -> tuple[FilingStatus, str]:
    anchors = count_anchors(pages)
    if not table.rows and (not anchors or _is_scan(pages)):
        return _verdict_without_rows(pages, table)
    if problems := [*_gaps(pages, table, anchors), *problems]:
        more = f" ({len(problems)} problems in all)" if len(problems) > 1 else ""
        return FilingStatus.MISMATCH, f"Not all could be read: {problems[0]}{more}."
    rows = "1 transaction" if anchors == 1 else f"{anchors} transactions"
    return FilingStatus.PARSED, f"{rows} read, as many as the text shows."


def _gaps(pages: Sequence[Page], table: Table, anchors: int) -> Iterator[str]:
    """Say what the document shows and the rows do not account for."""
    if anchors != len(table.rows):
        yield f"{anchors} transactions stand in the text and {len(table.rows)} in the table"
    yield from (f"the line {stray!r} belongs to no row" for stray in table.strays)
    for number, page in enumerate(pages, start=1):
        if not page.words and any(later.words for later in pages[number:]):
            yield f"page {number} is blank"
    if not table.after:
        yield "the table does not end"


def _verdict_without_rows(pages: Sequence[Page], table: Table) -> tuple[FilingStatus, str]:
    if table.edges:
        return FilingStatus.EMPTY, "The table of transactions has no row: look at the document."
    if _is_scan(pages):
        return FilingStatus.SCANNED, "The pages are images: a paper filing, which is not read."
    if not any(page.words for page in pages):
        return FilingStatus.EMPTY, "The document has neither text nor a scanned page."
    title = next((line.text for line in table.before if not is_filing_id(line)), "")
    return FilingStatus.EMPTY, f"There is no table of transactions; the document begins {title!r}."


def _is_scan(pages: Sequence[Page]) -> bool:
    return any(page.is_image for page in pages)


def _template(table: Table) -> Template | None:
    if not table.labels:
        return None
    return Template.OLD if any(map(is_spelled_out, table.labels)) else Template.NEW
