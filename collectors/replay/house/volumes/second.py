"""Volume 2 of 3: odd rows. Exact sums, exchanges, deletions, open bands, header words in names."""

from __future__ import annotations

from collectors.replay.house import filers
from collectors.replay.house.filing import Filing, Shape, Template, Vehicle
from collectors.replay.house.table import rows
from collectors.replay.house.volumes.bulk import bulk_rows

EXACT_SUMS = rows("""
    | Applecross Utilities, Inc. | APXU | ST | P | 01/06 | 01/16 | $509.87
        description: Dividend reinvestment.
    | Applecross Utilities, Inc. | APXU | ST | P | 01/07 | 01/16 | $9.00
    SP | Barrowgate Foods - Common Stock | BRWG | ST | S | 01/08 | 01/16 | $12,345.60 | gains
""")

EXCHANGES = rows("""
    | Doublet Materials, Inc. | DBLM | ST | E | 01/20 | 02/02 | A
        description: Received shares of Doublet (DBLM) for Doublet Singlet (DBSG) in a merger.
    SP | Doublet Materials, Inc. | DBLM | ST | E | 01/20 | 02/02 | B | gains
""")

DELETED = rows("""
    SP | Echo Lane Select, LP | | HN | S | 01/05 | 02/02 | F
        row_id: 2990115357
        status: Deleted
        subholding: The Fenwick-Shaw Living Trust
        description: Hedge fund. Letter of the fund's manager on file with the Committee.
    SP | Echo Lane Select, LP | | HN | S | 01/16 | 02/02 | B
        row_id: 2990115358
        status: Deleted
        subholding: The Fenwick-Shaw Living Trust
""")

MIXED_STATES = rows("""
    | Glasshouse Growers Cooperative | GLHG | ST | P | 02/09 | 02/20 | A
    SP | Harrier Aerospace, Inc. - Common Stock | HARR | ST | S | 02/10 | 02/20 | C | gains
        row_id: 2990200001
        status: Amended
        comment: Amount corrected
    | Imber Analytics plc | IMBR | ST | P | 02/11 | 02/20 | B
        row_id: 2990200002
        status: Deleted
""")

OPEN_BAND = rows("""
    | Jackdaw Holdings, LLC | | OL | S | 03/02 | 03/20 | J | gains
        location: Reno, NV, US
        description: Sale of the whole interest.
    JT | Kingcup Renewables, Inc. | KGCP | PS | P | 03/03 | 03/20 | I
    SP | Lapwing Semiconductor Corporation | LPWG | ST | S (partial) | 03/04 | 03/20 | H | gains
""")

HEADER_WORDS = rows("""
    | Lowland Realty Income Trust | LRIT | ST | P | 04/01 | 04/15 | A
    | Owner Operators Finance Corp | OOFC | ST | S | 04/01 | 04/15 | A | gains
    | Interest Rate Cap Transaction | | OT | P | 04/02 | 04/15 | D
    JT | Stonecrop Value Fund - Income Class | SVFI | MF | S | 04/02 | 04/15 | B
    | Date Palm Asset Holdings, Inc. Type B Common Stock | DPAH | ST | P | 04/03 | 04/15 | A
        description: Amount: see notice. Location: none. New Comments follow.
    DC | New Asset Value Notification Systems, Inc. | NAVN | ST | P | 04/03 | 04/15 | A
    | State Street Gains ID Verification | SGID | ST | S (partial) | 04/06 | 04/15 | A
""")

WRONG_DATES = rows("""
    JT | Moorhen Logistics, Inc. | MRHN | ST | P | 05/20 | 05/04 | A
    JT | Nightjar Pharma AG American Depositary Shares | NGJR | ST | S | 05/21 | 05/04 | A
    JT | Osprey Point Insurance | OSPT | ST | P | 07/01 | 07/02 | A
""")

CLASS_SHARES = rows("""
    JT | Berrow Hathersage Inc. New Common Stock | BRH.B | ST | P | 01/13 | 01/13 | B
        subholding: Joint Ownership Account
    JT | Brindle Forbush Corp Class A | BRF.A | ST | S | 01/13 | 01/13 | A
        subholding: Joint Ownership Account
    JT | Quayside Media - Class C Capital | QYSD.C | ST | S (partial) | 01/14 | 01/14 | A | gains
""")

BROKEN_BEFORE_CODE_AND_BOUND = rows("""
    JT | Alba Gas | ALBG | ST | P | 06/01 | 06/08 | A
    JT | Birch Oil | BRCH | ST | P | 06/01 | 06/08 | A
    JT | Cape Salt | CPSL | ST | S | 06/01 | 06/08 | A | gains
    JT | Dale Mills | DLML | ST | P | 06/02 | 06/08 | A
    JT | Elm Park | ELMP | ST | P | 06/02 | 06/08 | A
    JT | Fern Steel | FNST | ST | S | 06/02 | 06/08 | A
    JT | Glen Rope | GLNR | ST | P | 06/03 | 06/08 | A
    JT | Hart Dairy | HRTD | ST | P | 06/03 | 06/08 | A
    JT | Ironbark Therapeutics Inc. | IRBK | ST | S | 06/03 | 06/08 | B | gains
        description: Broken over the page.
    JT | Kelp Works | KLPW | ST | P | 06/04 | 06/08 | A
""")

BROKEN_BEFORE_TICKER = rows("""
    SP | Alba Gas | ALBG | ST | P | 06/10 | 06/12 | A
    SP | Birch Oil | BRCH | ST | P | 06/10 | 06/12 | A
    SP | Cape Salt | CPSL | ST | S | 06/10 | 06/12 | A | gains
    SP | Dale Mills | DLML | ST | P | 06/10 | 06/12 | A
    SP | Elm Park | ELMP | ST | P | 06/11 | 06/12 | A
    SP | Fern Steel | FNST | ST | S | 06/11 | 06/12 | A
    SP | Glen Rope | GLNR | ST | P | 06/11 | 06/12 | A
    SP | Hart Dairy | HRTD | ST | P | 06/11 | 06/12 | A
    SP | Linseed S.A. American Shares Each Representing one | LNSD | ST | S | 06/11 | 06/12 | A
        subholding: Charter Brokerage Account 924
        location: US
""")

BROKEN_BEFORE_SUB_LINES = rows("""
    | Alba Gas | ALBG | ST | P | 07/01 | 07/08 | A
    | Birch Oil | BRCH | ST | P | 07/01 | 07/08 | A
    | Cape Salt | CPSL | ST | S | 07/01 | 07/08 | A | gains
    | Dale Mills | DLML | ST | P | 07/02 | 07/08 | A
    | Elm Park | ELMP | ST | P | 07/02 | 07/08 | A
    | Fern Steel | FNST | ST | S | 07/02 | 07/08 | A
    | Glen Rope | GLNR | ST | P | 07/03 | 07/08 | A
    | Merlin Gate Structured Notes | | CS | P | 07/03 | 07/08 | E
        subholding: W.S. Trust > Charter Financial Services 26
        description: Structured investment product. Professionally managed account.
        comment: Matures next year.
    | Kelp Works | KLPW | ST | P | 07/06 | 07/08 | A
""")

OLD_EXCHANGE = rows("""
    | Doublet Materials, Inc. | DBLM | ST | E | 03/21 | 04/02 | A
        subholding: Ingrid Halvorsen IRA
        description: Received shares of Doublet Materials, Inc. (DBLM) in a merger.
    SP | Doublet Materials, Inc. | DBLM | ST | E | 03/21 | 04/02 | A | gains
        subholding: Nils Halvorsen IRA
    | Ember Glass Group, Ltd. | EMGL | ST | P | 03/22 | 04/02 | $250.00
        subholding: Nils Halvorsen IRA
""")

WITH_ARROWS = rows("""
    | Rosehip Cosmetics, Inc. | RSHP | ST | P | 08/03 | 08/11 | A
        subholding: Wisconsin Retirement \u21d2 Brokerage Window
    | Sedge Warbler Fund | | OT | S | 08/04 | 08/11 | B
        subholding: Wisconsin Retirement
""")

ACCENTED = rows("""
    | Soci\u00e9t\u00e9 Brumaire SA Actions Ordinaires | SBRM | ST | P | 09/01 | 09/09 | A
    | Jos\u00e9 Cu\u00e9llar y Hijos \u2013 Series B | JCHB | ST | S | 09/02 | 09/09 | B | gains
        description: Compa\u00f1\u00eda fundada en 1931 \u2013 \u201cPyme\u201d.
""")

PAPER = rows("""
    | Yellowhammer Steel | YHST | ST | S | 04/06 | 04/20 | B
    DC | Zinnia Pet Care | ZNPC | ST | P | 04/07 | 04/20 | A
""")

FILINGS = (
    Filing("0001", filers.OKONJO, "01/20", EXACT_SUMS),
    Filing("0002", filers.HALVORSEN, "02/09", EXCHANGES),
    Filing(
        "0003",
        filers.FENWICK,
        "04/21",
        DELETED,
        (Vehicle("The Fenwick-Shaw Living Trust", owner="SP"),),
    ),
    Filing("0004", filers.CASTELLAN, "02/25", MIXED_STATES),
    Filing("0005", filers.STRAND, "03/24", OPEN_BAND),
    Filing("0006", filers.BRANDVOLD, "04/20", HEADER_WORDS),
    Filing("0007", filers.ASHGROVE, "06/01", WRONG_DATES),
    Filing(
        "0008",
        filers.DUBOIS,
        "01/27",
        CLASS_SHARES,
        (Vehicle("Joint Ownership Account", location="US"),),
    ),
    Filing("0009", filers.WHITLOCK_D, "06/15", BROKEN_BEFORE_CODE_AND_BOUND),
    Filing("0010", filers.WHITLOCK_R, "06/16", BROKEN_BEFORE_TICKER),
    Filing("0011", filers.WHITLOCK_BLANK, "07/10", BROKEN_BEFORE_SUB_LINES),
    Filing(
        "0012",
        filers.HALVORSEN,
        "04/06",
        OLD_EXCHANGE,
        (
            Vehicle("Ingrid Halvorsen IRA", location="US"),
            Vehicle("Nils Halvorsen IRA", owner="SP", location="US"),
        ),
        template=Template.OLD,
        has_stock_act_clause=False,
    ),
    Filing(
        "0013",
        filers.RAMANUJAN,
        "08/14",
        WITH_ARROWS,
        (
            Vehicle("Wisconsin Retirement", owner="SP", location="US"),
            Vehicle("Wisconsin Retirement > Brokerage Window", owner="SP"),
        ),
    ),
    Filing("0014", filers.FONTAINE, "09/14", ACCENTED),
    Filing("0015", filers.PENALOZA_PLAIN, "06/03", bulk_rows(45)),
    Filing("0016", filers.OYELARAN, "09/21", EXACT_SUMS, shape=Shape.CORRUPT),
    Filing("0017", filers.QUILLFEATHER, "10/01"),
    Filing("0018", filers.OKONJO, "10/13", EXCHANGES, listed=2),
    Filing("0019", filers.CASTELLAN, "11/02", CLASS_SHARES),
    Filing("0020", filers.STRAND, "11/30", WRONG_DATES),
    Filing("0021", filers.ASHGROVE, "03/03+1", ACCENTED),
    Filing("0001", filers.PENALOZA, "04/23", PAPER, series="9", shape=Shape.SCAN),
    Filing("0002", filers.QUILLFEATHER, "05/04", PAPER * 8, series="8", shape=Shape.SCAN),
    Filing("9001", filers.WHITLOCK_R, "05/15", series="10", kind="O"),
    Filing("9002", filers.CANDIDATE, "05/18", series="10", kind="C"),
    Filing("9001", filers.DUBOIS, "05/14", series="30", kind="X"),
    Filing("9001", filers.CANDIDATE, "03/16", series="40", kind="D"),
    Filing("0003", filers.STRAND, "07/22", PAPER, series="9", kind="G", shape=Shape.SCAN),
    Filing("", filers.CANDIDATE, "", series="80", kind="W", published="06/11"),
)
