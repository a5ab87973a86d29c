"""What a filing says outside its table: the filer, the number, the vehicles, the signature."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from collectors.disclosures.house.dates import DateUnknown, read_date
from collectors.disclosures.house.grammar import OWNERS, vehicle_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from collectors.disclosures.house.lines import Line
    from collectors.disclosures.house.records import Owner

_FILING_ID = re.compile(r"\bfiling id #(\d+)", re.IGNORECASE)
_FIELD = re.compile(r"(name|status|state/district): (.+)", re.IGNORECASE)
_SIGNED = re.compile(r"\bdigitally signed: .+? ?, (\d{1,2}/\d{1,2}/\d{4})", re.IGNORECASE)
_OWNED = re.compile(rf"(.+?) \(owner: ({'|'.join(OWNERS)})\)", re.IGNORECASE)
# The new template prints only the first letters of its headings.
_VEHICLE_HEADINGS = frozenset(
    {"i v d", "investment vehicle details", "a c d", "asset class details"}
)
# What may follow a vehicle's name on its own lines.
_ENTRY_NOTE = re.compile(r" (?:l|location|d|description|c|comments): .*", re.IGNORECASE)
_HEADING_INDENT = 2.0  # points: headings stand this near to the page's leftmost text
_LINE_STEP = 14.0  # points: the next line of the same entry is nearer than the next entry


def read_fields(before: Iterable[Line]) -> dict[str, str]:
    """Return `name`, `status` and `state/district` as printed above the table."""
    found = (_FIELD.fullmatch(line.text) for line in before)
    return {field[1].lower(): field[2] for field in found if field}


def read_doc_id(lines: Iterable[Line]) -> str | None:
    """Return the number after `Filing ID #`, printed in the first page's corner."""
    found = (_FILING_ID.search(line.text) for line in lines)
    return next((number[1] for number in found if number), None)


def read_signed_on(lines: Iterable[Line]) -> date | None:
    """Return the date of the digital signature, the last of them if there are several."""
    dates = _SIGNED.findall(" ".join(line.text for line in lines))
    try:
        return read_date(dates[-1]) if dates else None
    except DateUnknown:
        return None


def read_vehicles(after: Sequence[Line]) -> dict[str, Owner]:
    """Return the owner of each vehicle listed below the table, by `vehicle_key`.

    A name that is listed with two owners, or with and without one, decides nothing and is left out.
    """
    owners: dict[str, set[Owner | None]] = {}
    for entry in _entries(after):
        vehicle = _ENTRY_NOTE.sub("", entry)
        owned = _OWNED.fullmatch(vehicle)
        name = owned[1] if owned else vehicle
        owners.setdefault(vehicle_key(name), set()).add(OWNERS[owned[2].upper()] if owned else None)
    decided = {name: found.pop() for name, found in owners.items() if len(found) == 1}
    return {name: owner for name, owner in decided.items() if owner}


def _entries(after: Sequence[Line]) -> list[str]:
    """Return the lines of the vehicle sections, wrapped ones joined."""
    entries: list[str] = []
    margin = min((line.x for line in after), default=0.0)
    is_inside, last_y = False, 0.0
    for line in after:
        if line.x < margin + _HEADING_INDENT:
            is_inside = line.text.lower() in _VEHICLE_HEADINGS
        elif is_inside and entries and 0 < last_y - line.y < _LINE_STEP:
            entries[-1] += f" {line.text}"
        elif is_inside:
            entries.append(line.text)
        last_y = line.y
    return entries
