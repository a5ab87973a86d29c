"""The filing ledger against a source's index: what is new, changed, gone, or back."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING

from django.db import transaction

from collectors.disclosures.models import Filing, LedgerStatus
from scheduling.kinds import Cause, GiveUp

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

BATCH = 200
# Single rows do leave an index; a fifth of it at once is rather a cut or changed index.
MAX_GONE = 20
MAX_GONE_SHARE = 0.2
NEVER_READ = (LedgerStatus.NEW, LedgerStatus.NOT_FOUND, LedgerStatus.FAILED)


class ListingsVanished(GiveUp):
    """So many filings left an index at once that the index itself is in doubt."""


@dataclass(frozen=True, kw_only=True)
class Listing:
    """One filing as an index lists it. `is_report`: its document is fetched and read."""

    doc_id: str
    year: int
    filing_type: str
    prefix: str
    last_name: str
    first_name: str
    suffix: str
    state_district: str
    filed_on: date | None
    url: str
    is_report: bool
    times_listed: int = 1


LISTED_FIELDS = (
    "year",
    "filing_type",
    "prefix",
    "last_name",
    "first_name",
    "suffix",
    "state_district",
    "filed_on",
    "url",
    "times_listed",
)
STATUS_FIELDS = ("status", "problem", "reason", "retry_at", "withdrawn_at")


@dataclass
class Changes:
    """Filings, already changed in memory, that `store_changes` writes."""

    new: list[Filing] = field(default_factory=list)
    updated: list[Filing] = field(default_factory=list)
    restored: list[Filing] = field(default_factory=list)
    withdrawn: list[Filing] = field(default_factory=list)

    def __bool__(self) -> bool:
        return any((self.new, self.updated, self.restored, self.withdrawn))


def merge_repeats(listings: Iterable[Listing]) -> list[Listing]:
    """One listing per number, with how often it was listed.

    A report wins over other types, then the latest filing date, then the last line of the index.
    """
    repeats: Counter[str] = Counter()
    winners: dict[str, Listing] = {}
    for listing in listings:
        repeats[listing.doc_id] += 1
        winner = winners.setdefault(listing.doc_id, listing)
        if _weight(listing) >= _weight(winner):
            winners[listing.doc_id] = listing
    return [replace(each, times_listed=repeats[each.doc_id]) for each in winners.values()]


def _weight(listing: Listing) -> tuple[bool, date]:
    return listing.is_report, listing.filed_on or date.min


def known_filings(source: str, year: int, listings: Sequence[Listing]) -> dict[str, Filing]:
    """Return the ledger's rows of the year, and those listed now that another year had."""
    known = {each.doc_id: each for each in Filing.objects.filter(source=source, year=year)}
    strange = [each.doc_id for each in listings if each.doc_id not in known]
    moved = Filing.objects.filter(source=source, doc_id__in=strange)
    return known | {each.doc_id: each for each in moved}


def compare(
    source: str,
    year: int,
    known: Mapping[str, Filing],
    listings: Sequence[Listing],
    *,
    now: datetime,
) -> Changes:
    """Hold the whole index of `year` against the ledger. Pure but for the filings it changes.

    Raises ListingsVanished.
    """
    changes = Changes()
    for listing in listings:
        filing = known.get(listing.doc_id)
        if filing is None:
            changes.new.append(_new_filing(source, listing, now))
        elif not _is_listed_later(filing, listing):
            _note_listed(changes, filing, listing)
    listed = {each.doc_id for each in listings}
    _note_gone(changes, year, [each for each in known.values() if each.doc_id not in listed], now)
    _check_gone(changes, source, year, len(known))
    return changes


def _is_listed_later(filing: Filing, listing: Listing) -> bool:
    """True if a later year's index lists the same number: that one keeps the row."""
    return filing.year > listing.year and filing.status != LedgerStatus.WITHDRAWN


def _new_filing(source: str, listing: Listing, now: datetime) -> Filing:
    facts = {name: getattr(listing, name) for name in LISTED_FIELDS}
    return Filing(
        source=source,
        doc_id=listing.doc_id,
        status=_first_status(listing),
        first_seen_at=now,
        **facts,
    )


def _first_status(listing: Listing) -> LedgerStatus:
    return LedgerStatus.NEW if listing.is_report else LedgerStatus.NOT_COLLECTED


def _note_listed(changes: Changes, filing: Filing, listing: Listing) -> None:
    was_withdrawn = filing.status == LedgerStatus.WITHDRAWN
    has_changed = _take_facts(filing, listing)
    if was_withdrawn:
        # A document that was kept is read again from the archive, not fetched.
        _set_status(filing, _first_status(listing), reason="The index lists it again.")
        changes.restored.append(filing)
    elif has_changed:
        _follow_type(filing, listing)
        changes.updated.append(filing)


def _take_facts(filing: Filing, listing: Listing) -> bool:
    changed = [name for name in LISTED_FIELDS if getattr(filing, name) != getattr(listing, name)]
    for name in changed:
        setattr(filing, name, getattr(listing, name))
    return bool(changed)


def _follow_type(filing: Filing, listing: Listing) -> None:
    """Begin or end to collect a filing whose type the index corrected; a read one stays so."""
    if listing.is_report and filing.status == LedgerStatus.NOT_COLLECTED:
        _set_status(filing, LedgerStatus.NEW, reason="The index calls it a report now.")
    elif not listing.is_report and filing.status in NEVER_READ:
        _set_status(filing, LedgerStatus.NOT_COLLECTED, reason="It is no report any more.")


def _note_gone(changes: Changes, year: int, gone: Iterable[Filing], now: datetime) -> None:
    for filing in gone:
        if filing.status != LedgerStatus.WITHDRAWN:
            reason = f"The index of {year} no longer lists it."
            _set_status(filing, LedgerStatus.WITHDRAWN, reason=reason, withdrawn_at=now)
            changes.withdrawn.append(filing)


def _set_status(
    filing: Filing, status: LedgerStatus, *, reason: str, withdrawn_at: datetime | None = None
) -> None:
    filing.status, filing.reason, filing.withdrawn_at = status, reason, withdrawn_at
    filing.problem, filing.retry_at = "", None


def _check_gone(changes: Changes, source: str, year: int, known: int) -> None:
    gone = len(changes.withdrawn)
    if gone > MAX_GONE and gone > known * MAX_GONE_SHARE:
        raise ListingsVanished(
            f"{gone} of {known} filings left the index of {year} at once. Nothing was marked as "
            "withdrawn: look at the index.",
            cause=Cause.LAYOUT_CHANGED,
            source=source,
        )


def store_changes(changes: Changes) -> None:
    """Write a comparison. A filing that another run inserted meanwhile is left to that run."""
    with transaction.atomic():
        Filing.objects.bulk_create(changes.new, batch_size=BATCH, ignore_conflicts=True)
        Filing.objects.bulk_update(
            [*changes.updated, *changes.restored, *changes.withdrawn],
            [*LISTED_FIELDS, *STATUS_FIELDS],
            batch_size=BATCH,
        )
