"""The log of one attempt on its way to the database: batches, with a cap that keeps head and tail.
Pure.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

HEAD_BYTES = 2_500_000
TAIL_BYTES = 2_500_000
LINE_BYTES = 10_000


@dataclass(frozen=True, slots=True)
class Line:
    at: datetime
    level: str
    text: str

    @property
    def size(self) -> int:
        return len(self.text) + 1  # an empty line is a row too


class Logbook:
    """Collects lines; `take` hands out what may be written now, `close` the rest.

    The first 2.5 MB go out as they come; of what follows the newest 2.5 MB are kept until the end,
    and a line tells how many were left out between them.
    """

    def __init__(self) -> None:
        self._ready: list[Line] = []
        self._tail: deque[Line] = deque()
        self._head_bytes = 0
        self._tail_bytes = 0
        self._left_out = 0

    def add(self, line: Line) -> None:
        if self._head_bytes + line.size <= HEAD_BYTES and not self._tail:
            self._head_bytes += line.size
            self._ready.append(line)
            return
        self._tail.append(line)
        self._tail_bytes += line.size
        while self._tail_bytes > TAIL_BYTES and len(self._tail) > 1:
            self._tail_bytes -= self._tail.popleft().size
            self._left_out += 1

    def take(self) -> list[Line]:
        ready, self._ready = self._ready, []
        return ready

    def give_back(self, lines: list[Line]) -> None:
        """Lines that could not be written: the next `take` hands them out again."""
        self._ready = lines + self._ready

    def close(self) -> list[Line]:
        """All that is left, in order."""
        if self._left_out:
            first = self._tail[0]
            notice = f"… {self._left_out} lines left out …"
            self._tail.appendleft(Line(first.at, "NOTICE", notice))
        rest = [*self.take(), *self._tail]
        self._tail.clear()
        self._left_out = self._tail_bytes = 0
        return rest


class LineCutter:
    """Cuts a stream of bytes into lines of text: what a child prints, whatever it prints."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, chunk: bytes) -> list[str]:
        """Return the lines that are complete; one longer than LINE_BYTES is cut in pieces."""
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        while len(self._rest) > LINE_BYTES:
            lines.append(self._rest[:LINE_BYTES])
            self._rest = self._rest[LINE_BYTES:]
        return [piece for line in lines for piece in _pieces(line)]

    def close(self) -> list[str]:
        rest, self._rest = self._rest, b""
        return _pieces(rest) if rest else []


def _pieces(line: bytes) -> list[str]:
    text = line.decode("utf-8", "replace").replace("\x00", "").rstrip("\r")
    return [text[i : i + LINE_BYTES] for i in range(0, max(len(text), 1), LINE_BYTES)]
