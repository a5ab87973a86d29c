"""Lettering that extracts as the Clerk's documents do.

Both of his templates print labels in small capitals and neither says what the small glyphs mean:

* NEW maps them to U+0000, so that `Filing Status` extracts as `F S`;
* OLD prints them with the glyphs of the capitals, and a glyph can mean one letter only: the last
  one it was used for. That scrambles the case of labels and of data alike (`FIlINg STaTuS`).
"""

from __future__ import annotations

from itertools import groupby
from string import ascii_lowercase
from typing import TYPE_CHECKING, NamedTuple

from reportlab.pdfbase import pdfmetrics

from collectors.replay.house.filing import Template

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

REGULAR = "Times-Roman"
BOLD = "Times-Bold"
BOX_FONT = "Box"
BASE_ENCODING = "WinAnsiEncoding"
SIZE = 13.1
"""Times of this size is as wide as the Clerk's Georgia of 12 units: lines break as his do."""
SMALL = 0.78
"""Height of small capitals in that of capitals."""

UNCHECKED, CHECKED = "gfedc", "gfedcb"
RADIO_OFF, RADIO_ON = "nmlkj", "nmlkji"


def _register(name: str, face: str, glyphs: Mapping[str, str]) -> None:
    """Register a base-14 face in which the codes of `glyphs` draw other glyphs than usual."""
    encoding = pdfmetrics.Encoding(f"{name}Encoding", BASE_ENCODING)
    for letter, glyph in glyphs.items():
        encoding[ord(letter)] = glyph
    pdfmetrics.registerEncoding(encoding)
    font = pdfmetrics.Font(name, face, encoding.name)
    font.encName = BASE_ENCODING  # the codec that turns text into codes; it knows no other name
    pdfmetrics.registerFont(font)


def _register_all() -> None:
    capitals = {letter: letter.upper() for letter in ascii_lowercase}
    for face in (REGULAR, BOLD):
        _register(f"Small-{face}", face, capitals)
        _register(f"Shared-{face}", face, {})
    # a74 is a hollow square, a72 a ring, a20 a tick, a71 a disc
    boxes = dict.fromkeys("gfedc", "a74") | dict.fromkeys("nmlkj", "a72") | {"b": "a20", "i": "a71"}
    _register(BOX_FONT, "ZapfDingbats", boxes)


_register_all()


class Run(NamedTuple):
    """Text in one font and size; `codes` is what is drawn."""

    codes: str
    font: str
    size: float

    @property
    def width(self) -> float:
        return float(pdfmetrics.stringWidth(self.codes, self.font, self.size))


class Lettering:
    """Turns text into runs, and knows at the end what each font's glyphs are to mean."""

    def __init__(self, template: Template) -> None:
        self.template = template
        self._meanings: dict[str, dict[int, int]] = {}

    def plain(self, text: str, face: str, size: float) -> Run:
        """Ordinary text, capitals and lower case as given."""
        if self.template is Template.NEW:
            return Run(text, face, size)
        return self._shared(text, text, face, size)

    def small_capitals(self, text: str, face: str, size: float) -> Iterator[Run]:
        """Text whose lower-case letters are printed as small capitals."""
        for is_lower, letters in groupby(text, _is_small):
            part = "".join(letters)
            if not is_lower:
                yield self.plain(part, face, size)
            elif self.template is Template.OLD:
                yield self._shared(part, part.upper(), face, size * SMALL)
            else:
                font = f"Small-{face}"
                self._mean(font, part, "".join("\0" if each.islower() else each for each in part))
                yield Run(part, font, size * SMALL)

    def box(self, codes: str, size: float) -> Iterator[Run]:
        """A check box of the old template: several glyphs on one spot."""
        self._mean(BOX_FONT, codes, codes)
        for code in codes:
            yield Run(code, BOX_FONT, size)

    def meanings(self) -> Mapping[str, Mapping[int, int]]:
        """For each font that needs it: code -> code point, for its ToUnicode map."""
        return self._meanings

    def _shared(self, text: str, codes: str, face: str, size: float) -> Run:
        self._mean(f"Shared-{face}", codes, text)
        return Run(codes, f"Shared-{face}", size)

    def _mean(self, font: str, codes: str, text: str) -> None:
        known = self._meanings.setdefault(font, {})
        pairs = zip(codes, text, strict=True)
        known.update({code: ord(char) for each, char in pairs for code in _win_ansi(each)})


def _is_small(letter: str) -> bool:
    """The colon behind a label belongs to its small letters."""
    return letter.islower() or letter == ":"


def _win_ansi(letter: str) -> bytes:
    """Return the code of `letter`; nothing for what another font must draw, such as an arrow."""
    return letter.encode("cp1252", errors="ignore")


def to_unicode(meanings: Mapping[int, int]) -> bytes:
    """Return a ToUnicode CMap for one-byte codes (PDF 32000-1, 9.10.3)."""
    pairs = sorted(meanings.items())
    blocks = [pairs[start : start + 100] for start in range(0, len(pairs), 100)]
    lines = [
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap",
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def",
        "/CMapName /Adobe-Identity-UCS def /CMapType 2 def",
        "1 begincodespacerange <00> <FF> endcodespacerange",
    ]
    for block in blocks:
        entries = " ".join(f"<{code:02X}> <{point:04X}>" for code, point in block)
        lines.append(f"{len(block)} beginbfchar {entries} endbfchar")
    lines.append("endcmap CMapName currentdict /CMap defineresource pop end end")
    return "\n".join(lines).encode()
