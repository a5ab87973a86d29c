"""Draws paper filings: pictures of a form that was filled in by hand, without any text."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pypdfium2
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from collectors.replay.house.filing import BANDS
from collectors.replay.house.sheet import LETTER

if TYPE_CHECKING:
    from PIL.Image import Image

    from collectors.replay.house.filing import Published, Row

DOTS_PER_POINT = 150 / 72
ROW_HEIGHT, FIRST_ROW = 34, 600
LEFT, RIGHT, AMOUNTS = 36, 576, 396
COLUMNS = (LEFT, 66, 236, 256, 276, 296, 346, AMOUNTS)
"""Left edges: owner, asset, purchase, sale, exchange, date, notified; then the boxes A-K."""
BOX_WIDTH = (RIGHT - AMOUNTS) / 11
ROWS_A_PAGE = 12
SKEW_DEGREES = 0.6


def draw_scan(published: Published) -> bytes:
    """Return a PDF whose pages are black and white pictures of the filled-in form."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, LETTER, invariant=1)
    for picture in _photograph(_fill_in(published)):
        canvas.drawImage(ImageReader(picture), 0, 0, *LETTER)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def _photograph(form: bytes) -> list[Image]:
    document = pypdfium2.PdfDocument(form)
    try:
        return [
            page.render(scale=DOTS_PER_POINT, grayscale=True).to_pil().convert("1")
            for page in document
        ]
    finally:
        document.close()


def _fill_in(published: Published) -> bytes:
    buffer = io.BytesIO()
    canvas = Canvas(buffer, LETTER, invariant=1)
    rows = published.filing.rows
    for start in range(0, len(rows), ROWS_A_PAGE):
        canvas.rotate(SKEW_DEGREES)
        _form(canvas, published)
        _example(canvas)
        canvas.setFont("Courier-Oblique", 9)
        for number, row in enumerate(rows[start : start + ROWS_A_PAGE], start=1):
            _row(canvas, FIRST_ROW - ROW_HEIGHT * number, row, published)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def _form(canvas: Canvas, published: Published) -> None:
    filer = published.filing.filer
    canvas.setFont("Times-Bold", 13)
    canvas.drawString(LEFT, 740, "UNITED STATES HOUSE OF REPRESENTATIVES")
    canvas.drawString(LEFT, 722, "Periodic Transaction Report")
    canvas.setFont("Times-Roman", 9)
    canvas.drawString(LEFT, 690, "Name:")
    canvas.drawString(330, 690, "State/District:")
    canvas.setFont("Courier-Oblique", 12)
    canvas.drawString(80, 690, f"{filer.first} {filer.last}")
    canvas.drawString(400, 690, filer.state_district)
    canvas.setFont("Times-Roman", 7)
    heads = ("OWNER", "FULL ASSET NAME", "P", "S", "E", "DATE", "NOTIFIED", *"ABCDEFGHIJK")
    for number, head in enumerate(heads):
        canvas.drawString(_left_of(number) + 3, FIRST_ROW + ROW_HEIGHT + 4, head)
    for number in range(ROWS_A_PAGE + 2):
        height = FIRST_ROW + ROW_HEIGHT * (1 - number)
        canvas.line(LEFT, height, RIGHT, height)
    for number in range(len(heads) + 1):
        x = _left_of(number)
        canvas.line(x, FIRST_ROW + ROW_HEIGHT, x, FIRST_ROW - ROW_HEIGHT * ROWS_A_PAGE)


def _left_of(column: int) -> float:
    extra = max(0, column - len(COLUMNS) + 1)
    return COLUMNS[min(column, len(COLUMNS) - 1)] + extra * BOX_WIDTH


def _example(canvas: Canvas) -> None:
    """The printed form shows how to fill it in; nobody traded this."""
    canvas.setFont("Times-Italic", 9)
    canvas.drawString(COLUMNS[0] + 3, FIRST_ROW + 12, "SP")
    canvas.drawString(COLUMNS[1] + 3, FIRST_ROW + 12, "Mega Corp. Common Stock")
    canvas.drawString(COLUMNS[3] + 3, FIRST_ROW + 12, "X")
    canvas.drawString(COLUMNS[5] + 3, FIRST_ROW + 12, "2/5/14")
    canvas.drawString(COLUMNS[6] + 3, FIRST_ROW + 12, "3/15/14")
    canvas.drawString(AMOUNTS + 3, FIRST_ROW + 12, "X")


def _row(canvas: Canvas, y: float, row: Row, published: Published) -> None:
    canvas.drawString(COLUMNS[0] + 3, y + 12, row.owner)
    canvas.drawString(COLUMNS[1] + 3, y + 12, row.asset[:31])
    canvas.drawString(COLUMNS[2 + "PSE".index(row.side[0])] + 6, y + 12, "X")
    canvas.drawString(COLUMNS[5] + 1, y + 12, f"{published.day(row.traded):%m/%d/%y}")
    canvas.drawString(COLUMNS[6] + 1, y + 12, f"{published.day(row.notified):%m/%d/%y}")
    band = list(BANDS).index(str(row.amount))
    canvas.drawString(AMOUNTS + BOX_WIDTH * band + 4, y + 12, "X")
