"""Documents read again from the archive: by a newer parser, or because they are listed again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collectors.archive import ArchiveDamaged, NotArchived
from collectors.disclosures.filings import store_reading
from collectors.disclosures.house import parse
from collectors.disclosures.house.fetch import US_HOUSE
from collectors.disclosures.house.reading import read_document
from collectors.disclosures.house.reports import stop_if_asked, tell_reading
from collectors.disclosures.models import Filing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from collectors.disclosures.house.tally import Tally
    from scheduling.kinds import RunContext

PHASE = "reading again"


def read_again(ctx: RunContext, tally: Tally) -> Iterator[Filing]:
    """Read what an older parser read; yields each filing as it is now.

    Fetches nothing: a document that the archive lost makes its filing `new`, to be fetched.
    """
    outdated = Filing.objects.filter(source=US_HOUSE.slug).to_read_again(parse.PARSER_VERSION)
    queue = list(outdated.newest_first().values_list("pk", flat=True))
    for done, pk in enumerate(queue):
        stop_if_asked(ctx)
        ctx.progress(done, len(queue), PHASE)
        filing = Filing.objects.get(pk=pk)
        _read_one(ctx, tally, filing)
        yield filing


def _read_one(ctx: RunContext, tally: Tally, filing: Filing) -> None:
    try:
        body = ctx.archive.get(filing.sha256)
    except (NotArchived, ArchiveDamaged) as error:
        ctx.log(f"{filing.doc_id}: {error}", level="ERROR")
        filing.forget_document(f"The kept document is lost: {error}")
        return
    reading, transactions = read_document(filing.doc_id, body)
    has_changed = store_reading(filing, reading, now=ctx.now())
    tally.note_reread(filing.status, has_changed=has_changed)
    if has_changed:
        tally.note_stored(transactions if filing.is_read else ())
    tell_reading(ctx, filing)
