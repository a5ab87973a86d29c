"""What a perfect reader makes of a generated filing: the expected records, from the truth table."""

from collections.abc import Iterator
from decimal import Decimal

from collectors.replay.house.filing import BANDS, Filing, Published, Row

OWNERS = {"SP": "SPOUSE", "JT": "JOINT", "DC": "DEPENDENT"}
SIDES = {"P": "PURCHASE", "S": "SALE", "E": "EXCHANGE"}


def true_records(published: Published) -> Iterator[dict[str, object]]:
    """Yield one record per row, with all fields but `page`, which depends on the drawing."""
    for ordinal, row in enumerate(published.filing.rows, start=1):
        owner, owner_source = _owner(row, published.filing)
        yield {
            "doc_id": published.doc_id,
            "ordinal": ordinal,
            "owner": owner,
            "owner_source": owner_source,
            "asset_name": row.asset,
            "ticker": row.ticker,
            "asset_code": row.code,
            "side": SIDES[row.side[0]],
            "partial": row.side.endswith("(partial)"),
            "traded_on": published.day(row.traded).isoformat(),
            "notified_on": published.day(row.notified).isoformat(),
            **_amount(row.amount),
            "capital_gains_over_200": row.gains,
            "filing_status": row.status.upper(),
            "row_id": row.row_id or None,
            "subholding": row.subholding,
            "location": row.location,
            "description": row.description,
            "comment": row.comment,
        }


def _owner(row: Row, filing: Filing) -> tuple[str, str]:
    if row.owner:
        return OWNERS[row.owner], "ROW"
    held_in = (row.subholding or "").replace("\u21d2", ">")
    owners = {vehicle.path: vehicle.owner for vehicle in filing.vehicles}
    if owners.get(held_in):
        return OWNERS[owners[held_in]], "VEHICLE"
    return "SELF", "FILER"


def _amount(amount: str | Decimal) -> dict[str, str | None]:
    if isinstance(amount, Decimal):
        return {"amount_min": None, "amount_max": None, "amount_exact": str(amount)}
    low, high = BANDS[amount]
    return {
        "amount_min": str(low),
        "amount_max": str(high) if high else None,
        "amount_exact": None,
    }
