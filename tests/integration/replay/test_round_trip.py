"""The parser reads every generated filing back to exactly the truth it was drawn from."""

import pytest

from collectors.disclosures.house.index import parse_index
from collectors.disclosures.house.parse import parse_filing
from collectors.disclosures.house.records import FilingStatus, as_record
from collectors.replay.house.filing import Published, Shape, Template
from collectors.replay.house.site import draw
from tests.integration.replay.documents import ALL, TODAY, YEARS, index_of
from tests.integration.replay.truth import true_records

READABLE = [
    each
    for each in ALL
    if each.filing.kind == "P" and each.filing.shape is Shape.TEXT and each.filing.rows
]
FOLDED = {"asset_name", "subholding", "location", "description", "comment"}
"""The old template loses the case of these texts for good."""


def comparable(record: dict[str, object], template: Template) -> dict[str, object]:
    return {
        name: value.casefold()
        if template is Template.OLD and name in FOLDED and isinstance(value, str)
        else value
        for name, value in record.items()
        if name != "page"
    }


@pytest.mark.parametrize("published", READABLE, ids=lambda each: each.doc_id)
def test_every_field_of_every_row_comes_back(published: Published) -> None:
    template = published.filing.template
    parsed = parse_filing(draw(published))
    records = [comparable(as_record(each), template) for each in parsed.transactions]

    assert records == [comparable(each, template) for each in true_records(published)]
    assert (parsed.status, parsed.doc_id) == (FilingStatus.PARSED, published.doc_id)
    assert parsed.signed_on == (published.filed_on or published.published_on)
    assert (parsed.filer_name or "").casefold() == published.filing.filer.printed.casefold()


@pytest.mark.parametrize(
    ("shape", "kind", "status"),
    [
        (Shape.SCAN, "P", FilingStatus.SCANNED),
        (Shape.SCAN, "G", FilingStatus.SCANNED),
        (Shape.CORRUPT, "P", FilingStatus.UNREADABLE),
        (Shape.TEXT, "O", FilingStatus.EMPTY),
        (Shape.TEXT, "W", FilingStatus.EMPTY),
    ],
)
def test_what_has_no_rows_is_told_apart(shape: Shape, kind: str, status: FilingStatus) -> None:
    found = [each for each in ALL if (each.filing.shape, each.filing.kind) == (shape, kind)]

    assert found
    assert {parse_filing(draw(each)).status for each in found} == {status}


def test_a_report_without_a_single_row_is_empty() -> None:
    (blank,) = [
        each
        for each in ALL
        if each.filing.kind == "P" and each.filing.shape is Shape.TEXT and not each.filing.rows
    ]

    assert parse_filing(draw(blank)).status is FilingStatus.EMPTY


@pytest.mark.parametrize("year", YEARS)
def test_the_index_comes_back_with_every_row(year: int) -> None:
    rows = parse_index(index_of(year).body)
    due = [each for each in ALL if each.year == year and each.published_on <= TODAY]

    assert sorted(
        (row.doc_id, row.filing_type, row.last, row.first, row.state_district, row.filed_on)
        for row in rows
        if row.filed_on
    ) == sorted(
        (
            each.doc_id,
            each.filing.kind,
            each.filing.filer.last,
            each.filing.filer.first,
            each.filing.filer.state_district,
            each.filed_on,
        )
        for each in due
        if each.filed_on
        for _ in range(each.filing.listed)
    )
    assert len(rows) == sum(each.filing.listed for each in due)
