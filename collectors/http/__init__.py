"""The one HTTP client: guard, politeness, time-outs, size caps, retries, conditional GET.

    get -> retries -> per hop: guard (URL) -> turn at the host -> pinned, timed connection
        -> status -> bounded body -> Answer

A kind gets it as `ctx.http`. No other package speaks HTTP to a source.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from collectors.http.client import SourceClient
from collectors.http.connection import PinnedBackend, PinnedTransport, Resolver, resolve
from collectors.http.file_turns import FileTurns
from collectors.http.guard import AddressRefused, UrlRefused, is_loopback, is_public
from collectors.http.patience import Deadline, Patience
from collectors.http.settings import ClientSettings
from collectors.http.verdicts import (
    AnswerNotUnderstood,
    AnswerTooLarge,
    AnswerTooSlow,
    RequestRefused,
    SourceBlocked,
    SourceUnavailable,
)

if TYPE_CHECKING:
    from collectors.http.turns import Turns
    from scheduling.kinds import RunContext, SourceSpec

__all__ = [
    "AddressRefused",
    "AnswerNotUnderstood",
    "AnswerTooLarge",
    "AnswerTooSlow",
    "ClientSettings",
    "RequestRefused",
    "SourceBlocked",
    "SourceClient",
    "SourceUnavailable",
    "UrlRefused",
    "build_client",
    "open_client",
]

SLACK_SECONDS = 10.0  # beyond a request's total time-out, for giving its turn back


def build_client(
    ctx: RunContext,
    settings: ClientSettings,
    *,
    patience: Patience | None = None,
    resolver: Resolver = resolve,
) -> SourceClient:
    """A client for the run's sources. `patience` and `resolver` are the world, given by tests."""
    patience = patience or Patience(ctx.should_stop)
    deadline = Deadline(patience, settings.total_seconds)
    is_live = settings.replay_url is None
    backend = PinnedBackend(
        accepts=is_public if is_live else is_loopback, deadline=deadline, resolver=resolver
    )
    intervals = host_intervals(ctx.sources, settings)
    return SourceClient(
        settings=settings,
        transport=PinnedTransport(
            backend=backend, deadline=deadline, replay_url=settings.replay_url
        ),
        turns=_turns(settings, intervals, patience),
        sources={host: source.slug for source in ctx.sources for host in source.hosts},
        patience=patience,
        now=ctx.now,
        log=partial(ctx.log, level="WARNING"),
    )


def host_intervals(sources: tuple[SourceSpec, ...], settings: ClientSettings) -> dict[str, float]:
    """Seconds between two requests per host: the longest that any of its sources asks for."""
    intervals: dict[str, float] = {}
    for source in sources:
        for host in source.hosts:
            intervals[host] = max(intervals.get(host, 0.0), source.min_interval_seconds)
    if settings.replay_url is None:
        return intervals
    return dict.fromkeys(intervals, settings.replay_interval_seconds)


def _turns(settings: ClientSettings, intervals: dict[str, float], patience: Patience) -> Turns:
    realm = "live" if settings.replay_url is None else "replay"
    if settings.state_folder is not None:
        return FileTurns(settings.state_folder / realm, intervals, patience)
    from collectors.politeness.turns import DatabaseTurns  # noqa: PLC0415 - needs Django

    hold_seconds = settings.total_seconds + SLACK_SECONDS
    return DatabaseTurns(realm, intervals, patience, hold_seconds=hold_seconds)


def open_client(ctx: RunContext) -> SourceClient:
    """The client that Django's settings describe. The runner finds it through `RUN_HTTP`."""
    from django.conf import settings  # noqa: PLC0415 - the client itself knows no Django

    return build_client(
        ctx,
        ClientSettings(
            contact=settings.COLLECT_CONTACT,
            state_folder=(
                settings.DATA_DIR / "politeness" if settings.POLITENESS == "files" else None
            ),
            replay_url=settings.REPLAY_URL if settings.SOURCES == "replay" else None,
            replay_interval_seconds=settings.REPLAY_INTERVAL_SECONDS,
        ),
    )
