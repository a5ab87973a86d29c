from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import F, Q

from collectors.disclosures.models.politician import Politician
from collectors.disclosures.retries import next_try
from collectors.disclosures.vocabulary import CURABLE, READ, LedgerStatus, LinkBasis, Problem

if TYPE_CHECKING:
    from collectors.disclosures.readings import Reading

TRIED_FIELDS = ["status", "problem", "reason", "attempts", "last_tried_at", "retry_at"]
DOCUMENT_FIELDS = ["attempts", "last_tried_at", "sha256", "fetched_at"]
READING_FIELDS = [
    "status",
    "problem",
    "reason",
    "retry_at",
    "parser_version",
    "parsed_at",
    "pages",
    "template",
    "filer_name",
    "filer_status",
    "signed_on",
]


class FilingQuerySet(models.QuerySet["Filing"]):
    def collected(self) -> Self:
        """Filings that are fetched and read, whatever came of it: transaction reports."""
        return self.exclude(status=LedgerStatus.NOT_COLLECTED)

    def listed(self) -> Self:
        return self.exclude(status=LedgerStatus.WITHDRAWN)

    def due(self, now: datetime, *, again: bool = False) -> Self:
        """Filings to fetch at `now`: new ones, and those that another answer may cure.

        With `again` also those of the latter that are not due yet, or were given up.
        """
        curable = Q(status=LedgerStatus.NOT_FOUND) | Q(problem__in=CURABLE)
        if not again:
            curable &= Q(retry_at__lte=now)
        return self.filter(Q(status=LedgerStatus.NEW) | curable)

    def to_read_again(self, version: int) -> Self:
        """Kept documents that an older parser read, or whose filing is listed again."""
        kept = self.exclude(sha256="").exclude(status=LedgerStatus.WITHDRAWN)
        return kept.filter(Q(parser_version__lt=version) | Q(status=LedgerStatus.NEW))

    def read(self) -> Self:
        """Filings whose document was understood."""
        return self.filter(status__in=READ)

    def newest_first(self) -> Self:
        return self.order_by(F("filed_on").desc(nulls_last=True), "-doc_id", "-pk")


class Filing(models.Model):
    """The ledger: one row per document that a source lists, whatever became of it.

    Names, type, district and dates are as the source's index writes them. `transactions` hold what
    the last reading found; only a `parsed` filing has any, or one that was parsed before it was
    withdrawn or its kept document was lost.
    """

    source = models.CharField(max_length=50, help_text="Slug of the source.")
    doc_id = models.TextField(help_text="The source's own number: opaque, not ordered in time.")
    year = models.PositiveSmallIntegerField(help_text="The index that lists it.")
    filing_type = models.TextField(help_text="The source's code: P is a transaction report.")
    prefix = models.TextField(blank=True)
    last_name = models.TextField(blank=True)
    first_name = models.TextField(blank=True)
    suffix = models.TextField(blank=True)
    state_district = models.TextField(blank=True, help_text="Such as NJ11; 00 is at large.")
    filed_on = models.DateField(null=True, blank=True)
    times_listed = models.PositiveSmallIntegerField(
        default=1, help_text="More than 1: the index repeats the number."
    )
    url = models.TextField()
    politician = models.ForeignKey(
        Politician, null=True, blank=True, on_delete=models.SET_NULL, related_name="filings"
    )
    politician_basis = models.CharField(max_length=24, choices=LinkBasis, blank=True)

    status = models.CharField(max_length=16, choices=LedgerStatus, default=LedgerStatus.NEW)
    problem = models.CharField(max_length=16, choices=Problem, blank=True)
    reason = models.TextField(blank=True, help_text="A sentence on how it came to its status.")
    attempts = models.PositiveIntegerField(default=0, help_text="Fetches that were tried.")
    first_seen_at = models.DateTimeField()
    last_tried_at = models.DateTimeField(null=True, blank=True)
    retry_at = models.DateTimeField(
        null=True, blank=True, help_text="Not fetched again before this; empty: not by itself."
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    sha256 = models.CharField(max_length=64, blank=True, help_text="The kept document's hash.")
    fetched_at = models.DateTimeField(null=True, blank=True)
    parser_version = models.PositiveIntegerField(null=True, blank=True)
    parsed_at = models.DateTimeField(null=True, blank=True)
    pages = models.PositiveIntegerField(null=True, blank=True)
    template = models.CharField(
        max_length=8, blank=True, help_text="Layout; `old` scrambles the case of names."
    )
    filer_name = models.TextField(blank=True, help_text="As the document prints it.")
    filer_status = models.TextField(blank=True, help_text="Such as Member or Former Member.")
    signed_on = models.DateField(null=True, blank=True)

    objects = FilingQuerySet.as_manager()

    class Meta:
        # Both databases put blank dates last so; left to themselves they differ.
        ordering = [F("filed_on").desc(nulls_last=True), "-doc_id"]
        constraints = [
            models.UniqueConstraint(fields=["source", "doc_id"], name="filing_unique_per_source"),
            models.CheckConstraint(
                condition=Q(status__in=LedgerStatus.values), name="filing_status_is_known"
            ),
            models.CheckConstraint(
                condition=Q(status="failed", problem__in=Problem.values)
                | (~Q(status="failed") & Q(problem="")),
                name="filing_problem_exactly_when_failed",
            ),
            models.CheckConstraint(
                condition=Q(status="withdrawn", withdrawn_at__isnull=False)
                | (~Q(status="withdrawn") & Q(withdrawn_at=None)),
                name="filing_withdrawn_at_exactly_when_withdrawn",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=READ)
                | (~Q(sha256="") & Q(fetched_at__isnull=False, parser_version__isnull=False)),
                name="filing_read_has_its_document",
            ),
            models.CheckConstraint(
                condition=Q(politician=None, politician_basis="")
                | Q(politician__isnull=False, politician_basis__in=LinkBasis.values),
                name="filing_link_has_a_basis",
            ),
        ]
        indexes = [
            models.Index(fields=["-filed_on", "-doc_id"], name="filing_by_date"),
            models.Index(fields=["source", "year", "status"], name="filing_by_year_and_status"),
            models.Index(fields=["status", "-filed_on"], name="filing_by_status"),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.doc_id}"

    @property
    def listed_name(self) -> str:
        """The filer as the index names him: `Hon. Jo Ann Doe Jr`."""
        parts = (self.prefix, self.first_name, self.last_name, self.suffix)
        return " ".join(part for part in parts if part)

    @property
    def is_waiting(self) -> bool:
        """True if it is to be fetched for the first time."""
        return self.status == LedgerStatus.NEW and not self.sha256

    def age_key(self) -> tuple[date, str]:
        """Sorts as `newest_first` does, with `reverse`."""
        return self.filed_on or date.min, self.doc_id

    @property
    def is_read(self) -> bool:
        return self.status in READ

    def note_not_found(self, *, now: datetime) -> None:
        """The source lists it and does not have it."""
        self._note_try(now)
        self.status, self.problem = LedgerStatus.NOT_FOUND, ""
        self.reason = "The source lists it, but answers that there is no such document (HTTP 404)."
        self.retry_at = next_try(self.attempts, now)
        self.save(update_fields=TRIED_FIELDS)

    def note_unavailable(self, reason: str, *, now: datetime) -> None:
        """The source gave no usable answer for this document."""
        self._note_try(now)
        self.status, self.problem = LedgerStatus.FAILED, Problem.UNAVAILABLE
        self.reason = reason
        self.retry_at = next_try(self.attempts, now)
        self.save(update_fields=TRIED_FIELDS)

    def note_document(self, digest: str, *, now: datetime) -> None:
        """Its document was fetched and is kept in the archive as `digest`."""
        self._note_try(now)
        self.sha256, self.fetched_at = digest, now
        self.save(update_fields=DOCUMENT_FIELDS)

    def note_reading(self, reading: Reading, *, now: datetime) -> None:
        """Its kept document was read; replaces what an earlier reading said."""
        self.status, self.problem = reading.status, reading.problem or ""
        self.reason, self.parsed_at = reading.reason, now
        for name in ("parser_version", "pages", "template", "signed_on"):
            setattr(self, name, getattr(reading, name))
        self.filer_name, self.filer_status = reading.filer_name, reading.filer_status
        self.retry_at = None
        if self.problem in CURABLE and self.last_tried_at:
            self.retry_at = next_try(self.attempts, self.last_tried_at)
        self.save(update_fields=READING_FIELDS)

    def forget_document(self, reason: str) -> None:
        """Its kept document is gone: fetch it again. What was read of it stays until then."""
        self.status, self.problem, self.reason = LedgerStatus.NEW, "", reason
        self.sha256, self.fetched_at, self.retry_at = "", None, None
        self.save(update_fields=["status", "problem", "reason", "sha256", "fetched_at", "retry_at"])

    def _note_try(self, now: datetime) -> None:
        self.attempts, self.last_tried_at = self.attempts + 1, now
