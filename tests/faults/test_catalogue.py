"""The report names what there is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.cases import CASES
from tests.faults.catalogue import CATALOGUE, Entry
from tests.faults.report import table

pytestmark = pytest.mark.one_database
TESTS = Path(__file__).parents[1]
TRIED_ELSEWHERE_HERE = {"F02", "F75", "F76", "B00"}


def test_each_fault_stands_once():
    ids = [entry.id for entry in CATALOGUE]
    assert len(ids) == len(set(ids))
    assert {case.id for case in CASES} | TRIED_ELSEWHERE_HERE <= set(ids)


@pytest.mark.parametrize("entry", CATALOGUE, ids=lambda entry: entry.id)
def test_a_fault_is_tried_here_or_elsewhere_or_it_says_why_not(entry: Entry):
    is_tried = entry.id in {case.id for case in CASES} | TRIED_ELSEWHERE_HERE
    assert is_tried or entry.tests or entry.gap or "see F" in entry.fault


@pytest.mark.parametrize("test", sorted({test for entry in CATALOGUE for test in entry.tests}))
def test_a_test_that_is_named_is_there(test: str):
    file, _, name = test.partition("::")
    assert f"def {name}" in (TESTS / file).read_text()


def test_figures_are_summed_over_the_trials():
    trial = {"id": "F06", "database": "sqlite", "strikes": 2, "seconds": 1.4, "found": []}
    elsewhere = {**trial, "database": "postgresql", "strikes": 5}
    lines = table([trial, {**trial, "found": ["lost"]}, elsewhere]).splitlines()
    (line,) = [line for line in lines if line.startswith("| F06 |")]
    assert line.endswith("| 4 | 5 | not 1 of 3 trials | 4 |")
