from collections import Counter
from datetime import date

import pytest

from collectors.replay.house.filing import Filing, Published, Shape, Template
from collectors.replay.house.site import published_filings
from collectors.replay.house.volumes import filings_of

YEARS = (2024, 2025, 2026)
ALL = tuple(published for year in YEARS for published in filings_of(year))
REPORTS = tuple(each for each in ALL if each.filing.kind == "P")
ROWS = tuple(row for each in REPORTS for row in each.filing.rows)


def test_there_are_filings_of_every_sort():
    assert len(ALL) > 60
    assert len([each for each in REPORTS if each.filing.shape is Shape.TEXT]) > 40
    assert {each.filing.shape for each in ALL} == set(Shape)
    assert {each.filing.template for each in REPORTS} == set(Template)
    assert {each.filing.kind for each in ALL} >= set("PAOCDTGWX")
    assert {row.status for row in ROWS} == {"New", "Amended", "Deleted"}
    assert {row.side for row in ROWS} == {"P", "S", "S (partial)", "E"}
    assert {row.owner for row in ROWS} == {"", "SP", "JT", "DC"}
    assert max(len(each.filing.rows) for each in REPORTS) >= 200


def test_any_three_years_hold_every_filing_once():
    def contents(first: int) -> Counter[Filing]:
        return Counter(each.filing for year in range(first, first + 3) for each in filings_of(year))

    assert contents(2024) == contents(2025) == contents(2031)
    assert set(contents(2024).values()) == {1}


def test_an_id_names_one_filing():
    assert max(Counter(each.doc_id for each in ALL).values()) == 1


@pytest.mark.parametrize("each", ALL, ids=lambda each: each.doc_id)
def test_ids_have_the_form_of_their_kind(each):
    digits = {"W": 4}.get(each.filing.kind, 7 if each.filing.shape is Shape.SCAN else 8)

    assert each.doc_id.isdecimal()
    assert len(each.doc_id) == digits


def test_amended_and_deleted_rows_name_a_row_of_ten_digits_and_new_rows_none():
    for row in ROWS:
        assert len(row.row_id) == (0 if row.status == "New" else 10), row


def test_a_vehicle_that_a_report_lists_holds_one_of_its_rows():
    for each in REPORTS:
        named = {row.subholding or "" for row in each.filing.rows}
        for vehicle in each.filing.vehicles:
            assert any(name.replace("\u21d2", ">").startswith(vehicle.path) for name in named), (
                vehicle
            )


def test_what_is_published_does_not_change_as_the_days_go_by():
    spring, autumn = date(2026, 4, 1), date(2026, 11, 1)
    before = published_filings(2026, spring)

    assert 0 < len(before) < len(published_filings(2026, autumn))
    assert set(map(id_and_day, before)) <= set(map(id_and_day, published_filings(2026, autumn)))


def id_and_day(published: Published) -> tuple[str, date | None]:
    return published.doc_id, published.filed_on


def test_an_index_grows_in_the_years_after_it():
    later = [each for each in ALL if each.filed_on and each.filed_on.year > each.year]

    assert {each.filed_on.year - each.year for each in later if each.filed_on} == {1, 2}
