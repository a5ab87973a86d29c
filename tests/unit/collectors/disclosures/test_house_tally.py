from __future__ import annotations

from collectors.disclosures.house.tally import Tally


def test_a_run_with_nothing_to_do_says_so():
    assert Tally().summary(listed=62, waiting=0) == "62 reports listed. Nothing new to ask for."


def test_the_summary_names_every_fate():
    tally = Tally()
    for status in ("parsed", "parsed", "scanned", "not-found", "failed"):
        tally.note_try(status, is_first=True)
    tally.note_reread("parsed", has_changed=True)
    tally.transactions = 14
    assert tally.summary(listed=62, waiting=3) == (
        "62 reports listed. 5 asked for: 2 read, 1 scanned on paper, 1 not found, 1 failed; "
        "14 transactions stored. 1 read again from the archive, 1 changed. 3 wait for a later run."
    )
    assert (tally.fetched, tally.failed) == (3, 2)


def test_a_document_that_a_newer_parser_cannot_read_counts_as_failed():
    tally = Tally()
    tally.note_reread("failed", has_changed=True)
    assert tally.failed == 1
