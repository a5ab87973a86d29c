"""Volume 3 of 3: long texts, long tables in the old template, corrections that come years later."""

from __future__ import annotations

from collectors.replay.house import filers
from collectors.replay.house.filing import Filing, Shape, Template, Vehicle
from collectors.replay.house.table import rows
from collectors.replay.house.volumes.bulk import bulk_rows

LONG_TEXTS = rows("""
    | Abbot's Mill Opportunity Fund IX (Cayman), L.P. | | HN | P | 01/09 | 01/30 | E
        subholding: Strand Irrevocable Trust > Charter Financial Services 26
        location: Sioux Falls, SD, US
        description: Capital call for fund IX, a partnership that holds shares of private firms in \
water treatment, cold storage and short-line railways; the fund manager's letter of 2 January is \
on file with the Committee on Ethics.
        comment: The manager reports quarterly.
    SP | Bellwether Grain & Feed, Inc. - Common Stock | BWGF | ST | S | 01/10 | 01/30 | A | gains
        description: Sold to pay for the capital call, on the advice of the account's manager; \
proceeds were held in cash until the end of the month.
""")

OLD_SUB_LINES_BROKEN = rows("""
    | Alba Gas | ALBG | ST | P | 02/01 | 02/08 | A
    | Birch Oil | BRCH | ST | P | 02/01 | 02/08 | A
    | Cape Salt | CPSL | ST | S | 02/01 | 02/08 | A | gains
    | Dale Mills | DLML | ST | P | 02/02 | 02/08 | A
    | Elm Park | ELMP | ST | P | 02/02 | 02/08 | A
    | Fern Steel | FNST | ST | S | 02/02 | 02/08 | A
    | Glen Rope | GLNR | ST | P | 02/03 | 02/08 | A
    JT | Harewood Timberlands Trust | HWTT | ST | P | 02/03 | 02/08 | B
        subholding: W.S. Trust > Charter Financial Services 26
        location: Boise, ID, US
        description: Purchased in a managed account.
        comment: Reported on receipt of the statement.
    | Kelp Works | KLPW | ST | P | 02/04 | 02/08 | A
""")

OLD_PRIVATE = rows("""
    DC | Iverson Orchard, LLC | | OL | P | 03/01 | 03/15 | D
        location: Wenatchee, WA, US
        description: Loan to a family farm.
    | Jellicoe County Revenue Bond Series A 5.00% due 2034 | | GS | S | 03/02 | 03/15 | B
    | Marchbanks Growth Fund - Income Class | MBGX | MF | S (partial) | 03/03 | 03/15 | A | gains
""")

MANY_VEHICLES = rows("""
    | Netherby Cement Co. | NTBY | ST | P | 04/01 | 04/09 | A
        subholding: First Trust
    | Oakhanger Textiles, Inc. | OKHG | ST | P | 04/01 | 04/09 | A
        subholding: Second Trust
    | Pellitory Cosmetics plc | PLTY | ST | S | 04/02 | 04/09 | B | gains
        subholding: Third Trust > Sleeve
    | Quenby Hill Dairy | QNBY | ST | S | 04/02 | 04/09 | A
        subholding: Fourth Trust
    SP | Rainscombe Motors, Inc. | RNSC | ST | P | 04/03 | 04/09 | C
        subholding: Fourth Trust
""")

ONE_SALE = rows("""
    | Selborne Vaccines Inc. | SLBN | ST | S (partial) | 05/05 | 05/11 | C | gains
""")

STOCK_UNITS = rows("""
    | Thimbleby Networks, Inc. | THMB | RS | P | 06/01 | 06/09 | B
        comment: Vesting of restricted units
    | Thimbleby Networks, Inc. | THMB | ST | S | 06/02 | 06/09 | B | gains
    | Ullswater Dividend ETF | ULDV | EF | P | 06/03 | 06/09 | A
    | Ullswater Gold Trust Note | ULGD | ET | S | 06/04 | 06/09 | A
""")

NO_CODES = rows("""
    SP | Vernham Texas Water Revenue Jr Lien Ser A 5.00% May15 2032 | | | P | 03/30 | 07/23 | A
        subholding: Spouse Muni account 176
    SP | Wychwood Ohio Public Finance Auth 5.00% Oct01 2034 | | | S | 04/15 | 07/23 | A
        subholding: Spouse Muni account 176
""")

TWO_LETTERS = rows("""
    | Alum Bay Holdings | AB | ST | P | 08/03 | 08/12 | A
    | K2 Mountaineering Supplies, Inc. | K | ST | S | 08/03 | 08/12 | A | gains
    JT | 3D Printworks, Inc. Class A (Voting) | DDDP.A | ST | P | 08/04 | 08/12 | B
    | Warrants of Bexley Acquisition Corp., exercise price $9.50 | BXW | OT | P | 08/05 | 08/12 | A
""")

PAPER = rows("""
    JT | Xanthe Airlines Inc. | XNTH | ST | P | 09/01 | 09/20 | A
""")

FILINGS = (
    Filing(
        "0001",
        filers.STRAND,
        "02/05",
        LONG_TEXTS,
        (
            Vehicle("Strand Irrevocable Trust", owner="DC", location="US"),
            Vehicle(
                "Strand Irrevocable Trust > Charter Financial Services 26",
                owner="DC",
                location="US",
                share="100%",
            ),
        ),
    ),
    Filing(
        "0002",
        filers.FONTAINE,
        "02/14",
        OLD_SUB_LINES_BROKEN,
        (Vehicle("W.S. Trust > Charter Financial Services 26", owner="SP", location="US"),),
        template=Template.OLD,
    ),
    Filing("0003", filers.RAMANUJAN, "03/20", OLD_PRIVATE, template=Template.OLD),
    Filing(
        "0004",
        filers.OKONJO,
        "04/16",
        MANY_VEHICLES,
        (
            Vehicle("First Trust", owner="SP", location="US"),
            Vehicle("Second Trust", owner="JT", location="US"),
            Vehicle("Third Trust", location="US", share="25%"),
            Vehicle("Third Trust > Sleeve", owner="DC", location="US", share="10%"),
            Vehicle("Fourth Trust", owner="DC", location="US"),
        ),
    ),
    Filing("0005", filers.CASTELLAN_BEFORE, "05/14", ONE_SALE),
    Filing("0006", filers.PENALOZA, "06/12", STOCK_UNITS),
    Filing(
        "0007",
        filers.WHITLOCK_R,
        "07/28",
        NO_CODES,
        (Vehicle("Spouse Muni account 176", owner="SP", location="US"),),
        template=Template.OLD,
        has_stock_act_clause=False,
    ),
    Filing("0008", filers.BRANDVOLD, "08/19", TWO_LETTERS),
    Filing("0009", filers.HALVORSEN, "06/11", bulk_rows(60), template=Template.OLD),
    Filing("0010", filers.DUBOIS, "06/18", bulk_rows(24, owners=("JT",))),
    Filing("0011", filers.WHITLOCK_D, "09/08", ONE_SALE, listed=2),
    Filing("0012", filers.ASHGROVE, "", STOCK_UNITS, published="09/15"),
    Filing("0013", filers.OYELARAN, "10/07", ONE_SALE, shape=Shape.MISSING),
    Filing("0014", filers.QUILLFEATHER, "11/12", TWO_LETTERS),
    Filing("0015", filers.FENWICK, "12/17", ONE_SALE),
    Filing("0016", filers.CASTELLAN, "03/05+2", STOCK_UNITS),
    Filing("0001", filers.BRANDVOLD, "09/24", PAPER, series="8", shape=Shape.SCAN),
    Filing("0002", filers.WHITLOCK_R, "10/02", PAPER, series="9", shape=Shape.SCAN),
    Filing("9001", filers.ASHGROVE, "05/15", series="10", kind="O"),
    Filing("9002", filers.RAMANUJAN, "09/10", series="10", kind="A"),
    Filing("9003", filers.NOMINEE, "05/19", series="10", kind="C"),
    Filing("9001", filers.STRAND, "05/15", series="30", kind="X"),
    Filing("9001", filers.NOMINEE, "02/28", series="40", kind="D"),
    Filing("", filers.NOMINEE, "", series="80", kind="W", published="07/04"),
)
