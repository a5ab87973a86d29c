"""Brings the politicians up to the public lists of members, when these changed."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.db import DataError, IntegrityError, transaction

from collectors.disclosures.legislators.fetch import LEGISLATORS, URLS
from collectors.disclosures.legislators.parse import LegislatorsLayoutChanged, parse_legislators
from collectors.disclosures.politicians import store_members
from collectors.disclosures.snapshots import fetch_if_changed, keep_snapshot
from scheduling.kinds import GiveUp, RetryLater

if TYPE_CHECKING:
    from scheduling.kinds import RunContext

# The House publishes disclosures from 2008 on.
SINCE = date(2008, 1, 1)
PHASE = "reading members of Congress"
# The last two: a list that contradicts itself, such as a term that ends before it begins.
TROUBLE = (RetryLater, GiveUp, LegislatorsLayoutChanged, DataError, IntegrityError)


def refresh_politicians(ctx: RunContext) -> None:
    """Fetch and store the lists that changed.

    Trouble with them is told as a warning and stops nobody: filings stay linked as they are, and
    new ones unlinked, until a later run.
    """
    if LEGISLATORS.slug not in {source.slug for source in ctx.sources}:
        ctx.log(
            f"The source {LEGISLATORS.slug!r} is switched off or not chosen: politicians are not "
            "brought up to date.",
            level="WARNING",
        )
        return
    try:
        for done, url in enumerate(URLS):
            ctx.progress(done, len(URLS), PHASE)
            _refresh(ctx, url)
    except TROUBLE as error:
        ctx.log(f"Politicians are not brought up to date: {error}", level="WARNING")


def _refresh(ctx: RunContext, url: str) -> None:
    answer = fetch_if_changed(ctx, url, source=LEGISLATORS.slug)
    if answer is None:
        return
    members = parse_legislators(answer.body, since=SINCE)
    with transaction.atomic():
        changed = store_members(members)
        keep_snapshot(ctx, url, answer)
    ctx.log(f"{len(members)} members of Congress in {url}, {changed} of them new or changed.")
