"""The yearly index: `{YEAR}FD.zip` with the same rows as tab-separated text and as XML."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

    from collectors.replay.house.filing import Published

COLUMNS = (
    "Prefix",
    "Last",
    "First",
    "Suffix",
    "FilingType",
    "StateDst",
    "Year",
    "FilingDate",
    "DocID",
)
BOM = b"\xef\xbb\xbf"


def index_zip(year: int, filings: Iterable[Published], modified_at: datetime) -> bytes:
    """Return the index of `year`, nearly alphabetical by last name, both members UTF-8, CRLF."""
    rows = [_row(each) for each in filings for _ in range(each.filing.listed)]
    rows.sort(key=lambda row: row[1].casefold())
    buffer = io.BytesIO()
    with ZipFile(buffer, "w") as archive:
        for name, body in ((f"{year}FD.txt", _text(rows)), (f"{year}FD.xml", _xml(rows))):
            entry = ZipInfo(name, modified_at.timetuple()[:6])
            archive.writestr(entry, body, compress_type=ZIP_DEFLATED)
    return buffer.getvalue()


def _row(published: Published) -> tuple[str, ...]:
    filer = published.filing.filer
    return (
        filer.prefix,
        filer.last,
        filer.first,
        filer.suffix,
        published.filing.kind,
        filer.state_district,
        str(published.year),
        unpadded(published.filed_on),
        published.doc_id,
    )


def unpadded(day: date | None) -> str:
    """Return `M/D/YYYY`, or nothing for an unknown day."""
    return f"{day.month}/{day.day}/{day.year}" if day else ""


def _text(rows: Iterable[tuple[str, ...]]) -> bytes:
    return "".join("\t".join(row) + "\r\n" for row in (COLUMNS, *rows)).encode()


def _xml(rows: Iterable[tuple[str, ...]]) -> bytes:
    lines = ['<?xml version="1.0" encoding="utf-8"?>', "<FinancialDisclosure>"]
    for row in rows:
        fields = [_element(*pair) for pair in zip(COLUMNS, row, strict=True)]
        lines += ["  <Member>", *fields, "  </Member>"]
    lines.append("</FinancialDisclosure>")
    return BOM + "\r\n".join(lines).encode()


def _element(name: str, value: str) -> str:
    return f"    <{name}>{escape(value)}</{name}>" if value else f"    <{name} />"
