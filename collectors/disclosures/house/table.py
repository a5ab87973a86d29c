"""Pages of placed words -> the rows of the transaction table, still as text.

The form is a table whose header prints a word at the left edge of each column. A row's type and
dates stand on its first line, level with the first line of its asset; labelled notes follow below,
from the asset column to the right margin. Both templates keep to this, so a place decides what a
word belongs to, on whichever page it is printed.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from collectors.disclosures.house.form import (
    Column,
    Note,
    header_edges,
    is_filing_id,
    is_header_rest,
    split_label,
)
from collectors.disclosures.house.lines import Line, joined, lines_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from collectors.disclosures.house.text import Page

_EDGE = 2.0  # points: a word this little left of a column's edge is still in it
_BOX_REACH = 6.0  # points: a box stands this little above or below its row's baseline

_DATE = r"\d{1,2}/\d{1,2}/\d{4}"
_TYPE = r"[PSE](?: \(partial\))?"
_ANCHOR = re.compile(rf"(?<!\S){_TYPE} {_DATE} {_DATE}(?!\S)", re.IGNORECASE)
_SIGNS = (
    (Column.TYPE, re.compile(_TYPE, re.IGNORECASE)),
    (Column.TRADED, re.compile(_DATE)),
    (Column.NOTIFIED, re.compile(_DATE)),
)
_SIGNS_NEEDED = 2


@dataclass
class Row:
    """One transaction as printed: lines of text by column and by note."""

    page: int
    y: float
    cells: dict[Column, list[str]] = field(default_factory=dict)
    notes: dict[Note, list[str]] = field(default_factory=dict)
    boxes: list[bool | None] = field(default_factory=list)

    def cell(self, column: Column) -> str:
        return joined(self.cells.get(column, ()))

    def note(self, note: Note) -> str:
        return joined(self.notes.get(note, ()))


@dataclass
class Table:
    """The lines before, in and after the table. `strays` are table lines that fit no row;
    `labels` are the notes' labels as printed.
    """

    before: list[Line] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    after: list[Line] = field(default_factory=list)
    strays: list[str] = field(default_factory=list)
    labels: set[str] = field(default_factory=set)
    edges: tuple[float, ...] = ()


def count_anchors(pages: Iterable[Page]) -> int:
    """Count `TYPE date date` in the running text: a second opinion on the number of rows."""
    text = " ".join(word.text for page in pages for word in page.words)
    return sum(1 for _ in _ANCHOR.finditer(text))


def read_table(pages: Sequence[Page]) -> Table:
    """Find the table's rows over all pages. Never raises: what does not fit is in `strays`."""
    reader = _Reader()
    for number, page in enumerate(pages, start=1):
        for line in lines_of(page.words):
            reader.feed(number, line)
    reader.place_boxes(pages)
    return reader.table


class _Reader:
    """Takes the document's lines in reading order."""

    def __init__(self) -> None:
        self.table = Table()
        self._in_header = False
        self._end: tuple[int, float] | None = None

    def feed(self, page: int, line: Line) -> None:
        if self._end is not None:
            self.table.after.append(line)
        elif edges := header_edges(line):
            self.table.edges, self._in_header = edges, True
        elif not self.table.edges:
            self.table.before.append(line)
        elif not self._is_header_rest(line) and not is_filing_id(line):
            self._feed_table(page, line)

    def place_boxes(self, pages: Sequence[Page]) -> None:
        """Give every box of the last column to the row beside which it stands."""
        if len(self.table.edges) <= Column.GAINS:
            return
        starts = [(row.page, -row.y) for row in self.table.rows]
        for number, page in enumerate(pages, start=1):
            for box in page.boxes:
                index = bisect_right(starts, (number, -box.y + _BOX_REACH)) - 1
                if index >= 0 and self._is_gains_box(number, box.x, box.y):
                    self.table.rows[index].boxes.append(box.checked)

    def _is_gains_box(self, page: int, x: float, y: float) -> bool:
        is_inside = self._end is None or (page, -y) < self._end
        return is_inside and x >= self.table.edges[Column.GAINS] - _EDGE

    def _is_header_rest(self, line: Line) -> bool:
        self._in_header = self._in_header and is_header_rest(line)
        return self._in_header

    def _feed_table(self, page: int, line: Line) -> None:
        cells = self._cells(line)
        if self._begins_row(line, cells):
            self.table.rows.append(Row(page, line.y))
            self._add_cells(cells)
        elif self._ends_at(line):
            self._end = (page, -line.y)
            self.table.after.append(line)
        elif self.table.rows:
            self._continue_row(line, cells)
        else:
            self.table.strays.append(line.text)

    def _continue_row(self, line: Line, cells: dict[Column, str]) -> None:
        """Add a line to the last row: below its first label everything is a note."""
        notes = self.table.rows[-1].notes
        is_level = abs(line.x - self.table.edges[Column.ASSET]) < _EDGE
        if is_level and (labelled := split_label(line.text)):
            self._add_note(*labelled)
        elif notes:
            notes[max(notes)].append(line.text)
        else:
            self._add_cells(cells)

    def _ends_at(self, line: Line) -> bool:
        """True for a heading or foot-note: below its first line a row has nothing so far left."""
        return line.x < self.table.edges[Column.OWNER] - _EDGE

    def _begins_row(self, line: Line, cells: dict[Column, str]) -> bool:
        """True if two of type and dates stand in their cells: a third that is wrong is a fault to
        report, not a line of the row above.
        """
        signs = 0
        for column, pattern in _SIGNS:
            edge = self.table.edges[column]
            is_level = any(abs(word.x - edge) < _EDGE for word in line.words)
            signs += is_level and pattern.fullmatch(cells.get(column, "")) is not None
        return signs >= _SIGNS_NEEDED

    def _cells(self, line: Line) -> dict[Column, str]:
        edges = [edge - _EDGE for edge in self.table.edges]
        cells: dict[Column, str] = {}
        for word in line.words:
            column = Column(max(bisect_right(edges, word.x) - 1, 0))
            cells[column] = f"{cells[column]} {word.text}" if column in cells else word.text
        return cells

    def _add_cells(self, cells: dict[Column, str]) -> None:
        for column, text in cells.items():
            self.table.rows[-1].cells.setdefault(column, []).append(text)

    def _add_note(self, label: str, note: Note, text: str) -> None:
        notes = self.table.rows[-1].notes
        if not notes or note > max(notes):
            notes[note] = [text]
            self.table.labels.add(label)
        elif note is Note.STATUS:
            self.table.strays.append(f"{label}: {text}")
        else:
            notes[max(notes)].append(f"{label}: {text}")
