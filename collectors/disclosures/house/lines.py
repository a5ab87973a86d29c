"""Placed words -> lines of text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from collectors.disclosures.house.text import Word

if TYPE_CHECKING:
    from collections.abc import Iterable

_LEVEL = 2.0  # points: words this near in height share a line
_BROKEN_WORD = re.compile(r"\w-")


class Line(NamedTuple):
    """Words of one height, left to right. `y` is their baseline in points."""

    y: float
    words: tuple[Word, ...]

    @property
    def x(self) -> float:
        return self.words[0].x

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)


def lines_of(words: Iterable[Word]) -> list[Line]:
    """Group a page's words into lines, from the top down."""
    lines: list[list[Word]] = []
    for word in sorted(words, key=lambda word: -word.y):
        if lines and lines[-1][0].y - word.y <= _LEVEL:
            lines[-1].append(word)
        else:
            lines.append([word])
    return [Line(line[0].y, tuple(sorted(line))) for line in lines]


def joined(lines: Iterable[str]) -> str:
    """Join the lines of a cell; a word broken after its hyphen grows together again."""
    text = ""
    for line in filter(None, lines):
        is_glued = not text or _BROKEN_WORD.fullmatch(text[-2:]) is not None
        text += line if is_glued else f" {line}"
    return text
