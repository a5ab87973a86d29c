import pytest

from collectors.disclosures.house.form import Note, header_edges, is_header_rest, split_label
from collectors.disclosures.house.lines import Line
from collectors.disclosures.house.text import Word


def line(text: str) -> Line:
    return Line(500, tuple(Word(10.0 * n, 500, word) for n, word in enumerate(text.split())))


@pytest.mark.parametrize(
    ("text", "edges"),
    [
        (
            "ID Owner Asset Transaction Date Notification Amount Cap.",
            (0, 10, 20, 30, 40, 50, 60, 70),
        ),
        ("iD owner asset transaction Date notification amount", (0, 10, 20, 30, 40, 50, 60)),
        (
            "ID Owner Asset Transaction Type Date Notification Date Amount Cap. Gains > $200?",
            (0, 10, 20, 30, 50, 60, 80, 90),
        ),
        ("Asset Owner Value of Asset Income Type(s)", ()),
        ("ID Owner Asset Transaction Date", ()),
        ("ID Owner Asset Trust", ()),
        ("Type Date Gains", ()),
    ],
)
def test_the_header_gives_the_left_edge_of_each_column(text, edges):
    assert header_edges(line(text)) == edges


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Type Date Gains >", True), ("$200?", True), ("Type [ST]", False), ("$50,000", False)],
)
def test_only_the_rest_of_its_titles_continues_a_header(text, expected):
    assert is_header_rest(line(text)) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("F S: New", ("F S", Note.STATUS, "New")),
        ("FIlINg STaTuS: New", ("FIlINg STaTuS", Note.STATUS, "New")),
        ("S O: Trust > Account: 1", ("S O", Note.SUBHOLDING, "Trust > Account: 1")),
        ("L: US", ("L", Note.LOCATION, "US")),
        ("dESCRIPTION:", ("dESCRIPTION", Note.DESCRIPTION, "")),
        ("C: C: twice", ("C", Note.COMMENT, "C: twice")),
        ("CALL: option", None),
        ("C:drive", None),
        ("Sold D: drive", None),
    ],
)
def test_a_note_is_split_from_its_label(text, expected):
    assert split_label(text) == expected
