"""What the parser says of a document -> what the ledger keeps of it. Pure."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from collectors.disclosures.house import parse
from collectors.disclosures.house.records import FilingStatus
from collectors.disclosures.readings import Reading, storable
from collectors.disclosures.vocabulary import LedgerStatus, Problem

if TYPE_CHECKING:
    from collectors.disclosures.house.records import ParsedFiling, Transaction

# A paper filing is an ordinary fate. Everything else that is not `parsed` is a failure.
OUTCOMES: dict[FilingStatus, tuple[LedgerStatus, Problem | None]] = {
    FilingStatus.PARSED: (LedgerStatus.PARSED, None),
    FilingStatus.SCANNED: (LedgerStatus.SCANNED, None),
    FilingStatus.EMPTY: (LedgerStatus.FAILED, Problem.EMPTY),
    FilingStatus.NOT_A_PDF: (LedgerStatus.FAILED, Problem.NOT_A_PDF),
    FilingStatus.UNREADABLE: (LedgerStatus.FAILED, Problem.UNREADABLE),
    FilingStatus.MISMATCH: (LedgerStatus.FAILED, Problem.MISMATCH),
}


def read_document(doc_id: str, body: bytes) -> tuple[Reading, tuple[Transaction, ...]]:
    """Read the document kept for `doc_id`; the transactions are those to be stored.

    Rows of a document that could not be read in full are not to be trusted, and none is stored.
    """
    parsed = parse.parse_filing(body)
    status, problem, reason = _judge(doc_id, parsed)
    rows = parsed.transactions if status == LedgerStatus.PARSED else ()
    transactions = tuple(replace(row, doc_id=doc_id) for row in rows)
    reading = Reading(
        status=status,
        problem=problem,
        reason=reason,
        parser_version=parse.PARSER_VERSION,
        pages=parsed.pages or None,
        template=parsed.template or "",
        filer_name=storable(parsed.filer_name or ""),
        filer_status=storable(parsed.filer_status or ""),
        signed_on=parsed.signed_on,
        rows=tuple(map(_row, transactions)),
    )
    return reading, transactions


def _judge(doc_id: str, parsed: ParsedFiling) -> tuple[LedgerStatus, Problem | None, str]:
    if parsed.doc_id not in {None, doc_id}:
        reason = f"The document bears the number {parsed.doc_id}: it is another filing's."
        return LedgerStatus.FAILED, Problem.WRONG_DOCUMENT, reason
    return *OUTCOMES[parsed.status], storable(parsed.reason)


def _row(transaction: Transaction) -> dict[str, Any]:
    return {
        field.name: getattr(transaction, field.name)
        for field in fields(transaction)
        if field.name != "doc_id"
    }
