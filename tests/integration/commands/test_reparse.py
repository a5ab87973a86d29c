from __future__ import annotations

import pytest
from django.core.management import CommandError

from collectors.archive import FileArchive
from collectors.disclosures.house.parse import PARSER_VERSION
from collectors.disclosures.models import Filing, LedgerStatus, Transaction
from collectors.replay.house.filing import Shape
from collectors.replay.house.site import draw
from tests.factories.disclosures import a_filing, of_shape
from tests.factories.jobs import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture
def archive(settings, tmp_path) -> FileArchive:
    settings.DATA_DIR = tmp_path
    return FileArchive(tmp_path / "archive")


def a_kept_filing(archive: FileArchive, parser_version: int) -> Filing:
    """A filing whose document is kept and was read by that version."""
    report = of_shape(Shape.TEXT)[0]
    return a_filing(
        report.doc_id,
        status=LedgerStatus.PARSED,
        sha256=archive.put(draw(report)),
        fetched_at=NOON,
        parser_version=parser_version,
    )


def test_what_an_older_parser_read_is_parsed_again_without_fetching(call, archive):
    filing = a_kept_filing(archive, PARSER_VERSION - 1)
    said = call("reparse", "house-disclosures").splitlines()
    assert said == [f"{filing.doc_id} parsed", "Parsed again: 1 parsed."]
    filing.refresh_from_db()
    assert filing.parser_version == PARSER_VERSION
    assert Transaction.objects.filter(filing=filing).exists()


def test_what_the_parser_of_today_read_is_left_alone(call, archive):
    a_kept_filing(archive, PARSER_VERSION)
    said = call("reparse", "house-disclosures")
    assert said == "Parsed again: nothing; all is up to date.\n"
    assert not Transaction.objects.exists()


def test_a_document_that_the_archive_lost_is_told(call, archive, capsys):
    filing = a_kept_filing(archive, PARSER_VERSION - 1)
    Filing.objects.update(sha256="0" * 64)
    said = call("reparse", "house-disclosures")
    assert f"{filing.doc_id} new" in said
    assert filing.doc_id in capsys.readouterr().err
    filing.refresh_from_db()
    assert filing.status == LedgerStatus.NEW


def test_a_kind_without_documents_is_refused(call):
    with pytest.raises(CommandError, match="no documents to parse"):
        call("reparse", "probe")
