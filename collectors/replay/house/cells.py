"""What stands in a report's table: text, wrapped to the columns as the Clerk's software wraps it.

All lengths are in units of 0.75 pt.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from reportlab.pdfbase.pdfmetrics import stringWidth

from collectors.replay.house.filing import BANDS, Template
from collectors.replay.house.fonts import REGULAR, SIZE

if TYPE_CHECKING:
    from decimal import Decimal

    from collectors.replay.house.filing import Filing, Published, Row

WIDTH = 739
OLD_COLUMNS = (0, 50, 102, 295, 382, 454, 541, 640, 707)
NARROW_COLUMNS = (0, 54, 106, 317, 403, 476, 562, 667, 738)
COLUMNS_WITH_IDS = (0, 74, 126, 321, 407, 480, 566, 669, 738)
"""Left edges: id, owner, asset, type, date, notification date, amount, capital gains; the end."""
PADDING = 4.6


class Cells(NamedTuple):
    """The lines of one row's cells, column by column, and whether its box is ticked."""

    lines: tuple[tuple[str, ...], ...]
    checked: bool

    @property
    def height(self) -> int:
        return max(map(len, self.lines))


def amount_text(amount: str | Decimal) -> str:
    """Return a band or an exact sum as the Clerk prints it."""
    if not isinstance(amount, str):
        return f"${amount:,.2f}"
    low, high = BANDS[amount]
    return f"${low:,} - ${high:,}" if high else f"Over ${low - 1:,}"


def wrap(text: str, width: float) -> tuple[str, ...]:
    """Break `text` at spaces into lines of at most `width` units; one long word stays whole."""
    lines = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines[-1] else word
        if lines[-1] and stringWidth(longer, REGULAR, SIZE) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return tuple(lines)


def columns_of(filing: Filing) -> tuple[int, ...]:
    """Return where the columns lie: the new template makes room for ids where there are any."""
    if filing.template is Template.OLD:
        return OLD_COLUMNS
    has_ids = any(row.row_id for row in filing.rows)
    return COLUMNS_WITH_IDS if has_ids else NARROW_COLUMNS


def cells_of(row: Row, published: Published) -> Cells:
    """Return the cells' text, wrapped to the columns."""
    columns = columns_of(published.filing)
    texts = (
        row.row_id,
        row.owner,
        row.printed,
        row.side,
        f"{published.day(row.traded):%m/%d/%Y}",
        f"{published.day(row.notified):%m/%d/%Y}",
        amount_text(row.amount),
    )
    widths = [right - left - 2 * PADDING for left, right in pairwise(columns)]
    lines = (wrap(text, width) if text else () for text, width in zip(texts, widths, strict=False))
    return Cells(tuple(lines), row.gains)


def sub_lines_of(row: Row) -> list[tuple[str, str]]:
    """Return label and text of the lines below a row, in the order of the form."""
    pairs = (
        ("Filing Status", row.status),
        ("Subholding Of", row.subholding),
        ("Location", row.location),
        ("Description", row.description),
        ("Comments", row.comment),
    )
    return [(label, text) for label, text in pairs if text]
