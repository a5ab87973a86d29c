"""The last step of a run: reports fetched one by one, newest first, read and stored."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from collectors.disclosures.filings import store_reading
from collectors.disclosures.house.fetch import US_HOUSE, fetch_document
from collectors.disclosures.house.reading import read_document
from collectors.disclosures.models import Filing
from scheduling.kinds import Cause, GiveUp, RetryLater, RunStopped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from collectors.disclosures.house.tally import Tally
    from scheduling.kinds import RunContext

PHASE = "fetching filings"
ENOUGH_TO_JUDGE = 5
SILENCES_IN_A_ROW = 3


class NothingUsable(GiveUp):
    """Not one of the new filings of a run could be had: the site has changed, not the filings."""


def stop_if_asked(ctx: RunContext) -> None:
    """Raise RunStopped once somebody asked the run to end; what is stored stays."""
    if ctx.should_stop():
        raise RunStopped("The run was asked to stop; the next one goes on where it ended.")


def tell_reading(ctx: RunContext, filing: Filing) -> None:
    """Log what became of a document; a failure is loud."""
    if filing.problem:
        ctx.log(f"{filing.doc_id} failed ({filing.problem}): {filing.reason}", level="ERROR")
    else:
        ctx.log(f"{filing.doc_id} {filing.status}: {filing.reason}")


@dataclass
class ReportCollector:
    """Fetches and stores reports for one run.

    A document that the source gives no answer for is judged only once the source has answered for
    another one: until then the source may be down, which is no fault of the filing.
    """

    ctx: RunContext
    tally: Tally
    silences: list[tuple[Filing, RetryLater]] = field(default_factory=list)

    def collect(self, queue: Sequence[int]) -> None:
        """Collect the filings with these primary keys, in this order.

        Raises RunStopped; RetryLater when the source is down; GiveUp when it blocks us, or when
        nothing that it sends is of use.
        """
        for done, pk in enumerate(queue):
            stop_if_asked(self.ctx)
            self.ctx.progress(done, len(queue), PHASE)
            # Another run may have collected it meanwhile.
            filing = Filing.objects.due(self.ctx.now(), again=True).filter(pk=pk).first()
            if filing is not None:
                self._collect_one(filing)
        self.ctx.progress(len(queue), len(queue), PHASE)
        self._end_silences()
        self._check_yield()

    def _collect_one(self, filing: Filing) -> None:
        try:
            body = fetch_document(self.ctx, filing.url)
        except RetryLater as error:
            self._note_silence(filing, error)
            return
        except GiveUp as error:
            if error.cause == Cause.SOURCE_BLOCKED:
                raise
            self._note_unavailable(filing, error)
        else:
            self._note_answer(filing, body)
        self._judge_silences()

    def _note_answer(self, filing: Filing, body: bytes | None) -> None:
        is_first = filing.attempts == 0
        if body is None:
            filing.note_not_found(now=self.ctx.now())
            self.ctx.log(f"{filing.doc_id} not found: {filing.url}", level="WARNING")
        else:
            self._store(filing, body)
        self.tally.note_try(filing.status, is_first=is_first)

    def _store(self, filing: Filing, body: bytes) -> None:
        digest = self.ctx.archive.put(body)
        reading, transactions = read_document(filing.doc_id, body)
        store_reading(filing, reading, now=self.ctx.now(), digest=digest)
        if filing.is_read:
            self.tally.note_stored(transactions)
        tell_reading(self.ctx, filing)

    def _note_silence(self, filing: Filing, error: RetryLater) -> None:
        self.silences.append((filing, error))
        if error.after is not None or len(self.silences) == SILENCES_IN_A_ROW:
            raise error

    def _judge_silences(self) -> None:
        for filing, error in self.silences:
            self._note_unavailable(filing, error)
        self.silences.clear()

    def _end_silences(self) -> None:
        if self.silences and not self.tally.tried:
            raise self.silences[0][1]
        self._judge_silences()

    def _note_unavailable(self, filing: Filing, error: Exception) -> None:
        is_first = filing.attempts == 0
        filing.note_unavailable(str(error), now=self.ctx.now())
        self.tally.note_try(filing.status, is_first=is_first)
        self.ctx.log(f"{filing.doc_id} was not answered: {error}", level="WARNING")

    def _check_yield(self) -> None:
        asked = sum(self.tally.first.values())
        if asked >= ENOUGH_TO_JUDGE and not self.tally.fetched_first:
            raise NothingUsable(
                f"None of the {asked} new filings could be had: look at one of them on the site.",
                cause=Cause.LAYOUT_CHANGED,
                source=US_HOUSE.slug,
            )
