"""How pages say what was collected: a filing's status, an amount, a box. Pure."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple


class Look(NamedTuple):
    """How a status is shown: an icon of icons.svg, a tone of rollcall.css, and a word."""

    icon: str
    tone: str
    word: str


STATUS_LOOKS = {
    "new": Look("waiting", "busy", "New"),
    "parsed": Look("success", "good", "Parsed"),
    "scanned": Look("none", "held", "Scanned"),
    "not-found": Look("missed", "held", "Not found"),
    "failed": Look("error", "bad", "Failed"),
    "withdrawn": Look("cancelled", "calm", "Withdrawn"),
    "not-collected": Look("skipped", "calm", "Not collected"),
}


def amount_text(low: Decimal | None, high: Decimal | None, exact: Decimal | None) -> str:
    """The amount as the source gives it: "$1,001 - $15,000", "over $50,000,000", "$509.87"."""
    if exact is not None:
        return _dollars(exact)
    if low is not None and high is not None:
        return f"{_dollars(low)} - {_dollars(high)}"
    if low is not None:
        return f"{_dollars(low)} or more"
    return f"up to {_dollars(high)}" if high is not None else "not stated"


def _dollars(amount: Decimal) -> str:
    return f"${amount:,.0f}" if amount == amount.to_integral_value() else f"${amount:,.2f}"


def box_text(is_checked: bool | None) -> str:  # noqa: FBT001 - it is what the box says
    """A check box: yes, no, or not stated at all."""
    return {True: "yes", False: "no", None: "not stated"}[is_checked]
