"""A row as printed -> a transaction. What cannot be read is said, never guessed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from string import ascii_uppercase
from typing import TYPE_CHECKING, NamedTuple

from collectors.disclosures.house.amounts import AmountUnknown, read_amount
from collectors.disclosures.house.dates import DateUnknown, read_date
from collectors.disclosures.house.form import Column, Note, is_spelled_out
from collectors.disclosures.house.records import (
    Owner,
    OwnerSource,
    RowStatus,
    Side,
    Transaction,
)
from collectors.disclosures.house.table import Row

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

OWNERS = {"SP": Owner.SPOUSE, "JT": Owner.JOINT, "DC": Owner.DEPENDENT}

_SIDES = {"P": Side.PURCHASE, "S": Side.SALE, "E": Side.EXCHANGE}
_ROW_ID = re.compile(r"\d+")
_CODE = re.compile(r" ?\[([A-Z0-9]{2})\]$", re.IGNORECASE)
_TICKER = re.compile(r" ?\(([A-Z]{1,5}(?:[./-][A-Z]{1,2})?)\)$", re.IGNORECASE)
_DASHED_TICKER = re.compile(r" [-\u2013] ([A-Z]{2,5})$")
# What a ticker after a dash can belong to: a bond's last word is as likely a series or a place.
_DASHED_CODES = frozenset({"ST", "EF", "ET", "OP", "OT"})
# At the end of a name these words say what the asset is.
_NOT_TICKERS = frozenset({"ADR", "ADS", "COM", "ETF", "INC", "LLC", "LP", "NEW", "REIT", "USD"})
_PATH_SEPARATOR = re.compile("\u21d2|>")
_SHARE_OF_VEHICLE = re.compile(r" \([\d.]+% interest\)")


class RowUnreadable(Exception):
    """A cell holds what the form does not allow; the text names the cell."""


@dataclass(frozen=True, kw_only=True)
class Filing:
    """What a row takes from its document.

    `vehicles` maps `vehicle_key` of a name to the owner beside it; `lost_capitals` are the
    capitals that the document's font may have printed small.
    """

    doc_id: str | None
    vehicles: Mapping[str, Owner]
    lost_capitals: frozenset[str]


class Asset(NamedTuple):
    name: str
    ticker: str | None
    code: str | None


def read_row(row: Row, *, ordinal: int, filing: Filing) -> Transaction:
    """Read one row. Raises RowUnreadable."""
    try:
        return _transaction(row, ordinal, filing)
    except (AmountUnknown, DateUnknown) as error:
        raise RowUnreadable(str(error)) from error


def _transaction(row: Row, ordinal: int, filing: Filing) -> Transaction:
    subholding = row.note(Note.SUBHOLDING)
    owner, owner_source = _owner(row.cell(Column.OWNER), subholding, filing.vehicles)
    asset = read_asset(row.cell(Column.ASSET), filing.lost_capitals)
    side, partial = _side(row.cell(Column.TYPE))
    amount = read_amount(row.cell(Column.AMOUNT))
    return Transaction(
        doc_id=filing.doc_id,
        ordinal=ordinal,
        page=row.page,
        owner=owner,
        owner_source=owner_source,
        asset_name=asset.name,
        ticker=asset.ticker,
        asset_code=asset.code,
        side=side,
        partial=partial,
        traded_on=read_date(row.cell(Column.TRADED)),
        notified_on=read_date(row.cell(Column.NOTIFIED)),
        amount_min=amount.minimum,
        amount_max=amount.maximum,
        amount_exact=amount.exact,
        capital_gains_over_200=_gains(row.boxes),
        filing_status=_status(row.note(Note.STATUS)),
        row_id=_row_id(row.cell(Column.ID)),
        subholding=subholding or None,
        location=row.note(Note.LOCATION) or None,
        description=row.note(Note.DESCRIPTION) or None,
        comment=row.note(Note.COMMENT) or None,
    )


def read_asset(text: str, lost_capitals: frozenset[str]) -> Asset:
    """Split `Apple Inc. (AAPL) [ST]` or `Bear 3X ETF - TZA [OT]`. A last word that cannot be a
    ticker stays in the name. Raises RowUnreadable when no name is left.
    """
    found = _CODE.search(text)
    code = found[1].upper() if found else None
    name = text[: found.start()] if found else text
    ticker = _ticker(name, code, lost_capitals)
    name = name[: ticker.start()] if ticker else name
    if not name:
        raise RowUnreadable(f"the asset {text!r} has no name")
    return Asset(name, ticker[1].upper() if ticker else None, code)


def _ticker(name: str, code: str | None, lost: frozenset[str]) -> re.Match[str] | None:
    found = _TICKER.search(name)
    if found is None and code in _DASHED_CODES:
        found = _DASHED_TICKER.search(name)
    if found is None or found[1].upper() in _NOT_TICKERS:
        return None
    is_capital = all(not letter.islower() or letter.upper() in lost for letter in found[1])
    return found if is_capital else None


def lost_capitals(labels: Iterable[str]) -> frozenset[str]:
    """Return the capitals that may be printed small, told from the notes' labels.

    The old template's fonts lack some capitals, another set in each document, and its labels
    are all capitals: what they print small is lost, what they do not use is unknown.
    """
    spelled = "".join(filter(is_spelled_out, labels))
    return frozenset(ascii_uppercase).difference(spelled) if spelled else frozenset()


def vehicle_key(name: str) -> str:
    """Return a vehicle's name for comparing: a row prints other arrows, and leaves out the share
    that the list of vehicles names.
    """
    name = _SHARE_OF_VEHICLE.sub("", name.lower())
    return " > ".join(" ".join(part.split()) for part in _PATH_SEPARATOR.split(name))


def _side(text: str) -> tuple[Side, bool]:
    side, _, partial = text.upper().partition(" ")
    if side not in _SIDES or partial not in ("", "(PARTIAL)"):
        raise RowUnreadable(f"the type {text!r} is not P, S, S (partial) or E")
    return _SIDES[side], bool(partial)


def _owner(code: str, subholding: str, vehicles: Mapping[str, Owner]) -> tuple[Owner, OwnerSource]:
    if code:
        if code.upper() not in OWNERS:
            raise RowUnreadable(f"the owner {code!r} is not one of {', '.join(OWNERS)}")
        return OWNERS[code.upper()], OwnerSource.ROW
    if owner := vehicles.get(vehicle_key(subholding)):
        return owner, OwnerSource.VEHICLE
    return Owner.SELF, OwnerSource.FILER


def _gains(boxes: Iterable[bool | None]) -> bool | None:
    """A row broken over two pages shows its box on both."""
    known = [box for box in boxes if box is not None]
    return any(known) if known else None


def _status(text: str) -> RowStatus:
    if text.upper() in RowStatus.__members__:
        return RowStatus[text.upper()]
    raise RowUnreadable(f"the filing status {text!r} is not New, Amended or Deleted")


def _row_id(text: str) -> str | None:
    if text and not _ROW_ID.fullmatch(text):
        raise RowUnreadable(f"the row's number {text!r} is not made of digits")
    return text or None
