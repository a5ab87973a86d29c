from __future__ import annotations

from decimal import Decimal
from typing import Self

from django.db import models
from django.db.models import F, Q

from collectors.disclosures.models.filing import Filing
from collectors.disclosures.vocabulary import LedgerStatus

AMOUNTS = ("amount_min", "amount_max", "amount_exact")
AMOUNT_LIMIT = Decimal(10) ** 13


class Owner(models.TextChoices):
    SELF = "SELF", "filer"
    SPOUSE = "SPOUSE", "spouse"
    JOINT = "JOINT", "joint"
    DEPENDENT = "DEPENDENT", "dependent child"


class OwnerSource(models.TextChoices):
    """Where the owner was found."""

    ROW = "ROW", "stated in the row"
    VEHICLE = "VEHICLE", "stated for its vehicle"
    FILER = "FILER", "no other stated"


class Side(models.TextChoices):
    PURCHASE = "PURCHASE", "purchase"
    SALE = "SALE", "sale"
    EXCHANGE = "EXCHANGE", "exchange"


class RowStatus(models.TextChoices):
    NEW = "NEW", "new"
    AMENDED = "AMENDED", "amended"
    DELETED = "DELETED", "deleted"


class TransactionQuerySet(models.QuerySet["Transaction"]):
    def trades(self) -> Self:
        """Rows that state a trade: not those that delete one, nor those of withdrawn filings."""
        return self.exclude(filing_status=RowStatus.DELETED).exclude(
            filing__status=LedgerStatus.WITHDRAWN
        )

    def with_filing(self) -> Self:
        return self.select_related("filing", "filing__politician")


class Transaction(models.Model):
    """One row of a filing, as filed. NULL and blank mean that the row does not say.

    Identical rows are kept apart by `ordinal`. Amounts are US dollars, bounds inclusive: a band
    fills `amount_min` and, unless it is open, `amount_max`; an exact amount fills `amount_exact`.
    """

    filing = models.ForeignKey(Filing, on_delete=models.CASCADE, related_name="transactions")
    ordinal = models.PositiveIntegerField(help_text="From 1, in the order of the document.")
    page = models.PositiveIntegerField(help_text="From 1: where the row begins.")
    owner = models.CharField(max_length=12, choices=Owner)
    owner_source = models.CharField(max_length=12, choices=OwnerSource)
    asset_name = models.TextField()
    ticker = models.TextField(null=True, blank=True)  # noqa: DJ001 - null is "none printed"
    asset_code = models.TextField(null=True, blank=True)  # noqa: DJ001
    side = models.CharField(max_length=12, choices=Side)
    partial = models.BooleanField()
    traded_on = models.DateField()
    notified_on = models.DateField()
    amount_min = models.DecimalField(max_digits=15, decimal_places=2, null=True, blank=True)
    amount_max = models.DecimalField(max_digits=15, decimal_places=2, null=True, blank=True)
    amount_exact = models.DecimalField(max_digits=15, decimal_places=2, null=True, blank=True)
    capital_gains_over_200 = models.BooleanField(null=True, blank=True)
    filing_status = models.CharField(max_length=12, choices=RowStatus)
    row_id = models.TextField(null=True, blank=True)  # noqa: DJ001
    subholding = models.TextField(null=True, blank=True)  # noqa: DJ001
    location = models.TextField(null=True, blank=True)  # noqa: DJ001
    description = models.TextField(null=True, blank=True)  # noqa: DJ001
    comment = models.TextField(null=True, blank=True)  # noqa: DJ001

    objects = TransactionQuerySet.as_manager()

    class Meta:
        ordering = ["filing", "ordinal"]
        constraints = [
            models.UniqueConstraint(
                fields=["filing", "ordinal"], name="transaction_ordinal_is_unique"
            ),
            models.CheckConstraint(
                condition=Q(ordinal__gte=1, page__gte=1), name="transaction_counts_from_one"
            ),
            models.CheckConstraint(
                condition=Q(owner__in=Owner.values, owner_source__in=OwnerSource.values),
                name="transaction_owner_is_known",
            ),
            models.CheckConstraint(
                condition=Q(side__in=Side.values), name="transaction_side_is_known"
            ),
            models.CheckConstraint(
                condition=Q(filing_status__in=RowStatus.values),
                name="transaction_filing_status_is_known",
            ),
            models.CheckConstraint(
                condition=Q(amount_exact=None) | Q(amount_min=None, amount_max=None),
                name="transaction_amount_is_a_band_or_exact",
            ),
            # SQLite keeps decimals as floats, which are exact to the cent up to here.
            *[
                models.CheckConstraint(
                    condition=Q(**{name: None})
                    | Q(**{f"{name}__gte": Decimal(0), f"{name}__lt": AMOUNT_LIMIT}),
                    name=f"transaction_{name}_in_range",
                )
                for name in AMOUNTS
            ],
            models.CheckConstraint(
                condition=Q(amount_max=None) | Q(amount_max__gte=F("amount_min")),
                name="transaction_band_in_order",
            ),
        ]
        indexes = [
            models.Index(fields=["-traded_on", "-id"], name="transaction_by_date"),
            models.Index(fields=["ticker", "-traded_on"], name="transaction_by_ticker"),
        ]

    def __str__(self) -> str:
        return f"{self.filing_id}/{self.ordinal} {self.side} {self.asset_name}"
