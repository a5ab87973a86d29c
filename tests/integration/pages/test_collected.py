from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from collectors.disclosures.models import Filing
from tests.factories.disclosures import a_filing, a_transaction
from tests.factories.jobs import NOON


def a_parsed_filing(doc_id: str, **fields: Any) -> Filing:
    read = {"status": "parsed", "sha256": "0" * 64, "fetched_at": NOON, "parser_version": 1}
    return a_filing(doc_id, **{**read, **fields})


def pages_through(client: Client, start: str) -> list[Any]:
    path = start.partition("?")[0]
    seen: list[Any] = []
    url = start
    while url:
        page = client.get(url).context["page"]
        seen += page.rows
        url = f"{path}{page.older}" if page.older else ""
    return seen


def test_every_field_of_a_transaction_is_shown(client: Client) -> None:
    a_transaction(a_parsed_filing("20040001"))
    page = client.get("/transactions/").content.decode()
    for said in (
        "Ingrid Halvorsen",
        "MN04",
        "Nordwind Holdings",
        "NWHX",
        "ST",
        "Sale",
        "partial",
        "$1,001 - $15,000",
        "2026-02-01",
        "2026-02-05",
        "Spouse",
        "stated for its vehicle",
        "not stated",
        "amended",
        "2000123456",
        "Family Trust",
        "Oslo, NO",
        "In the ordinary course.",
        "Late.",
    ):
        assert said in page, said


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", ["MUNI", "NWHX"]),
        ("ticker=nwhx", ["NWHX"]),
        ("side=PURCHASE", ["MUNI"]),
        ("politician=halv+ingrid", ["NWHX"]),
        ("politician=nobody", []),
        ("side=GIFT", []),
    ],
)
def test_transactions_are_filtered_by_the_url(client: Client, query: str, shown: list[str]) -> None:
    a_transaction(a_parsed_filing("20040001"))
    other = a_parsed_filing("20040002", last_name="Okafor", first_name="Ada")
    a_transaction(other, ticker="MUNI", side="PURCHASE", traded_on=date(2026, 2, 2))
    page = client.get(f"/transactions/?{query}").context["page"]
    assert [row.ticker for row in page.rows] == shown


def test_transactions_are_paged_without_loss(client: Client) -> None:
    filing = a_parsed_filing("20040001")
    made = [
        a_transaction(filing, number, traded_on=date(2026, 1, 1) + timedelta(days=number // 30))
        for number in range(1, 121)
    ]
    newest_first = sorted(made, key=lambda row: (row.traded_on, row.pk), reverse=True)
    assert pages_through(client, "/transactions/?ticker=NWHX") == newest_first


def test_filings_without_a_date_come_last_and_none_is_lost(client: Client) -> None:
    for number in range(120):
        filed_on = date(2026, 1, 1 + number % 5) if number % 4 else None
        a_filing(f"2004{number:04d}", filed_on=filed_on)
    seen = pages_through(client, "/filings/")
    assert len(seen) == len(set(seen)) == 120
    assert [filing.filed_on is None for filing in seen] == [False] * 90 + [True] * 30
    dated = [(filing.filed_on, filing.doc_id) for filing in seen if filing.filed_on]
    assert dated == sorted(dated, reverse=True)


def test_reports_that_are_not_collected_are_listed_when_asked_for(client: Client) -> None:
    a_filing("1", status="not-collected", filing_type="A")
    assert not client.get("/filings/").context["page"].rows
    assert len(client.get("/filings/?status=not-collected").context["page"].rows) == 1


def test_a_scan_is_never_told_as_no_trades(client: Client) -> None:
    scan = a_parsed_filing("8221234", status="scanned", reason="It holds pictures only.")
    for page in ("/filings/", f"/filings/{scan.pk}/"):
        text = client.get(page).content.decode()
        assert "Scanned" in text
        assert "not read" in text
        assert "It holds pictures only." in text


def test_a_filing_leads_to_its_document(client: Client) -> None:
    filing = a_filing("20040001")
    for page in ("/filings/", f"/filings/{filing.pk}/"):
        assert f'href="{filing.url}"' in client.get(page).content.decode()


@pytest.mark.parametrize("page", ["/filings/", "/transactions/"])
def test_a_list_asks_few_questions(client: Client, page: str) -> None:
    for number in range(5):
        a_transaction(a_parsed_filing(f"2004{number:04d}"))
    with CaptureQueriesContext(connection) as captured:
        client.get(page)
    assert len(captured) <= 7
