"""A PDF being drawn, measured as the Clerk's software does: 0.75 pt units, y downwards.

The origin is the top left of the text area, 21.75 pt and 72 pt into a US Letter page.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfbase.pdfdoc import PDFStream
from reportlab.pdfgen.canvas import Canvas

from collectors.replay.house.filing import Template
from collectors.replay.house.fonts import BOLD, REGULAR, SIZE, Lettering, to_unicode

if TYPE_CHECKING:
    from collections.abc import Iterable

    from collectors.replay.house.fonts import Run

UNIT = 0.75
LEFT, TOP = 21.75, 720.0
LETTER = (612, 792)
BODY_HEIGHT = 828
PERMISSIONS = {Template.OLD: -3897, Template.NEW: -1849}
"""The /P entry measured on the Clerk's files: printing allowed, copying not."""
GREY, BLACK = 0.5, 0.0
FIRST_PAGE = "first-page"


class Sheet:
    """Pages with text, rules and check boxes; `close` returns the file."""

    def __init__(self, template: Template) -> None:
        self.template = template
        self.lettering = Lettering(template)
        self._buffer = io.BytesIO()
        self._canvas = Canvas(
            self._buffer, LETTER, pageCompression=1, invariant=1, encrypt=_no_copying(template)
        )
        self._canvas.setProducer("Replay")
        self._in_form = template is Template.NEW
        if self._in_form:
            self._canvas.beginForm(FIRST_PAGE)

    def text(
        self, x: float, y: float, text: str, *, face: str = REGULAR, size: float = SIZE
    ) -> float:
        """Print `text` with its base line at y; return the x where it ends."""
        return self._draw(x, y, [self.lettering.plain(text, face, size)])

    def small_capitals(
        self, x: float, y: float, text: str, *, face: str = BOLD, size: float = 16
    ) -> float:
        """Print a label in capitals and small capitals; return the x where it ends."""
        return self._draw(x, y, self.lettering.small_capitals(text, face, size))

    def glyph_box(self, x: float, y: float, codes: str) -> float:
        """Print the old template's check box, glyph upon glyph; return the x where it ends."""
        runs = list(self.lettering.box(codes, SIZE))
        for run in runs:
            self._draw(x, y, [run])
        return x + max(run.width for run in runs)

    def path_box(self, x: float, y: float, *, checked: bool) -> None:
        """Draw the new template's check box: three paths, and a fourth for the tick."""
        self._rounded(x, y, 12.6, fill=0.66)
        self._rounded(x, y, 12.6, fill=0.95)
        if checked:
            self._rounded(x - 0.1, y - 0.1, 12.8, fill=0.46)
            self._tick(x, y)
        else:
            self._canvas.setLineWidth(0.6)
            self._canvas.setStrokeGray(0.66)
            self._rounded(x - 0.4, y - 0.4, 13.4)

    def rule(self, x: float, y: float, width: float, height: float, grey: float = GREY) -> None:
        """Fill a rectangle."""
        self._canvas.setFillGray(grey)
        left, bottom = _points(x, y + height)
        self._canvas.rect(left, bottom, width * UNIT, height * UNIT, stroke=0, fill=1)
        self._canvas.setFillGray(BLACK)

    def next_page(self) -> None:
        """Finish the page at hand."""
        self._close_page()

    def close(self) -> bytes:
        """Finish the document."""
        self._close_page()
        self._attach_meanings()
        self._canvas.save()
        return self._buffer.getvalue()

    def _close_page(self) -> None:
        """End a page. The new template wraps the first one, and no other, in a form."""
        if self._in_form:
            self._canvas.endForm()
            self._canvas.doForm(FIRST_PAGE)
            self._in_form = False
        self._canvas.showPage()

    def _draw(self, x: float, y: float, runs: Iterable[Run]) -> float:
        for run in runs:
            self._canvas.setFont(run.font, run.size * UNIT)
            self._canvas.drawString(*_points(x, y), run.codes)
            x += run.width
        return x

    def _rounded(self, x: float, y: float, side: float, fill: float | None = None) -> None:
        if fill is not None:
            self._canvas.setFillGray(fill)
        left, bottom = _points(x, y + side)
        self._canvas.roundRect(
            left, bottom, side * UNIT, side * UNIT, 1.5, stroke=fill is None, fill=fill is not None
        )
        self._canvas.setFillGray(BLACK)

    def _tick(self, x: float, y: float) -> None:
        path = self._canvas.beginPath()
        path.moveTo(*_points(x + 2.4, y + 6.5))
        path.lineTo(*_points(x + 5.0, y + 9.1))
        path.lineTo(*_points(x + 10.2, y + 2.6))
        self._canvas.setLineWidth(2)
        self._canvas.setStrokeGray(1)
        self._canvas.drawPath(path)

    def _attach_meanings(self) -> None:
        """Give each font its ToUnicode map, which reportlab writes for no base-14 font."""
        document = self._canvas._doc  # noqa: SLF001 - it has no public name
        fonts = document.idToObject["BasicFonts"].dict
        for name, meanings in self.lettering.meanings().items():
            stream = PDFStream(content=to_unicode(meanings))
            internal = document.fontMapping[name].lstrip("/")
            fonts[internal].ToUnicode = document.Reference(stream)


def _points(x: float, y: float) -> tuple[float, float]:
    return LEFT + x * UNIT, TOP - y * UNIT


def _no_copying(template: Template) -> StandardEncryption:
    """RC4 with 128 bits, an empty user password and the measured permissions."""
    encryption = StandardEncryption("", ownerPassword="replay", strength=128)
    # reportlab subtracts 2**31 from what it is given and cannot spell these bits by its flags
    encryption.permissionBits = lambda: PERMISSIONS[template] + 2**31
    return encryption
