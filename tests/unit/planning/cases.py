"""The table of cases in `tables/`: which instants an expression names, and who says so.

A case is a line: zone | expression | start | the next instants in UTC | source | why. No answer is
copied from the planner; a walk over every minute and cronsim hold the table as well.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import NamedTuple

TABLES = Path(__file__).parent / "tables"
SOURCES = {
    "hand": "derived on paper from the calendar",
    "policy": "design semantics 5, applied on paper to a change in the time-zone data",
    "debian": "what Debian's cron does by its source (entry.c, cron.c)",
    "known": "a case that a named library gets wrong; the answer is by hand or by policy",
}


class Case(NamedTuple):
    """`instants` are as `stamp` writes them."""

    zone: str
    expression: str
    start: datetime
    instants: list[str]
    source: str
    why: str

    def __str__(self) -> str:
        return f"{self.zone} {self.expression} {stamp(self.start)}"


def stamp(instant: datetime) -> str:
    """An instant of UTC as the table has it: seconds only where there are any."""
    return instant.replace(tzinfo=None).isoformat(timespec="minutes") + (
        f":{instant:%S}" if instant.second else ""
    )


@cache
def cases() -> list[Case]:
    """Every case of every table."""
    return [
        _read(line)
        for table in sorted(TABLES.glob("*.txt"))
        for line in table.read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    ]


def _read(line: str) -> Case:
    zone, expression, start, instants, source, *why = (part.strip() for part in line.split(" | "))
    after = datetime.fromisoformat(start).replace(tzinfo=UTC)
    return Case(zone, expression, after, instants.split(), source, *(why or [""]))
