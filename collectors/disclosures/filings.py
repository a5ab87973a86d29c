"""Writes what was read of a filing: its ledger row and its transactions, in one transaction."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.db import DataError, IntegrityError, transaction

from collectors.disclosures.models import Filing, LedgerStatus, Problem, Transaction
from collectors.disclosures.readings import storable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from collectors.disclosures.readings import Reading

BATCH = 500
ROW_FIELDS = tuple(
    field.name for field in Transaction._meta.concrete_fields if field.name not in {"id", "filing"}
)


def store_reading(filing: Filing, reading: Reading, *, now: datetime, digest: str = "") -> bool:
    """Replace all that was known of the document; True if its transactions changed.

    `digest` names a document that was fetched for this reading. What the database refuses is
    stored as a filing that failed, so that it stops nobody.
    """
    try:
        return _store(filing, reading, now=now, digest=digest)
    except (DataError, IntegrityError, ArithmeticError) as error:
        filing.refresh_from_db()
        refused = replace(
            reading,
            status=LedgerStatus.FAILED,
            problem=Problem.NOT_STORABLE,
            reason=f"The database refuses what was read: {storable(str(error))}",
            rows=(),
        )
        return _store(filing, refused, now=now, digest=digest)


def _store(filing: Filing, reading: Reading, *, now: datetime, digest: str) -> bool:
    with transaction.atomic():
        # Two runs that store the same filing take turns.
        Filing.objects.select_for_update().get(pk=filing.pk)
        if digest:
            filing.note_document(digest, now=now)
        filing.note_reading(reading, now=now)
        return _replace_rows(filing, [_storable_row(row) for row in reading.rows])


def _storable_row(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: storable(row[name]) if isinstance(row[name], str) else row[name]
        for name in ROW_FIELDS
    }


def _replace_rows(filing: Filing, rows: Sequence[Mapping[str, Any]]) -> bool:
    """Replace the transactions as a whole, unless they are what is stored already."""
    if list(filing.transactions.order_by("ordinal").values(*ROW_FIELDS)) == list(rows):
        return False
    filing.transactions.all().delete()
    Transaction.objects.bulk_create(
        [Transaction(filing=filing, **row) for row in rows], batch_size=BATCH
    )
    return True
