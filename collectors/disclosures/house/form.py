"""The printed form of both templates: its columns, its header, the labels of its notes."""

from __future__ import annotations

import re
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collectors.disclosures.house.lines import Line


class Column(IntEnum):
    """The table's columns, left to right. The oldest filings have no GAINS."""

    ID = 0
    OWNER = 1
    ASSET = 2
    TYPE = 3
    TRADED = 4
    NOTIFIED = 5
    AMOUNT = 6
    GAINS = 7


class Note(IntEnum):
    """The labelled lines under a row, in the order in which the form prints them."""

    STATUS = 0
    SUBHOLDING = 1
    LOCATION = 2
    DESCRIPTION = 3
    COMMENT = 4


_TITLES = ("id", "owner", "asset", "transaction", "date", "notification", "amount", "cap.")
# What titles of two words print on the header's next lines, or beside their first word.
_TITLES_REST = frozenset({"type", "date", "gains", ">", "$200?"})
# The new template's small capitals have no characters: only the first letters are left.
_LABELS = {
    "f s": Note.STATUS,
    "filing status": Note.STATUS,
    "s o": Note.SUBHOLDING,
    "subholding of": Note.SUBHOLDING,
    "l": Note.LOCATION,
    "location": Note.LOCATION,
    "d": Note.DESCRIPTION,
    "description": Note.DESCRIPTION,
    "c": Note.COMMENT,
    "comments": Note.COMMENT,
}
_LABEL = re.compile(rf"({'|'.join(_LABELS)}):(?: |$)", re.IGNORECASE)
_FILING_ID = re.compile(r"filing id #", re.IGNORECASE)


def header_edges(line: Line) -> tuple[float, ...]:
    """Return the columns' left edges in points if the line is the table's header, () if not."""
    edges: list[float] = []
    for word in line.words:
        title = word.text.lower()
        if len(edges) < len(_TITLES) and title == _TITLES[len(edges)]:
            edges.append(word.x)
        elif not edges or title not in _TITLES_REST:
            return ()
    return tuple(edges) if len(edges) >= len(_TITLES) - 1 else ()


def is_header_rest(line: Line) -> bool:
    """True for a further line of the header, such as `Type Date Gains >`."""
    return all(word.text.lower() in _TITLES_REST for word in line.words)


def is_filing_id(line: Line) -> bool:
    """True for the filing's number in the first page's corner."""
    return _FILING_ID.match(line.text) is not None


def split_label(text: str) -> tuple[str, Note, str] | None:
    """Split `F S: New` into the label as printed, the note it names, and the text after it."""
    found = _LABEL.match(text)
    return (found[1], _LABELS[found[1].lower()], text[found.end() :]) if found else None


def is_spelled_out(label: str) -> bool:
    """True for a label of the old template: the new one prints at most two letters."""
    return len(label) > len("f s")
