"""Pages of what was collected. It is public data: everybody who is signed in sees all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import Count, Q
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from collectors.disclosures import words
from collectors.disclosures.models import Filing, LedgerStatus, Side, Transaction
from collectors.disclosures.paging import page_of

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse

ANY = ("", "Any")
COLLECTED = ("", "All reports")


class FilingFilter(forms.Form):
    name = forms.CharField(required=False, max_length=100, widget=forms.SearchInput)
    status = forms.ChoiceField(
        required=False,
        choices=[
            COLLECTED,
            *((status.value, words.STATUS_LOOKS[status.value].word) for status in LedgerStatus),
        ],
    )

    def narrow(self, filings: QuerySet[Filing]) -> QuerySet[Filing]:
        """The filings that the filter lets through: none, if it cannot be read."""
        if not self.is_valid():
            return filings.none()
        typed = self.cleaned_data
        if typed["status"]:
            filings = filings.filter(status=typed["status"])
        else:
            filings = filings.exclude(status=LedgerStatus.NOT_COLLECTED)
        for word in typed["name"].split():
            filings = filings.filter(
                Q(last_name__icontains=word)
                | Q(first_name__icontains=word)
                | Q(filer_name__icontains=word)
            )
        return filings


class TransactionFilter(forms.Form):
    politician = forms.CharField(required=False, max_length=100, widget=forms.SearchInput)
    ticker = forms.CharField(required=False, max_length=20)
    side = forms.ChoiceField(required=False, choices=[ANY, *Side.choices])

    def narrow(self, rows: QuerySet[Transaction]) -> QuerySet[Transaction]:
        """The transactions that the filter lets through: none, if it cannot be read."""
        if not self.is_valid():
            return rows.none()
        typed = self.cleaned_data
        if typed["ticker"]:
            rows = rows.filter(ticker=typed["ticker"].upper())
        if typed["side"]:
            rows = rows.filter(side=typed["side"])
        for word in typed["politician"].split():
            rows = rows.filter(
                Q(filing__last_name__icontains=word)
                | Q(filing__first_name__icontains=word)
                | Q(filing__politician__full_name__icontains=word)
            )
        return rows


@require_safe
def filing_list(request: HttpRequest) -> HttpResponse:
    """The ledger of filings, the latest filed first."""
    narrowing = FilingFilter(request.GET)
    filings = narrowing.narrow(Filing.objects.select_related("politician"))
    page = page_of(filings, request.GET, columns=("filed_on", "doc_id"))
    numbers = dict(
        Transaction.objects.filter(filing__in=page.rows)
        .order_by()
        .values_list("filing")
        .annotate(Count("pk"))
    )
    context = {
        "page": page,
        "filings": [
            (filing, words.STATUS_LOOKS[filing.status], numbers.get(filing.pk, 0))
            for filing in page.rows
        ],
        "filter": narrowing,
        "is_filtered": narrowing.has_changed(),
    }
    return render(request, "filings/list.html", context)


@require_safe
def filing_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One filing, where it came from, and its transactions in the order of the document."""
    filing = get_object_or_404(Filing.objects.select_related("politician"), pk=pk)
    context = {
        "filing": filing,
        "look": words.STATUS_LOOKS[filing.status],
        "rows": _shown(filing.transactions.all()),
    }
    return render(request, "filings/page.html", context)


@require_safe
def transaction_list(request: HttpRequest) -> HttpResponse:
    """The transactions of all filings, the latest traded first."""
    narrowing = TransactionFilter(request.GET)
    rows = narrowing.narrow(Transaction.objects.with_filing())
    page = page_of(rows, request.GET, columns=("traded_on",))
    context = {
        "page": page,
        "rows": _shown(page.rows),
        "filter": narrowing,
        "is_filtered": narrowing.has_changed(),
    }
    return render(request, "transactions/list.html", context)


def _shown(rows: Any) -> list[tuple[Transaction, str, str]]:
    """Each row with its amount and its capital-gains box in words."""
    return [
        (
            row,
            words.amount_text(row.amount_min, row.amount_max, row.amount_exact),
            words.box_text(row.capital_gains_over_200),
        )
        for row in rows
    ]
