"""Documents that change under one address: fetched when they did, kept with what they taught."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collectors.disclosures.models import Snapshot
from scheduling.kinds import Cause, GiveUp

if TYPE_CHECKING:
    from scheduling.kinds import Answer, RunContext


class DocumentMissing(GiveUp):
    """The source has no document where it always had one."""

    def __init__(self, url: str, source: str) -> None:
        super().__init__(
            f"{url} is missing (HTTP 404): see whether the site has moved it.",
            cause=Cause.LAYOUT_CHANGED,
            source=source,
        )


def fetch_if_changed(ctx: RunContext, url: str, *, source: str) -> Answer | None:
    """Return the source's document unless it is the copy that was learnt from.

    Raises DocumentMissing.
    """
    known = Snapshot.objects.filter(url=url).first() or Snapshot(url=url)
    answer = ctx.http.get(url, etag=known.etag, last_modified=known.last_modified)
    if answer.status == 404:
        raise DocumentMissing(url, source)
    return None if answer.status == 304 else answer


def keep_snapshot(ctx: RunContext, url: str, answer: Answer) -> None:
    """Keep the copy. Call it inside the transaction that stores what the copy taught."""
    Snapshot.objects.update_or_create(
        url=url,
        defaults={
            "etag": answer.etag,
            "last_modified": answer.last_modified,
            "sha256": ctx.archive.put(answer.body),
            "fetched_at": ctx.now(),
        },
    )
