"""Reads rows that are written as a table: how the volumes stay readable.

owner | asset | ticker | code | side | traded | notified | amount | gains
    description: further fields of `Row` follow on indented lines
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from collectors.replay.house.filing import Row


def rows(table: str) -> tuple[Row, ...]:
    """Return the rows of `table`. Blank cells are absent; `gains` at the end ticks the box."""
    found: list[dict[str, Any]] = []
    for line in filter(str.strip, table.splitlines()):
        if "|" in line:
            found.append(_cells(line))
        else:
            name, _, value = line.strip().partition(": ")
            found[-1][name] = value
    return tuple(Row(**fields) for fields in found)


def _cells(line: str) -> dict[str, Any]:
    owner, asset, ticker, code, side, traded, notified, amount, *gains = (
        cell.strip() for cell in line.split("|")
    )
    return {
        "owner": owner,
        "asset": asset,
        "ticker": ticker or None,
        "code": code or None,
        "side": side,
        "traded": traded,
        "notified": notified,
        "amount": _amount(amount),
        "gains": gains == ["gains"],
    }


def _amount(text: str) -> str | Decimal:
    return Decimal(text.removeprefix("$").replace(",", "")) if text.startswith("$") else text
