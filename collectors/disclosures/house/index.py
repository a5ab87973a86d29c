"""The Clerk's yearly index: a ZIP of `{YEAR}FD.txt` and the same rows as XML.

The text is read: its header names the columns, so a change of layout shows at once, and it needs no
XML parser on bytes from outside. The years 2012 to 2026 keep to it (2012 has two more columns).
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from typing import TYPE_CHECKING

from collectors.disclosures.house.dates import DateUnknown, read_date
from collectors.disclosures.house.records import IndexRow

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

MAX_INDEX_BYTES = 32 * 1024 * 1024

# What the standard library raises on damaged archives, tried with many damaged ones.
_ZIP_ERRORS = (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, RuntimeError)
_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_MEMBER = re.compile(r"\d{4}FD\.txt", re.IGNORECASE)
_COLUMNS = frozenset(
    {"Prefix", "Last", "First", "Suffix", "FilingType", "StateDst", "Year", "FilingDate", "DocID"}
)
_DOC_ID = re.compile(r"\d+")
_YEAR = re.compile(r"\d{4}")


class IndexLayoutChanged(Exception):
    """The index is not what it was when this was written; the text says where."""


def parse_index(zip_bytes: bytes) -> tuple[IndexRow, ...]:
    """Return all filings of all types, in the order of the file; a DocID may repeat.

    Raises IndexLayoutChanged: nothing is skipped, and an index without rows is an error.
    """
    header, *lines = _lines(_member(zip_bytes))
    names = header.split("\t")
    if missing := _COLUMNS.difference(names):
        raise IndexLayoutChanged(f"The index has no column {', '.join(sorted(missing))}.")
    rows = tuple(_row(names, line, number) for number, line in enumerate(lines, start=2))
    if not rows:
        raise IndexLayoutChanged("The index has a header and no filing.")
    return rows


def _member(zip_bytes: bytes) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(zip_bytes)) as archive:
            return _read_member(archive)
    except _ZIP_ERRORS as error:
        raise IndexLayoutChanged(f"The index is not a ZIP that can be read: {error}.") from error


def _read_member(archive: zipfile.ZipFile) -> bytes:
    names = [name for name in archive.namelist() if _MEMBER.fullmatch(name)]
    if len(names) != 1:
        raise IndexLayoutChanged(
            f"The index holds {len(names)} files named like 2026FD.txt instead of one."
        )
    if archive.getinfo(names[0]).compress_type not in _COMPRESSIONS:
        raise IndexLayoutChanged("The index is compressed in a way that no ZIP of the Clerk's is.")
    with archive.open(names[0]) as member:
        # The size in the archive's directory may lie, so the bytes that come out are counted.
        text = member.read(MAX_INDEX_BYTES + 1)
    if len(text) > MAX_INDEX_BYTES:
        raise IndexLayoutChanged(f"The index is larger than {MAX_INDEX_BYTES} bytes when unpacked.")
    return text


def _lines(text: bytes) -> list[str]:
    try:
        lines = text.decode("utf-8-sig").replace("\r\n", "\n").rstrip("\n").split("\n")
    except UnicodeDecodeError as error:
        raise IndexLayoutChanged(f"The index is not UTF-8 text: {error}.") from error
    return lines


def _row(names: list[str], line: str, number: int) -> IndexRow:
    values = [value.strip() for value in line.split("\t")]
    if len(values) != len(names):
        raise IndexLayoutChanged(
            f"Line {number} of the index has {len(values)} fields instead of {len(names)}."
        )
    fields = dict(zip(names, values, strict=True))
    return IndexRow(
        prefix=fields["Prefix"],
        last=fields["Last"],
        first=fields["First"],
        suffix=fields["Suffix"],
        filing_type=fields["FilingType"],
        state_district=fields["StateDst"],
        year=int(_matching(_YEAR, fields, "Year", number)),
        filed_on=_filed_on(fields, number),
        doc_id=_matching(_DOC_ID, fields, "DocID", number),
    )


def _filed_on(fields: Mapping[str, str], number: int) -> date | None:
    try:
        return read_date(fields["FilingDate"]) if fields["FilingDate"] else None
    except DateUnknown as error:
        raise IndexLayoutChanged(f"Line {number} of the index: FilingDate: {error}.") from error


def _matching(pattern: re.Pattern[str], fields: Mapping[str, str], name: str, number: int) -> str:
    if pattern.fullmatch(fields[name]):
        return fields[name]
    raise IndexLayoutChanged(
        f"Line {number} of the index: {fields[name]!r} is not what {name} holds."
    )
