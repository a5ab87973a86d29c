"""What a House filing says, as frozen records. Field names and their order are public."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from enum import StrEnum


class FilingStatus(StrEnum):
    """How far a document could be read."""

    PARSED = "parsed"
    SCANNED = "scanned"
    EMPTY = "empty"
    NOT_A_PDF = "not-a-pdf"
    UNREADABLE = "unreadable"
    MISMATCH = "mismatch"


class Template(StrEnum):
    """The Clerk's two layouts: `new` since spring 2022."""

    OLD = "old"
    NEW = "new"


class Owner(StrEnum):
    SELF = "SELF"
    SPOUSE = "SPOUSE"
    JOINT = "JOINT"
    DEPENDENT = "DEPENDENT"


class OwnerSource(StrEnum):
    """Where the owner was found: in the row, beside its vehicle, or nowhere, so the filer."""

    ROW = "ROW"
    VEHICLE = "VEHICLE"
    FILER = "FILER"


class Side(StrEnum):
    PURCHASE = "PURCHASE"
    SALE = "SALE"
    EXCHANGE = "EXCHANGE"


class RowStatus(StrEnum):
    """A DELETED row withdraws one of an earlier filing: it is no trade."""

    NEW = "NEW"
    AMENDED = "AMENDED"
    DELETED = "DELETED"


@dataclass(frozen=True, kw_only=True, slots=True)
class Transaction:
    """One row of a Periodic Transaction Report, as filed. None means that the row does not say.

    Dates carry no zone. Amounts are US dollars, bounds inclusive: a band fills `amount_min` and
    `amount_max` (None when open), an exact amount fills `amount_exact` alone.
    """

    doc_id: str | None
    ordinal: int
    page: int
    owner: Owner
    owner_source: OwnerSource
    asset_name: str
    ticker: str | None
    asset_code: str | None
    side: Side
    partial: bool
    traded_on: date
    notified_on: date
    amount_min: Decimal | None
    amount_max: Decimal | None
    amount_exact: Decimal | None
    capital_gains_over_200: bool | None
    filing_status: RowStatus
    row_id: str | None
    subholding: str | None
    location: str | None
    description: str | None
    comment: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class ParsedFiling:
    """One document. `reason` is a sentence for people; with status `mismatch` it says what is off
    and `transactions` holds what could be read, not to be trusted as complete.
    """

    status: FilingStatus
    reason: str
    doc_id: str | None = None
    filer_name: str | None = None
    filer_status: str | None = None
    state_district: str | None = None
    signed_on: date | None = None
    template: Template | None = None
    pages: int = 0
    transactions: tuple[Transaction, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class IndexRow:
    """One line of the yearly index. Blank text stays blank; a blank date is None."""

    prefix: str
    last: str
    first: str
    suffix: str
    filing_type: str
    state_district: str
    year: int
    filed_on: date | None
    doc_id: str


def as_record(transaction: Transaction) -> dict[str, object]:
    """Return a JSON-ready mapping: ISO dates, decimals as plain strings, None stays None."""
    return {field.name: _plain(getattr(transaction, field.name)) for field in fields(transaction)}


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, StrEnum):
        return value.value
    return value
