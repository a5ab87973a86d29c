"""What the end of an attempt tells of the sources it asked: they answered, or one is at fault."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from scheduling.events import emit
from scheduling.execution.verdict import Verdict
from scheduling.models import DataSource, Notice, NoticeCode
from scheduling.states import Reason, RunState

SOURCE_FAULTS = {Reason.SOURCE_BLOCKED, Reason.SOURCE_UNAVAILABLE, Reason.LAYOUT_CHANGED}


@dataclass(frozen=True)
class Experience:
    """The sources that an attempt asked, and how it ended."""

    asked: Collection[str]
    verdict: Verdict

    @property
    def answered(self) -> Collection[str]:
        return self.asked if self.verdict.state is RunState.SUCCEEDED else ()

    @property
    def at_fault(self) -> Collection[str]:
        """The one that the kind named; without a name all that were asked, if it did not say that
        none is.
        """
        if self.verdict.reason not in SOURCE_FAULTS or self.verdict.source is None:
            return ()
        return {self.verdict.source} if self.verdict.source in self.asked else self.asked


def note_experiences(experiences: Sequence[Experience], *, now: datetime) -> None:
    """Tell the sources, inside the caller's transaction; open and close circuits.

    One that answered at the same time as it failed another answered.
    """
    answered = {slug for each in experiences for slug in each.answered}
    failures = [(slug, each.verdict.error) for each in experiences for slug in each.at_fault]
    slugs = answered.union(slug for slug, _error in failures)
    if not slugs:
        return
    rows = DataSource.objects.filter(slug__in=slugs).order_by("pk").select_for_update(no_key=True)
    sources = {source.slug: source for source in rows}
    for slug, error in failures:
        if slug in sources and sources[slug].note_error(error, now=now):
            _tell(sources[slug], now=now)
    for slug in answered & sources.keys():
        if sources[slug].note_ok(now=now):
            close_notice(sources[slug], by="scheduler", now=now)


def _tell(source: DataSource, *, now: datetime) -> None:
    emit("source_opened", area="runs", level="warning", source=source.slug)
    text = (
        f"{source.title} failed {source.failures_in_row} times in a row. Runs leave it out until "
        f"{source.open_until:%Y-%m-%d %H:%M} UTC, then one run tries it. Its latest answer: "
        f"{source.last_error[:500]}"
    )
    Notice.objects.about(source).close(by="scheduler", now=now)
    Notice.objects.raise_once(NoticeCode.SOURCE_OPEN, text, now=now, about=source)


def close_notice(source: DataSource, *, by: str, now: datetime) -> None:
    """The source is asked again as usual: what was told of it is over."""
    emit("source_closed", area="runs", source=source.slug, by=by)
    Notice.objects.about(source).close(by=by, now=now)
