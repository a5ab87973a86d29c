from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError

from collectors.replay.house.filing import Published, Shape
from collectors.replay.house.site import NOT_FOUND, draw
from tests.factories.disclosures import of_shape
from tests.integration.commands.conftest import lines_of

KIND = "house-disclosures"
KEYS = {
    "doc_id",
    "ordinal",
    "page",
    "owner",
    "owner_source",
    "asset_name",
    "ticker",
    "asset_code",
    "side",
    "partial",
    "traded_on",
    "notified_on",
    "amount_min",
    "amount_max",
    "amount_exact",
    "capital_gains_over_200",
    "filing_status",
    "row_id",
    "subholding",
    "location",
    "description",
    "comment",
}


def keep(folder: Path, published: Published) -> Path:
    path = folder / f"{published.doc_id}.pdf"
    path.write_bytes(draw(published))
    return path


@pytest.fixture
def report(tmp_path) -> Path:
    return keep(tmp_path, of_shape(Shape.TEXT)[0])


def test_every_record_is_a_line_and_the_file_another(call, report):
    *records, status = lines_of(call("parse", KIND, str(report)))
    assert records
    assert status == {
        "file": str(report),
        "doc_id": report.stem,
        "status": "parsed",
        "rows": len(records),
    }
    assert [record["ordinal"] for record in records] == list(range(1, len(records) + 1))
    for record in records:
        assert set(record) == KEYS
        assert record["doc_id"] == report.stem
        assert record["owner"] in ("SELF", "SPOUSE", "JOINT", "DEPENDENT")
        assert record["side"] in ("PURCHASE", "SALE", "EXCHANGE")
        assert record["filing_status"] in ("NEW", "AMENDED", "DELETED")
        for name in ("amount_min", "amount_max", "amount_exact"):
            assert record[name] is None or isinstance(record[name], str)


def test_a_file_that_cannot_be_read_gets_its_reason_and_the_rest_go_on(call, tmp_path, report):
    scan = keep(tmp_path, of_shape(Shape.SCAN)[0])
    page, cut, empty = tmp_path / "page.pdf", tmp_path / "cut.pdf", tmp_path / "empty.pdf"
    page.write_bytes(NOT_FOUND)
    cut.write_bytes(report.read_bytes()[:4000])
    empty.touch()
    missing = tmp_path / "gone.pdf"
    files = [page, scan, missing, cut, empty, report]
    told = lines_of(call("parse", KIND, *map(str, files)))
    statuses = [line for line in told if "file" in line]
    assert [line["file"] for line in statuses] == [str(path) for path in files]
    found = [line["status"] for line in statuses]
    assert found[:3] == ["not-a-pdf", "scanned", "unreadable"]
    assert set(found[3:5]) <= {"unreadable", "not-a-pdf", "empty"}
    assert found[5] == "parsed"
    for line in statuses:
        assert line["status"] == "parsed" or line["reason"].endswith(".")
        assert line["rows"] == 0 or line["status"] == "parsed"
    assert "No such file" in statuses[2]["reason"]


def test_a_scan_alone_counts_as_read(call, tmp_path):
    scan = keep(tmp_path, of_shape(Shape.SCAN)[0])
    (status,) = lines_of(call("parse", KIND, str(scan)))
    assert (status["status"], status["rows"]) == ("scanned", 0)


@pytest.mark.parametrize("body", [b"", b"\x00\xff" * 50, NOT_FOUND, b"%PDF-1.7\n"])
def test_the_exit_code_is_1_only_if_nothing_could_be_read(call, tmp_path, body):
    garbage = tmp_path / "garbage.pdf"
    garbage.write_bytes(body)
    with pytest.raises(SystemExit) as caught:
        call("parse", KIND, str(garbage), str(tmp_path / "gone.pdf"))
    assert caught.value.code == 1


def test_a_folder_is_no_file(call, tmp_path):
    with pytest.raises(SystemExit):
        call("parse", KIND, str(tmp_path))


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [("sonnets", "No job kind is registered as 'sonnets'"), ("probe", "no documents to parse")],
)
def test_a_kind_that_parses_nothing_is_refused(call, report, kind, sentence):
    with pytest.raises(CommandError, match=sentence):
        call("parse", kind, str(report))


def test_no_database_is_needed(report):
    done = subprocess.run(
        [sys.executable, "manage.py", "parse", KIND, str(report)],
        env={**os.environ, "DATABASE_URL": "postgres://nobody@127.0.0.1:1/nothing"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert lines_of(done.stdout)[-1]["status"] == "parsed"
