from decimal import Decimal

from collectors.replay.house.filing import Row
from collectors.replay.house.table import rows


def test_a_line_is_a_row_and_indented_lines_are_its_further_fields():
    found = rows("""
        SP | Dunmore Paper Company | DNMP | ST | S (partial) | 02/03 | 02/09 | B | gains
            subholding: Trust > Brokerage
            description: Sold: see the letter.
        | US Treasury Bill | | GS | P | 01/02-1 | 02/09 | $1,509.87
    """)

    assert found == (
        Row(
            "Dunmore Paper Company",
            "DNMP",
            "ST",
            "S (partial)",
            "02/03",
            "02/09",
            "B",
            owner="SP",
            gains=True,
            subholding="Trust > Brokerage",
            description="Sold: see the letter.",
        ),
        Row("US Treasury Bill", None, "GS", "P", "01/02-1", "02/09", Decimal("1509.87")),
    )
