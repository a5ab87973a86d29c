import json
from dataclasses import fields
from datetime import date
from decimal import Decimal

from collectors.disclosures.house.records import (
    Owner,
    OwnerSource,
    RowStatus,
    Side,
    Transaction,
    as_record,
)

PUBLIC_FIELDS = (
    "doc_id ordinal page owner owner_source asset_name ticker asset_code side partial traded_on "
    "notified_on amount_min amount_max amount_exact capital_gains_over_200 filing_status row_id "
    "subholding location description comment"
)

SALE = Transaction(
    doc_id="20031234",
    ordinal=1,
    page=2,
    owner=Owner.SPOUSE,
    owner_source=OwnerSource.VEHICLE,
    asset_name="Apple Inc.",
    ticker="AAPL",
    asset_code="ST",
    side=Side.SALE,
    partial=True,
    traded_on=date(2025, 1, 2),
    notified_on=date(2025, 1, 5),
    amount_min=Decimal("5E+7"),
    amount_max=None,
    amount_exact=None,
    capital_gains_over_200=False,
    filing_status=RowStatus.AMENDED,
    row_id="2000114315",
    subholding=None,
    location=None,
    description=None,
    comment=None,
)


def test_the_public_fields_keep_their_names_and_order():
    assert " ".join(field.name for field in fields(Transaction)) == PUBLIC_FIELDS
    assert " ".join(as_record(SALE)) == PUBLIC_FIELDS


def test_a_record_is_ready_for_json_without_exponents_or_lost_nulls():
    record = json.loads(json.dumps(as_record(SALE)))
    assert record["amount_min"] == "50000000"
    assert record["amount_max"] is None
    assert record["traded_on"] == "2025-01-02"
    assert record["owner"] == "SPOUSE"
    assert record["partial"] is True
    assert record["capital_gains_over_200"] is False
