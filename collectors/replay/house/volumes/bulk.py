"""Filings of hundreds of rows, spelled out by rule instead of by hand."""

from __future__ import annotations

from itertools import cycle, islice

from collectors.replay.house.filing import Row

COMPANIES = (
    ("Aldermoor Semiconductor Corporation - Common Stock", "ALDM"),
    ("Bluff Point Bancshares, Inc.", "BPBI"),
    ("Cinderpath Energy Partners LP Common Units", "CNDP"),
    ("Dovecote Brands, Inc. - Class B Common Stock", "DVCT.B"),
    ("Eastmere", "EMR"),
    ("Foxglove Biologics N.V. Ordinary Shares", "FXGB"),
    ("Gantry & Sons Logistics, Inc. - Common Stock", "GNTY"),
    ("Highbarrow Realty Income Trust", "HRIT"),
    ("Ironwhistle plc American Depositary Shares, each representing two Ordinary Shares", "IRNW"),
    ("Juniper Wharf Owner Services, Inc.", "JWOS"),
    ("Kestrelhaven Water", "KHW"),
    ("Lanternfish Value Retail Holdings, Inc.", "LVRH"),
    ("Marrowstone Mining", "MRST"),
)
SIDES = ("P", "S", "P", "S (partial)", "P")
BANDS = ("A", "A", "B", "A", "C", "A", "B")
OWNERS = ("", "SP", "JT", "", "DC", "SP")
ACCOUNTS = (None, "Managed Account 417", None, "Managed Account 417 > Sleeve B")
DESCRIPTIONS = (None, None, None, "Ordered by the account's manager without the filer's knowledge.")


def bulk_rows(count: int, *, owners: tuple[str, ...] = OWNERS) -> tuple[Row, ...]:
    """Return `count` rows. The lists have coprime lengths, so that their pairings keep changing."""
    parts = zip(
        cycle(COMPANIES),
        cycle(SIDES),
        cycle(BANDS),
        cycle(owners),
        cycle(ACCOUNTS),
        cycle(DESCRIPTIONS),
        cycle(range(1, 29)),
        strict=False,
    )
    return tuple(
        Row(
            asset,
            ticker,
            "ST",
            side,
            f"0{1 + day % 4}/{day:02d}",
            f"05/{day:02d}",
            band,
            owner=owner,
            gains=side != "P" and day % 3 == 0,
            subholding=account,
            description=description,
        )
        for (asset, ticker), side, band, owner, account, description, day in islice(parts, count)
    )
