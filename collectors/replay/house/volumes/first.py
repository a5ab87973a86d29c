"""Volume 1 of 3: plain reports in both templates, owners and vehicles, paper, the other types."""

from __future__ import annotations

from collectors.replay.house import filers
from collectors.replay.house.filing import Filing, Shape, Template, Vehicle
from collectors.replay.house.table import rows
from collectors.replay.house.volumes.bulk import bulk_rows

ONE_PURCHASE = rows("""
    | Brightwater Foods, Inc. - Common Stock | BWFX | ST | P | 01/12 | 01/20 | A
""")

EVERY_OWNER = rows("""
    | Corvid Air | CVDA | ST | P | 02/02 | 02/09 | A
    SP | Dunmore Paper Company | DNMP | ST | S | 02/03 | 02/09 | B | gains
    JT | Ellery Instruments, Inc. | ELRY | ST | S (partial) | 02/03 | 02/09 | C | gains
    DC | Fallowfield Toys, Inc. | FFTY | ST | P | 02/04 | 02/09 | A
        description: Gift from a grandparent.
""")

SPOUSE_VEHICLE = rows("""
    | Granite Ferry Bancorp | GFBC | ST | S | 03/03 | 03/05 | A
        subholding: Sale of Inherited Assets
    | Hollis Creek Timber - Common Stock | HCTB | ST | S | 03/03 | 03/05 | D | gains
        subholding: Sale of Inherited Assets
    | Kittiwake Cruise Lines Ltd. | KTWK | ST | S | 03/04 | 03/05 | B
        subholding: Own Brokerage
    DC | Larkspur Ceramics | LKSP | ST | P | 03/04 | 03/05 | A
        subholding: Sale of Inherited Assets
""")

NESTED_VEHICLES = rows("""
    | Tallgrass Rail Corporation | TGRL | ST | P | 03/10 | 03/28 | B
        subholding: Oyelaran Partners, Inc. > Oyelaran Holdings, LLC > Life Insurance Trust
    | US Treasury Note - Due 12/31/2031 4.25% - 00TEST111 | | GS | S | 03/11 | 03/28 | D
        subholding: Oyelaran Partners, Inc. > Oyelaran Holdings, LLC
    | Mirefield Water Revenue 5.00% Due Feb 1, 2032 | | GS | P | 03/12 | 03/28 | C
        subholding: Oyelaran Partners, Inc.
        location: Springfield, IL, US
""")

BONDS_AND_FUNDS = rows("""
    JT | Penrose County School District 4.00% 08/01/2035 | | GS | P | 04/01 | 04/10 | E
    JT | Quarterdeck Capital 6.125% Notes due 2029 | | CS | S | 04/02 | 04/10 | F | gains
    | Stonecrop Private Credit Fund II, L.P. | | HN | P | 04/03 | 04/10 | G
        description: Capital call. Remaining commitment: $400,000.
    | Thornbury Index 500 Fund | | MF | S (partial) | 04/04 | 04/10 | A
    | Quarterdeck Bear 3X ETF | QDBX | OT | P | 04/06 | 04/10 | A
        shown: Quarterdeck Bear 3X ETF - QDBX
""")

OLD_PLAIN = rows("""
    SP | Umber Atlas Group, Ltd. | UAGL | ST | P | 05/04 | 05/05 | A
    SP | Vellum Bank Class B | VLM.B | ST | S | 05/04 | 05/05 | B | gains
        description: Sold on advice of counsel.
    | Wexcombe Lighting Limited | WXL | ST | S (partial) | 05/05 | 05/06 | A | gains
    | Yarrow General Corporation - Common Stock | YGC | ST | P | 05/06 | 05/06 | C
""")

OLD_BROKEN_AFTER_FIRST_LINE = rows("""
    | Alba Gas | ALBG | ST | P | 01/05 | 02/01 | A
    | Birch Oil | BRCH | ST | P | 01/06 | 02/01 | A
    | Cape Salt | CPSL | ST | S | 01/07 | 02/01 | A | gains
    | Dale Mills | DLML | ST | P | 01/08 | 02/01 | A
    | Elm Park | ELMP | ST | P | 01/09 | 02/01 | A
    | Fern Steel | FNST | ST | S | 01/12 | 02/01 | A
    | Glen Rope | GLNR | ST | P | 01/13 | 02/01 | A
    | Hart Dairy | HRTD | ST | P | 01/14 | 02/01 | A
    | Ironbark Therapeutics Inc. | IRBK | ST | P | 01/15 | 02/01 | B
        description: covered short
    | Jasper Quarries, Inc. | JSPQ | ST | S | 01/16 | 02/01 | A | gains
""")

BROKEN_BEFORE_UPPER_BOUND = rows("""
    | Alba Gas | ALBG | ST | P | 06/01 | 06/08 | A
    | Birch Oil | BRCH | ST | P | 06/01 | 06/08 | A
    | Cape Salt | CPSL | ST | S | 06/01 | 06/08 | A | gains
    | Dale Mills | DLML | ST | P | 06/02 | 06/08 | A
    | Elm Park | ELMP | ST | P | 06/02 | 06/08 | A
    | Fern Steel | FNST | ST | S | 06/02 | 06/08 | A
    | Glen Rope | GLNR | ST | P | 06/03 | 06/08 | A
    | Hart Dairy | HRTD | ST | P | 06/03 | 06/08 | A
    | US Treasury Bill | | GS | S | 06/03 | 06/08 | D | gains
    | Kelp Works | KLPW | ST | P | 06/04 | 06/08 | A
""")

AMENDED = rows("""
    SP | Nettlecombe Robotics Limited Ordinary Shares | NTLC | ST | S | 12/29-1 | 01/03 | D
        row_id: 2990128985
        status: Amended
    SP | Orchard Bay, Inc. - Series A Common Stock | OBDS | ST | S | 11/29-1 | 01/05 | A
        row_id: 2990128986
        status: Amended
        comment: Date corrected.
""")

LATE = rows("""
    | Pinnock Shipping, Inc. | PNCK | ST | P | 03/02-1 | 07/01 | A
    | Pinnock Shipping, Inc. | PNCK | ST | S | 04/20-1 | 07/01 | A | gains
""")

AFTER_YEAR_END = rows("""
    | Rookery Hydrogen, Inc. | RKHY | ST | P | 11/30 | 12/20 | B
    | Saltmarsh Optics Corp | SMOC | ST | S | 12/02 | 12/20 | A
""")

IDENTICAL = rows("""
    | Tern Island Brewing Co. | TERN | ST | P | 08/03 | 08/10 | A
    | Tern Island Brewing Co. | TERN | ST | P | 08/03 | 08/10 | A
    | Tern Island Brewing Co. | TERN | ST | P | 08/03 | 08/10 | A
    | Undercliff Fibre, Inc. | UCFB | ST | S | 08/03 | 08/10 | A
    | Tern Island Brewing Co. | TERN | ST | P | 08/03 | 08/10 | A
""")

CRYPTO_AND_OPTIONS = rows("""
    | BTC (Bitcoin) | | CT | P | 09/02 | 09/15 | A
    | Violet Ridge Software, Inc. | VLRS | OP | P | 09/03 | 09/15 | C
        description: Purchased 25 call options, strike price $50, expiration date 1/21/28.
    | Violet Ridge Software, Inc. | VLRS | OP | S | 09/04 | 09/15 | B | gains
        description: Sold 10 call options (P 01/21/2028) \u2013 strike $50.
""")

PAPER = rows("""
    SP | Westering Foods Inc. | WSTF | ST | P | 02/05 | 02/20 | A
    | Yellowhammer Steel | YHST | ST | S | 02/06 | 02/20 | C
""")

FILINGS = (
    Filing("0001", filers.HALVORSEN, "02/03", ONE_PURCHASE),
    Filing("0002", filers.OYELARAN, "02/11", EVERY_OWNER),
    Filing(
        "0003",
        filers.WHITLOCK_D,
        "03/09",
        SPOUSE_VEHICLE,
        (
            Vehicle("Own Brokerage", location="US"),
            Vehicle("Sale of Inherited Assets", owner="SP", location="US"),
        ),
    ),
    Filing(
        "0004",
        filers.OYELARAN,
        "03/30",
        NESTED_VEHICLES,
        (
            Vehicle("Oyelaran Partners, Inc.", owner="SP", location="US"),
            Vehicle(
                "Oyelaran Partners, Inc. > Oyelaran Holdings, LLC",
                owner="SP",
                location="US",
                share="44%",
            ),
            Vehicle(
                "Oyelaran Partners, Inc. > Oyelaran Holdings, LLC > Life Insurance Trust",
                owner="SP",
            ),
        ),
    ),
    Filing("0005", filers.PENALOZA, "04/14", BONDS_AND_FUNDS),
    Filing("0006", filers.STRAND, "05/09", OLD_PLAIN, template=Template.OLD),
    Filing(
        "0007",
        filers.DUBOIS,
        "02/27",
        OLD_BROKEN_AFTER_FIRST_LINE,
        template=Template.OLD,
        has_stock_act_clause=False,
    ),
    Filing("0008", filers.BRANDVOLD, "06/15", BROKEN_BEFORE_UPPER_BOUND),
    Filing("0009", filers.RAMANUJAN, "04/21", AMENDED),
    Filing("0010", filers.ASHGROVE, "07/06", LATE),
    Filing("0011", filers.WHITLOCK_R, "01/14+1", AFTER_YEAR_END),
    Filing("0012", filers.FONTAINE, "08/13", IDENTICAL),
    Filing("0013", filers.OKONJO, "09/18", CRYPTO_AND_OPTIONS),
    Filing(
        "0014",
        filers.CASTELLAN,
        "06/02",
        bulk_rows(230, owners=("SP", "", "SP")),
        (
            Vehicle("Managed Account 417", owner="JT", location="US"),
            Vehicle("Managed Account 417 > Sleeve B", owner="DC", location="US"),
        ),
    ),
    Filing("0015", filers.QUILLFEATHER, "10/05", ONE_PURCHASE, listed=2),
    Filing("0016", filers.HALVORSEN, "10/12", ONE_PURCHASE, shape=Shape.MISSING),
    Filing("0017", filers.STRAND, "10/19", ONE_PURCHASE, shape=Shape.WEB_PAGE),
    Filing("0001", filers.FENWICK, "02/23", PAPER, series="8", shape=Shape.SCAN),
    Filing("01", filers.QUILLFEATHER, "03/02", PAPER, series="200", shape=Shape.SCAN),
    Filing("9001", filers.HALVORSEN, "05/14", series="10", kind="O"),
    Filing("9002", filers.OYELARAN, "08/12", series="10", kind="A"),
    Filing("9003", filers.CANDIDATE, "05/15", series="10", kind="C"),
    Filing("9001", filers.PENALOZA, "05/13", series="30", kind="X"),
    Filing("9001", filers.NOMINEE, "04/02", series="40", kind="D"),
    Filing("9004", filers.FENWICK, "01/30", series="10", kind="T"),
    Filing("0002", filers.DUBOIS, "06/24", PAPER, series="8", kind="G", shape=Shape.SCAN),
    Filing("", filers.NOMINEE, "", series="80", kind="W", published="05/20"),
)
