"""The job kind `house-disclosures`: Periodic Transaction Reports of the US House."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import PurePath
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from collectors.disclosures.house import parse
from collectors.disclosures.house.fetch import REPORT_TYPE, US_HOUSE
from collectors.disclosures.house.indexes import read_indexes
from collectors.disclosures.house.records import FilingStatus, as_record
from collectors.disclosures.house.reports import ReportCollector
from collectors.disclosures.house.reread import read_again
from collectors.disclosures.house.tally import Tally
from collectors.disclosures.legislators.fetch import LEGISLATORS
from collectors.disclosures.legislators.refresh import refresh_politicians
from collectors.disclosures.models import Filing
from collectors.disclosures.politicians import link_filings
from scheduling.kinds import Cause, DocumentKind, GiveUp, Outcome, Params, ParsedDocument

if TYPE_CHECKING:
    from collections.abc import Iterator

    from collectors.disclosures.ledger import Changes
    from collectors.disclosures.models.filing import FilingQuerySet
    from scheduling.kinds import RunContext, SourceSpec

UNREADABLE = {FilingStatus.NOT_A_PDF, FilingStatus.UNREADABLE}


class HouseParams(Params):
    """What a job may choose."""

    years_back: int = Field(
        2,
        ge=0,
        le=10,
        title="Years back",
        description="How many earlier yearly indexes to read beside the current one. Filings are "
        "still added to an index up to three years later.",
    )
    max_filings: int | None = Field(
        None,
        ge=1,
        title="At most this many documents",
        description="Documents to ask for in one run, newest first; the rest wait for the next "
        "run. Empty: all.",
    )
    retry_failed: bool = Field(
        default=False,
        title="Ask again for everything that failed",
        description="Also for missing and damaged documents that are not due again yet, or were "
        "given up.",
    )


class HouseDisclosures(DocumentKind[HouseParams]):
    """Keeps a ledger of all filings, and the transactions of those that report some."""

    slug = "house-disclosures"
    title = "US House disclosures"
    description = (
        "Reads the Clerk's yearly indexes, fetches new Periodic Transaction Reports and stores "
        "every transaction in them."
    )
    params = HouseParams
    sources: ClassVar[tuple[SourceSpec, ...]] = (US_HOUSE, LEGISLATORS)
    idempotent = True
    time_limit = timedelta(hours=6)

    def run(self, ctx: RunContext, params: HouseParams) -> Outcome:
        """Bring ledger and transactions up to the source; a run with nothing new writes nothing."""
        _check_source(ctx)
        years = [ctx.now().year - back for back in range(params.years_back + 1)]
        if ctx.dry_run:
            return _rehearse(ctx, params, years)
        refresh_politicians(ctx)
        changes = read_indexes(ctx, years)
        link_filings(US_HOUSE.slug)
        tally = Tally()
        with _artifact(ctx, tally):
            for _ in read_again(ctx, tally):
                pass
            ReportCollector(ctx, tally).collect(_queue(ctx, params, years))
        return _outcome(ctx, tally, changes, years)

    def parse_document(self, name: str, body: bytes) -> ParsedDocument:
        """Read one file; its number is the printed one, or else the file's name."""
        parsed = parse.parse_filing(body)
        doc_id = parsed.doc_id or PurePath(name).stem
        return ParsedDocument(
            doc_id=doc_id,
            status=parsed.status,
            is_readable=parsed.status not in UNREADABLE,
            reason="" if parsed.status is FilingStatus.PARSED else parsed.reason,
            records=tuple(as_record(replace(row, doc_id=doc_id)) for row in parsed.transactions),
        )

    def reparse(self, ctx: RunContext) -> Iterator[tuple[str, str]]:
        """Read again, from the archive, what an older parser read; yields (DocID, status)."""
        for filing in read_again(ctx, Tally()):
            yield filing.doc_id, filing.status


def _check_source(ctx: RunContext) -> None:
    if US_HOUSE.slug not in {source.slug for source in ctx.sources}:
        raise GiveUp(
            f"The source {US_HOUSE.slug!r} is switched off or not chosen for this job: there is "
            "nothing to collect from.",
            cause=Cause.BAD_PARAMETERS,
        )


def _reports(years: list[int]) -> FilingQuerySet:
    """Reports that the indexes of `years` list."""
    return Filing.objects.filter(source=US_HOUSE.slug, year__in=years).collected().listed()


def _queue(ctx: RunContext, params: HouseParams, years: list[int]) -> list[int]:
    """Primary keys of the filings to fetch now, newest first."""
    due = _reports(years).due(ctx.now(), again=params.retry_failed).newest_first()
    return list(due.values_list("pk", flat=True)[: params.max_filings])


@contextmanager
def _artifact(ctx: RunContext, tally: Tally) -> Iterator[None]:
    """Hand over what was stored, however the run ends."""
    try:
        yield
    finally:
        if tally.transactions:
            body = bytes(tally.json_lines)
            ctx.artifact("transactions.jsonl", body, media_type="application/x-ndjson")


def _rehearse(ctx: RunContext, params: HouseParams, years: list[int]) -> Outcome:
    """Say what a run would fetch: what the indexes list for the first time, and what is due."""
    changes = read_indexes(ctx, years)
    touched = [*changes.new, *changes.updated, *changes.restored, *changes.withdrawn]
    known = _reports(years).exclude(pk__in=[each.pk for each in touched if each.pk])
    listed = [each for each in touched if each.is_waiting]
    due = [*listed, *known.due(ctx.now(), again=params.retry_failed)]
    queue = sorted(due, key=Filing.age_key, reverse=True)[: params.max_filings]
    for filing in queue:
        ctx.log(f"Would fetch {filing.url} ({filing.listed_name}, filed {filing.filed_on}).")
    return Outcome(
        found=_reports(years).count() + _count_reports(changes.new),
        new=_count_reports(changes.new),
        summary=f"Dry run: {len(queue)} documents would be fetched, nothing was written.",
    )


def _outcome(ctx: RunContext, tally: Tally, changes: Changes, years: list[int]) -> Outcome:
    """`unchanged` are the listed reports that were read before, and still say the same."""
    listed = _reports(years)
    changed = tally.reread_changed + _count_reports([*changes.updated, *changes.restored])
    return Outcome(
        found=listed.count(),
        new=tally.fetched,
        changed=changed + _count_reports(changes.withdrawn),
        unchanged=max(0, listed.read().count() - tally.fetched - changed),
        failed=tally.failed,
        summary=tally.summary(listed=listed.count(), waiting=listed.due(ctx.now()).count()),
    )


def _count_reports(filings: list[Filing]) -> int:
    return sum(filing.filing_type == REPORT_TYPE for filing in filings)
