"""disclosures-clerk.house.gov: which path answers with what."""

from __future__ import annotations

import re
from datetime import date
from threading import Lock
from typing import TYPE_CHECKING

from collectors.replay.documents import Document, morning
from collectors.replay.house.filing import Published, Shape
from collectors.replay.house.index import index_zip
from collectors.replay.house.letter import draw_letter
from collectors.replay.house.report import draw_report
from collectors.replay.house.scan import draw_scan
from collectors.replay.house.volumes import filings_of

if TYPE_CHECKING:
    from collectors.replay.documents import Edition

NOT_FOUND = b"""<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" \
"http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd">
<html xmlns="http://www.w3.org/1999/xhtml">
<head>
<meta http-equiv="Content-Type" content="text/html; charset=iso-8859-1"/>
<title>404 - File or directory not found.</title>
</head>
<body>
<div id="header"><h1>Server Error</h1></div>
<div id="content"><fieldset>
<h2>404 - File or directory not found.</h2>
<h3>This replay has no such document.</h3>
</fieldset></div>
</body>
</html>
"""
INDEX_PATH = re.compile(r"/public_disc/financial-pdfs/(\d{4})FD\.zip", re.IGNORECASE)
PDF_PATH = re.compile(
    r"/public_disc/(ptr-pdfs|financial-pdfs)/(\d{4})/(\d{4,8})\.pdf", re.IGNORECASE
)
YEARS_SERVED = 3


class HouseSite:
    """The Clerk's site with the index of the current year and of the two before it."""

    hosts: tuple[str, ...] = ("disclosures-clerk.house.gov",)
    not_found = NOT_FOUND

    def __init__(self) -> None:
        self._lock = Lock()
        self._drawn: dict[str, bytes] = {}

    def find(self, path: str, edition: Edition) -> Document | None:
        """Return the index or filing at `path` if it is published by the edition's day."""
        if match := INDEX_PATH.fullmatch(path):
            return self._index(int(match[1]), edition)
        if match := PDF_PATH.fullmatch(path):
            return self._filing(match[1].lower(), int(match[2]), match[3], edition.today)
        return None

    def _index(self, year: int, edition: Edition) -> Document | None:
        if not edition.today.year - YEARS_SERVED < year <= edition.today.year:
            return None
        filings = [
            each
            for each in published_filings(year, edition.today)
            if each.doc_id not in edition.withdrawn
        ]
        newest = max((each.published_on for each in filings), default=date(year, 1, 1))
        modified_at = morning(newest)
        body = index_zip(year, filings, modified_at)
        return Document(body, "application/x-zip-compressed", modified_at)

    def _filing(self, folder: str, year: int, doc_id: str, today: date) -> Document | None:
        for each in published_filings(year, today):
            if (each.doc_id, each.folder) == (doc_id, folder):
                return self._document(each)
        return None

    def _document(self, published: Published) -> Document | None:
        modified_at = morning(published.published_on)
        match published.filing.shape:
            case Shape.MISSING:
                return None
            case Shape.WEB_PAGE:
                return Document(NOT_FOUND, "text/html", modified_at)
            case _:
                return Document(self._pdf(published), "application/pdf", modified_at)

    def _pdf(self, published: Published) -> bytes:
        with self._lock:  # reportlab keeps global state
            if published.doc_id not in self._drawn:
                self._drawn[published.doc_id] = draw(published)
            return self._drawn[published.doc_id]


def published_filings(year: int, today: date) -> list[Published]:
    """Return what the index of `year` may hold on `today`."""
    return [each for each in filings_of(year) if each.published_on <= today]


def draw(published: Published) -> bytes:
    """Return the PDF of a filing; the same bytes every time."""
    filing = published.filing
    if filing.shape is Shape.SCAN:
        return draw_scan(published)
    if filing.kind != "P":
        return draw_letter(published)
    whole = draw_report(published)
    return whole[: len(whole) // 3] if filing.shape is Shape.CORRUPT else whole
