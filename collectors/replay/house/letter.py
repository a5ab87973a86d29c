"""Draws the one-page electronic filings that are no transaction reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collectors.replay.house.fonts import BOLD
from collectors.replay.house.index import unpadded
from collectors.replay.house.sheet import Sheet

if TYPE_CHECKING:
    from collectors.replay.house.filing import Published

FILING_TYPES = {
    "A": "Amendment Report",
    "C": "Candidate Report",
    "D": "Candidate Notice",
    "G": "Gift-Travel Report",
    "O": "Annual Report",
    "T": "Terminated Filer Report",
    "W": "Candidate Withdrawal",
    "X": "Extension Request",
}


def draw_letter(published: Published) -> bytes:
    """Return a statement that has text and no transaction in it."""
    filing = published.filing
    sheet = Sheet(filing.template)
    sheet.small_capitals(127, 46, "Financial Disclosure Report", size=28)
    sheet.small_capitals(0, 144, "Filer Information")
    facts = (
        ("Name:", filing.filer.printed),
        ("Status:", filing.filer.status),
        ("State/District:", filing.filer.state_district),
        ("Filing Type:", FILING_TYPES[filing.kind]),
        ("Filing Year:", str(published.year)),
        ("Filing Date:", unpadded(published.filed_on)),
    )
    for number, (label, value) in enumerate(facts):
        sheet.text(0, 168 + 21 * number, label, face=BOLD)
        sheet.text(103, 168 + 21 * number, value)
    sheet.small_capitals(0, 330, "Statement")
    sheet.text(0, 355, "This replayed document holds no transactions.")
    sheet.text(615, -11, f"Filing ID #{published.doc_id}")
    return sheet.close()
