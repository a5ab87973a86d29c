from datetime import date

import pytest

from collectors.disclosures.house.cover import read_doc_id, read_signed_on, read_vehicles
from collectors.disclosures.house.lines import Line
from collectors.disclosures.house.records import Owner
from collectors.disclosures.house.text import Word

MARGIN, INDENT = 21.8, 43.5


def below(*lines: tuple[float, float, str]) -> list[Line]:
    """Return lines of (points below the last, x, text)."""
    y, made = 700.0, []
    for step, x, text in lines:
        y -= step
        made.append(Line(y, tuple(Word(x + n, y, word) for n, word in enumerate(text.split()))))
    return made


def test_a_vehicle_is_told_from_its_wrapped_name_its_place_and_its_description():
    lines = below(
        (24, MARGIN, "I V D"),
        (24, INDENT, "Ada Example 2019 Irrevocable Trust for the Benefit of"),
        (10.5, INDENT, "Nobody (Owner: DC)"),
        (10.5, INDENT, "L: US"),
        (18, INDENT, "Brokerage (Owner: JT)"),
        (10.5, INDENT, "D: Professionally managed (Owner: SP)"),
        (18, INDENT, "Plain Account"),
        (24, MARGIN, "I P O"),
        (24, INDENT, "Not A Vehicle (Owner: SP)"),
    )
    assert read_vehicles(lines) == {
        "ada example 2019 irrevocable trust for the benefit of nobody": Owner.DEPENDENT,
        "brokerage": Owner.JOINT,
    }


@pytest.mark.parametrize(
    "heading", ["A C D", "ASSeT ClASS DeTAIlS", "iNVeSTmeNT VehIcle DeTAIlS", "I V D"]
)
def test_vehicles_stand_under_either_heading_of_either_template(heading):
    lines = below((24, MARGIN, heading), (24, INDENT, "Trust (Owner: SP)"))
    assert read_vehicles(lines) == {"trust": Owner.SPOUSE}


def test_nothing_below_the_table_means_no_vehicles():
    assert read_vehicles([]) == {}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Digitally Signed: Hon. Ada Example , 01/31/2025", date(2025, 1, 31)),
        ("dIgITally SIgNed: Hon. Ada Example, Jr. , 1/3/2016", date(2016, 1, 3)),
        ("Digitally Signed: Hon. Ada Example , 13/31/2025", None),
        ("Signed by hand, 01/31/2025", None),
    ],
)
def test_the_date_of_the_signature_is_read(text, expected):
    assert read_signed_on(below((10, MARGIN, text))) == expected


def test_the_filings_number_is_read_in_any_case():
    assert read_doc_id(below((10, 483, "Filing Id #20005757"))) == "20005757"
    assert read_doc_id(below((10, 483, "Name: Hon. Ada Example"))) is None
