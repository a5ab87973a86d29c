"""Draws an electronic Periodic Transaction Report, breaking pages as the Clerk's software does."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from collectors.replay.house.cells import (
    PADDING,
    WIDTH,
    cells_of,
    columns_of,
    sub_lines_of,
    wrap,
)
from collectors.replay.house.filing import Template
from collectors.replay.house.fonts import BOLD, CHECKED, RADIO_OFF, RADIO_ON, REGULAR, UNCHECKED
from collectors.replay.house.sheet import BODY_HEIGHT, Sheet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from collectors.replay.house.cells import Cells
    from collectors.replay.house.filing import Published, Row, Vehicle

ASSET, GAINS = 2, 7
LABEL_SIZE = 12
BOX_INDENT = 29
HEADINGS = (
    ("ID",),
    ("Owner",),
    ("Asset",),
    ("Transaction", "Type"),
    ("Date",),
    ("Notification", "Date"),
    ("Amount",),
    ("Cap.", "Gains >", "$200?"),
)
HEADER_HEIGHT = 58
LINE, FIRST_LINE = 14, 19
SUB_LINE = 17
DESCENT = 4
PULL_UP = 8
"""A row's rest sits closer to the repeated header than a row's beginning."""
BOX_TOP = FIRST_LINE - 8
VEHICLE_INDENT, VEHICLE_GAP = 30, 24
FOOTNOTE = (
    "* For the complete list of asset type abbreviations, please visit "
    "https://fd.house.gov/reference/asset-type-codes.aspx"
)
CERTIFICATE = (
    "I CERTIFY that the statements I have made on the attached Periodic Transaction Report are "
    "true, complete, and correct to the best of my knowledge and belief."
)
STOCK_ACT_CLAUSE = (
    " Further, I CERTIFY that I have disclosed all transactions as required by the STOCK Act."
)


def draw_report(published: Published) -> bytes:
    """Return the PDF of an electronic PTR."""
    report = _Report(published)
    report.draw()
    return report.sheet.close()


class _Report:
    """One document in the making: the sheet and how far down it we are."""

    def __init__(self, published: Published) -> None:
        self.published = published
        self.sheet = Sheet(published.filing.template)
        self.columns = columns_of(published.filing)
        self.is_old = published.filing.template is Template.OLD
        self.page = 0
        self.y: float = 0
        self.in_table = False
        self.owes_header = False

    def draw(self) -> None:
        self._title()
        self._table(self.published.filing.rows)
        self._footnote()
        if self.published.filing.vehicles:
            self._vehicles(self.published.filing.vehicles)
        self._offerings()
        self._certificate()
        self._end_page()

    def _title(self) -> None:
        filer = self.published.filing.filer
        room = "B81" if not self.is_old else "135"
        self.sheet.small_capitals(127, 46, "Periodic Transaction Report", size=28)
        self.sheet.text(
            63,
            97,
            "Clerk of the House of Representatives \u2022 Legislative Resource Center \u2022 "
            f"{room} Cannon Building \u2022 Washington, DC 20515",
        )
        self.sheet.rule(0, 104, WIDTH, 1)
        self.sheet.small_capitals(0, 144, "Filer Information")
        facts = (
            ("Name:", filer.printed),
            ("Status:", filer.status),
            ("State/District:", filer.state_district),
        )
        for number, (label, value) in enumerate(facts):
            self.sheet.text(0, 168 + 21 * number, label, face=BOLD)
            self.sheet.text(103, 168 + 21 * number, value)
        self.sheet.small_capitals(0, 258, "Transactions")
        self._header(270)
        self.y = 270 + HEADER_HEIGHT

    def _header(self, top: float) -> None:
        for (left, right), lines in zip(pairwise(self.columns), HEADINGS, strict=True):
            self.sheet.rule(left, top, right - left, HEADER_HEIGHT, 0.93)
            for number, line in enumerate(lines):
                self.sheet.text(left + PADDING, top + FIRST_LINE + 15 * number, line, face=BOLD)

    def _table(self, rows: Sequence[Row]) -> None:
        self.in_table = True
        for row in rows:
            self._row(cells_of(row, self.published))
            for label, text in sub_lines_of(row):
                self._sub_lines(label, text)
            self.y += 11
        self.in_table = False

    def _row(self, cells: Cells) -> None:
        """Print a row; what does not fit goes to the next page, with the box once more."""
        start = 0
        while start < cells.height:
            count = min(self._room(), cells.height - start)
            if count:
                self._part_of_row(cells, start, start + count)
                start += count
            if start < cells.height:
                self._break_page()
                self.y -= PULL_UP if count else 0
        self.y += 16 + LINE * count

    def _room(self) -> int:
        """Return how many lines of a row fit below."""
        return max(0, int((BODY_HEIGHT - DESCENT - self.y - FIRST_LINE) // LINE) + 1)

    def _part_of_row(self, cells: Cells, start: int, stop: int) -> None:
        for left, lines in zip(self.columns, cells.lines, strict=False):
            for number, line in enumerate(lines[start:stop]):
                self.sheet.text(left + PADDING, self.y + FIRST_LINE + LINE * number, line)
        self._gains_box(self.y - LINE * start, checked=cells.checked)

    def _gains_box(self, top: float, *, checked: bool) -> None:
        """The box sits at the top of the row, even if that is on the page before."""
        if self.is_old:
            codes = CHECKED if checked else UNCHECKED
            self.sheet.glyph_box(self.columns[GAINS] + BOX_INDENT, top + FIRST_LINE, codes)
        else:
            self.sheet.path_box(self.columns[GAINS] + BOX_INDENT, top + BOX_TOP, checked=checked)

    def _sub_lines(self, label: str, text: str) -> None:
        x = self.columns[ASSET] + PADDING
        first, *rest = wrap(f"{label}: {text}", WIDTH - x - PADDING)
        self._advance(SUB_LINE)
        end = self.sheet.small_capitals(x, self.y, f"{label}:", face=REGULAR, size=LABEL_SIZE)
        self.sheet.text(end, self.y, first.removeprefix(f"{label}:"))
        for line in rest:
            self._advance(SUB_LINE)
            self.sheet.text(x, self.y, line)

    def _advance(self, step: float) -> None:
        """Move the base line down, to the next page if it must."""
        if self.y + step + DESCENT > BODY_HEIGHT:
            self._break_page()
        self.y += step

    def _break_page(self) -> None:
        self._end_page()
        self.sheet.next_page()
        self.page += 1
        self.owes_header = self.in_table and self.is_old
        self.y = HEADER_HEIGHT if self.in_table else 0
        if self.in_table and not self.is_old:
            self._header(0)

    def _end_page(self) -> None:
        """The old template prints a continued table's header last, the id comes last in both."""
        if self.owes_header:
            self._header(0)
            self.owes_header = False
        if self.page == 0:
            self.sheet.text(615, -11, f"Filing ID #{self.published.doc_id}")

    def _footnote(self) -> None:
        self._advance(20)
        end = self.sheet.text(6, self.y, FOOTNOTE)
        self.sheet.text(end, self.y, ".")

    def _heading(self, text: str) -> None:
        self._advance(40)
        self.sheet.small_capitals(0, self.y, text)
        self.y += 6

    def _vehicles(self, vehicles: Sequence[Vehicle]) -> None:
        self._heading("Asset Class Details" if self.is_old else "Investment Vehicle Details")
        for vehicle in vehicles:
            self._vehicle(vehicle)

    def _vehicle(self, vehicle: Vehicle) -> None:
        notes = [f"({vehicle.share} Interest)"] if vehicle.share else []
        notes += [f"(Owner: {vehicle.owner})"] if vehicle.owner else []
        text = " ".join((vehicle.path.replace(">", "\u21d2"), *notes))
        self._advance(VEHICLE_GAP - LINE)
        for line in wrap(text, WIDTH - VEHICLE_INDENT):
            self._advance(LINE)
            self.sheet.text(VEHICLE_INDENT, self.y, line)
        if vehicle.location:
            self._advance(LINE)
            end = self.sheet.small_capitals(
                VEHICLE_INDENT, self.y, "Location:", face=REGULAR, size=LABEL_SIZE
            )
            self.sheet.text(end, self.y, f" {vehicle.location}")

    def _offerings(self) -> None:
        self._heading("Initial Public Offerings")
        self._advance(20)
        if self.is_old:
            self.sheet.glyph_box(6, self.y, RADIO_OFF)
            self.sheet.text(21, self.y, "Yes")
            self.sheet.glyph_box(51, self.y, RADIO_ON)
            self.sheet.text(66, self.y, "No")
        else:
            self.sheet.path_box(5, self.y - 11, checked=False)
            self.sheet.text(20, self.y, " Yes")
            self.sheet.path_box(50, self.y - 11, checked=True)
            self.sheet.text(65, self.y, " No")

    def _certificate(self) -> None:
        clause = STOCK_ACT_CLAUSE if self.published.filing.has_stock_act_clause else ""
        self._heading("Certification and Signature")
        self._advance(24)
        if self.is_old:
            self.sheet.glyph_box(4, self.y, CHECKED)
        else:
            self.sheet.path_box(4, self.y - 11, checked=True)
        first, *rest = wrap(CERTIFICATE + clause, WIDTH - 24)
        self.sheet.text(20, self.y, f" {first}")
        for line in rest:
            self._advance(LINE)
            self.sheet.text(0, self.y, line)
        self._signature()

    def _signature(self) -> None:
        filed_on = self.published.filed_on or self.published.published_on
        self._advance(25)
        end = self.sheet.text(0, self.y, "Digitally Signed: ", face=BOLD)
        name = self.published.filing.filer.printed
        self.sheet.text(end, self.y, f"{name} , {filed_on:%m/%d/%Y}")
