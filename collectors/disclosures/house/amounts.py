"""The Amount column: a band of the law, an open band, or an exact amount."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import NamedTuple

_MONEY = r"\$ ?(\d{1,3}(?:,\d{3})*(?:\.\d{1,2})?|\d+(?:\.\d{1,2})?)"
_BAND = re.compile(rf"{_MONEY} ?[-\u2013] ?{_MONEY}")
_OVER = re.compile(rf"(?:spouse/dc )?over {_MONEY}", re.IGNORECASE)
_EXACT = re.compile(_MONEY)
_ONE_DOLLAR = Decimal(1)


class AmountUnknown(ValueError):
    """The text of the Amount column is neither a band nor an amount."""


class Amount(NamedTuple):
    """US dollars, bounds inclusive. A None bound is open; `exact` excludes the bounds."""

    minimum: Decimal | None = None
    maximum: Decimal | None = None
    exact: Decimal | None = None


def read_amount(text: str) -> Amount:
    """Read `$1,001 - $15,000`, `Over $50,000,000` or `$509.87`. Raises AmountUnknown."""
    if band := _BAND.fullmatch(text):
        return _band(_number(band[1]), _number(band[2]), text)
    if over := _OVER.fullmatch(text):
        # The bands of the form are whole dollars: "over 50,000,000" follows "to 50,000,000".
        return Amount(minimum=_number(over[1]) + _ONE_DOLLAR)
    if exact := _EXACT.fullmatch(text):
        return Amount(exact=_number(exact[1]))
    raise AmountUnknown(f"the amount {text!r} is neither a band nor a sum of dollars")


def _band(minimum: Decimal, maximum: Decimal, text: str) -> Amount:
    if minimum >= maximum:
        raise AmountUnknown(f"the amount {text!r} has its bounds in the wrong order")
    return Amount(minimum=minimum, maximum=maximum)


def _number(digits: str) -> Decimal:
    return Decimal(digits.replace(",", ""))
