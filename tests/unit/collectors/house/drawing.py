"""Draws filings as placed words, the way the Clerk's form places them."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import zip_longest

from collectors.disclosures.house.form import Column
from collectors.disclosures.house.text import Box, Page, Word

EDGES = {
    Column.ID: 25.3,
    Column.OWNER: 65.1,
    Column.ASSET: 104.1,
    Column.TYPE: 262.3,
    Column.TRADED: 326.8,
    Column.NOTIFIED: 381.6,
    Column.AMOUNT: 446.1,
    Column.GAINS: 524.8,
}
MARGIN = 21.8
VEHICLE_INDENT = 43.5
STEP = 10.5
PARAGRAPH = 18.0
LETTER = 4.0
TOP = 712.0

HEADER: list[dict[Column, str]] = [
    {
        Column.ID: "ID",
        Column.OWNER: "Owner",
        Column.ASSET: "Asset",
        Column.TYPE: "Transaction",
        Column.TRADED: "Date",
        Column.NOTIFIED: "Notification",
        Column.AMOUNT: "Amount",
        Column.GAINS: "Cap.",
    },
    {Column.TYPE: "Type", Column.NOTIFIED: "Date", Column.GAINS: "Gains >"},
    {Column.GAINS: "$200?"},
]
COVER = ("Filing ID #20031234", "P T R", "Name: Hon. Ada Example", "Status: Member")
FOOTNOTE = "* For the complete list of asset type abbreviations, please visit the site."

Line = dict[float, str]


@dataclass
class PrintedRow:
    """One row in the words of the form; lists are the lines of a cell."""

    asset: list[str] = field(default_factory=lambda: ["Apple Inc. (AAPL) [ST]"])
    amount: list[str] = field(default_factory=lambda: ["$1,001 - $15,000"])
    kind: str = "P"
    traded: str = "01/02/2025"
    notified: str = "01/05/2025"
    owner: str = ""
    row_id: str = ""
    notes: list[str] = field(default_factory=lambda: ["F S: New"])
    box: bool | None = False

    def lines(self) -> list[Line]:
        first = {
            Column.ID: self.row_id,
            Column.OWNER: self.owner,
            Column.TYPE: self.kind,
            Column.TRADED: self.traded,
            Column.NOTIFIED: self.notified,
        }
        cells = [
            {Column.ASSET: asset, Column.AMOUNT: amount}
            for asset, amount in zip_longest(self.asset, self.amount, fillvalue="")
        ]
        cells[0] = first | cells[0]
        notes = [{Column.ASSET: note} for note in self.notes]
        return [
            {EDGES[column]: text for column, text in line.items() if text}
            for line in [*cells, *notes]
        ]


class Sheet:
    """One page, filled from the top."""

    def __init__(self) -> None:
        self.y = TOP
        self.words: list[Word] = []
        self.boxes: list[Box] = []

    def print(self, line: Line, step: float = STEP) -> None:
        for x, text in line.items():
            offset = 0
            for word in text.split():
                self.words.append(Word(x + LETTER * offset, self.y, word))
                offset += len(word) + 1
        self.y -= step

    def print_header(self) -> None:
        for titles in HEADER:
            self.print({EDGES[column]: title for column, title in titles.items()})

    def page(self) -> Page:
        return Page(tuple(self.words), tuple(self.boxes))


def draw(
    rows: list[PrintedRow],
    *,
    cover: tuple[str, ...] = COVER,
    after: tuple[tuple[float, str], ...] = (),
    breaks: frozenset[int] = frozenset(),
) -> list[Page]:
    """Draw a filing. `breaks` are the table's lines, counted from 0, that open a new page;
    `after` are (x, text) of the lines below the table.
    """
    sheets = [Sheet()]
    for text in cover:
        sheets[0].print({MARGIN: text}, PARAGRAPH)
    sheets[0].print_header()
    number = 0
    for row in rows:
        for index, line in enumerate(row.lines()):
            if number in breaks:
                sheets.append(Sheet())
                sheets[-1].print_header()
            if index == 0 and row.box is not None:
                sheets[-1].boxes.append(Box(EDGES[Column.GAINS] + 20, sheets[-1].y + 1, row.box))
            sheets[-1].print(line)
            number += 1
        sheets[-1].y -= STEP
    for x, text in ((EDGES[Column.ID], FOOTNOTE), *after):
        sheets[-1].print({x: text}, PARAGRAPH)
    return [sheet.page() for sheet in sheets]
