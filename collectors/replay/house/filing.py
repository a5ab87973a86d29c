"""What a filing says: the truth that documents are drawn from and collections compared with.

A filing is written once, without a year; `Published` is that filing in one index year. Days are
written `MM/DD`, with `-1` or `+1` (years) behind them where the year is not the index year.
"""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

BANDS: dict[str, tuple[Decimal, Decimal | None]] = {
    "A": (Decimal(1_001), Decimal(15_000)),
    "B": (Decimal(15_001), Decimal(50_000)),
    "C": (Decimal(50_001), Decimal(100_000)),
    "D": (Decimal(100_001), Decimal(250_000)),
    "E": (Decimal(250_001), Decimal(500_000)),
    "F": (Decimal(500_001), Decimal(1_000_000)),
    "G": (Decimal(1_000_001), Decimal(5_000_000)),
    "H": (Decimal(5_000_001), Decimal(25_000_000)),
    "I": (Decimal(25_000_001), Decimal(50_000_000)),
    "J": (Decimal(50_000_001), None),
}
"""Columns A-J of the printed form: lowest and highest value in dollars, open above for J."""


class Template(StrEnum):
    """OLD until spring 2022, NEW since; the Clerk's software changed with it."""

    OLD = "OLD"
    NEW = "NEW"


class Shape(StrEnum):
    """What lies at a filing's address."""

    TEXT = "TEXT"
    SCAN = "SCAN"
    MISSING = "MISSING"
    WEB_PAGE = "WEB_PAGE"
    CORRUPT = "CORRUPT"


@dataclass(frozen=True, kw_only=True)
class Filer:
    """A name as the index writes it; `state_district` may be blank."""

    last: str
    first: str
    state_district: str
    prefix: str = "Hon."
    suffix: str = ""
    status: str = "Member"

    @property
    def printed(self) -> str:
        """The name as the document prints it."""
        return " ".join(filter(None, (self.prefix, self.first, self.last, self.suffix)))


@dataclass(frozen=True)
class Vehicle:
    """An account or trust; `path` holds its names, from the outermost inwards, around ` > `."""

    path: str
    owner: str = ""
    location: str = ""
    share: str = ""


@dataclass(frozen=True)
class Row:
    """One transaction as filed. `amount` is a letter of BANDS or an exact sum."""

    asset: str
    ticker: str | None
    code: str | None
    side: str
    traded: str
    notified: str
    amount: str | Decimal
    owner: str = ""
    gains: bool = False
    status: str = "New"
    row_id: str = ""
    subholding: str | None = None
    location: str | None = None
    description: str | None = None
    comment: str | None = None
    shown: str | None = None

    @property
    def printed(self) -> str:
        """The asset cell's text; `shown` overrides it where the filer wrote in his own way."""
        ticker = f" ({self.ticker})" if self.ticker else ""
        code = f" [{self.code}]" if self.code else ""
        return (self.shown or self.asset + ticker) + code


@dataclass(frozen=True)
class Filing:
    """One line of the index and the document behind it.

    `series`, the year and `number` make the document's id. `filed` may be blank, as in the real
    index; `published` then says when the site has it. `listed` is how often the index names it.
    """

    number: str
    filer: Filer
    filed: str
    rows: tuple[Row, ...] = ()
    vehicles: tuple[Vehicle, ...] = ()
    _: KW_ONLY
    series: str = "29"
    kind: str = "P"
    shape: Shape = Shape.TEXT
    template: Template = Template.NEW
    listed: int = 1
    published: str = ""
    has_stock_act_clause: bool = True


@dataclass(frozen=True)
class Published:
    """A filing in the index of `year`."""

    filing: Filing
    year: int

    @property
    def doc_id(self) -> str:
        return f"{self.filing.series}{self.year % 100:02d}{self.filing.number}"

    @property
    def filed_on(self) -> date | None:
        return self.day(self.filing.filed) if self.filing.filed else None

    @property
    def published_on(self) -> date:
        """The day from which the site has it; filings with a blank date say so apart."""
        return self.day(self.filing.published or self.filing.filed)

    @property
    def folder(self) -> str:
        """Paper or electronic, PTRs lie in a folder of their own."""
        return "ptr-pdfs" if self.filing.kind == "P" else "financial-pdfs"

    def day(self, text: str) -> date:
        """Resolve `MM/DD`, `MM/DD-1` or `MM/DD+1` against the index year."""
        return date(self.year + int(text[5:] or 0), int(text[:2]), int(text[3:5]))
