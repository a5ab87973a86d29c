"""PDF bytes -> words with their places, and check boxes. Nothing here knows what a row is.

A filing is a drawn form. Words keep the point of their baseline, because only the place tells a
wrapped description from the asset of the next row. pdfium is not thread-safe: one call at a time.
"""

from __future__ import annotations

import ctypes
import re
from contextlib import closing
from typing import TYPE_CHECKING, Any, NamedTuple

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MAX_PAGES = 500
MAX_CHARACTERS = 4_000_000
MAX_OBJECTS = 1_000_000

# Real viewers accept the magic anywhere in the first kilobyte.
_MAGIC_WITHIN = 1024
# pdfium's mark for a glyph without a character, and for a hyphen at a line's end.
_LOST = "\ufffe"
_LONE_MARK = re.compile(rf"(?<=[^{_LOST}]){_LOST}(?=[^{_LOST}])")
# The old template draws its boxes in a symbol font that reads "gfedc", ticked "gfedcb".
_WORD = re.compile(r"gfedcb?|\S+?(?=gfedcb?|\s|$)")
_GLYPH_BOXES = {"gfedc": False, "gfedcb": True}
# The new template draws its boxes of about 10 pt with three paths; the tick is the fourth.
_PATH_BOXES = {3: False, 4: True}
_BOX_SIZES = (7.0, 14.0)
_SAME_BOX = 3.0
_FORM_DEPTH = 4

# A page is a scan when images cover this share of it; the Clerk's seal covers a hundredth.
_IMAGE_SHARE = 0.5

_Centre = tuple[float, float]
_Handle = Any  # a pointer that only pdfium reads


class NotPdf(Exception):
    """The bytes are not a PDF, whatever the file's name says."""


class PdfUnreadable(Exception):
    """The bytes begin like a PDF that cannot, or for safety will not, be read."""


class Word(NamedTuple):
    """Text without spaces; `x`, `y` in points from the page's lower left, `y` the baseline."""

    x: float
    y: float
    text: str


class Box(NamedTuple):
    """A check box near (`x`, `y`); `checked` is None when its drawing is unknown."""

    x: float
    y: float
    checked: bool | None


class Page(NamedTuple):
    """Words in the order in which the page draws them; `is_image` for a scanned page."""

    words: tuple[Word, ...]
    boxes: tuple[Box, ...]
    is_image: bool = False


def read_pages(body: bytes) -> tuple[Page, ...]:
    """Read all pages in order. Raises NotPdf or PdfUnreadable with a sentence, and no other."""
    if b"%PDF" not in body[:_MAGIC_WITHIN]:
        raise NotPdf(f"This is not a PDF: the file begins with {_beginning(body)}.")
    try:
        with pdfium.PdfDocument(body) as document:
            return tuple(_read_document(document))
    except pdfium.PdfiumError as error:
        raise PdfUnreadable(f"The PDF cannot be opened: {_cause(error)}.") from error


def _beginning(body: bytes) -> str:
    return repr(body[:16].decode("ascii", "replace")) if body else "nothing: it is empty"


def _cause(error: pdfium.PdfiumError) -> str:
    if error.err_code == pdfium_c.FPDF_ERR_PASSWORD:
        return "it is encrypted with a password that is not known"
    return "it is damaged or cut short"


def _read_document(document: pdfium.PdfDocument) -> Iterator[Page]:
    if len(document) > MAX_PAGES:
        raise PdfUnreadable(f"The PDF has {len(document)} pages; at most {MAX_PAGES} are read.")
    characters = 0
    for number in range(len(document)):
        with closing(document[number]) as page, closing(page.get_textpage()) as text_page:
            characters += pdfium_c.FPDFText_CountChars(text_page)
            if characters > MAX_CHARACTERS:
                raise PdfUnreadable(f"The PDF has more than {MAX_CHARACTERS} characters of text.")
            yield _read_page(page, text_page)


def _read_page(page: pdfium.PdfPage, text_page: pdfium.PdfTextPage) -> Page:
    words: list[Word] = []
    boxes: list[Box] = []
    for word in _TextReader(text_page.raw).words():
        if word.text in _GLYPH_BOXES:
            boxes.append(Box(word.x, word.y, _GLYPH_BOXES[word.text]))
        elif word.text:
            words.append(word)
    drawn, image_area = _drawings(page.raw)
    is_image = image_area > _IMAGE_SHARE * page.get_width() * page.get_height()
    return Page(tuple(words), (*boxes, *drawn), is_image)


class _TextReader:
    """Reads one page's text through pdfium's own handle: a page asks for hundreds of places."""

    def __init__(self, handle: _Handle) -> None:
        self._handle = handle
        self._x, self._y = ctypes.c_double(), ctypes.c_double()

    def words(self) -> Iterator[Word]:
        for found in _WORD.finditer(self._characters()):
            start, text = found.start(), found[0]
            if _LOST not in text:
                yield self._word(start, text)
                continue
            for offset, part in self._mended(start, text):
                yield self._word(start + offset, part)

    def _characters(self) -> str:
        """Return the text in content order; lost glyphs and broken hyphens are U+FFFE."""
        count = pdfium_c.FPDFText_CountChars(self._handle)
        buffer = (ctypes.c_ushort * (count + 1))()
        written = pdfium_c.FPDFText_GetText(self._handle, 0, count, buffer)
        return bytes(buffer)[: max(written - 1, 0) * 2].decode("utf-16-le", "replace")

    def _mended(self, start: int, text: str) -> Iterator[tuple[int, str]]:
        """Yield (offset, part): lost glyphs left out, a word broken at its hyphen as two parts."""
        begin = 0
        for mark in _LONE_MARK.finditer(text):
            index = self._char_index(start + mark.start())
            if pdfium_c.FPDFText_IsHyphen(self._handle, index) == 1:
                yield begin, text[begin : mark.start()].replace(_LOST, "") + "-"
                begin = mark.end()
        yield begin, text[begin:].replace(_LOST, "")

    def _word(self, index: int, text: str) -> Word:
        at = self._char_index(index)
        pdfium_c.FPDFText_GetCharOrigin(self._handle, at, self._x, self._y)
        return Word(self._x.value, self._y.value, text)

    def _char_index(self, index: int) -> int:
        """Return pdfium's number of the character at an index of its text."""
        return pdfium_c.FPDFText_GetCharIndexFromTextIndex(self._handle, index)  # type: ignore[no-any-return]


def _drawings(page: _Handle) -> tuple[tuple[Box, ...], float]:
    """Return the check boxes drawn as paths, and the area of the page's images."""
    boxes: list[list[_Centre]] = []
    image_area = 0.0
    sides = [ctypes.c_float() for _ in range(4)]
    for number, (kind, handle) in enumerate(_objects(page), start=1):
        if number > MAX_OBJECTS:
            raise PdfUnreadable(f"A page of the PDF draws more than {MAX_OBJECTS} things.")
        if kind not in (pdfium_c.FPDF_PAGEOBJ_PATH, pdfium_c.FPDF_PAGEOBJ_IMAGE):
            continue
        pdfium_c.FPDFPageObj_GetBounds(handle, *sides)
        left, bottom, right, top = (side.value for side in sides)
        if kind == pdfium_c.FPDF_PAGEOBJ_IMAGE:
            image_area += (right - left) * (top - bottom)
        elif _is_box_sized(right - left) and _is_box_sized(top - bottom):
            _add_piece(boxes, ((left + right) / 2, (bottom + top) / 2))
    return tuple(_box(pieces) for pieces in boxes), image_area


def _objects(
    holder: _Handle,
    count: Callable[[_Handle], int] = pdfium_c.FPDFPage_CountObjects,
    get: Callable[[_Handle, int], _Handle] = pdfium_c.FPDFPage_GetObject,
    depth: int = _FORM_DEPTH,
) -> Iterator[tuple[int, _Handle]]:
    """Yield the kind and handle of what is drawn; long pages are drawn inside forms."""
    for index in range(count(holder)):
        handle = get(holder, index)
        kind = pdfium_c.FPDFPageObj_GetType(handle)
        if kind != pdfium_c.FPDF_PAGEOBJ_FORM:
            yield kind, handle
        elif depth:
            yield from _objects(
                handle,
                pdfium_c.FPDFFormObj_CountObjects,
                pdfium_c.FPDFFormObj_GetObject,
                depth - 1,
            )


def _is_box_sized(length: float) -> bool:
    smallest, largest = _BOX_SIZES
    return smallest < length < largest


def _add_piece(boxes: list[list[_Centre]], centre: _Centre) -> None:
    """Join a path to the box drawn just before it when they share their middle."""
    if boxes and max(abs(a - b) for a, b in zip(boxes[-1][0], centre, strict=True)) < _SAME_BOX:
        boxes[-1].append(centre)
    else:
        boxes.append([centre])


def _box(pieces: list[_Centre]) -> Box:
    return Box(*pieces[0], _PATH_BOXES.get(len(pieces)))
