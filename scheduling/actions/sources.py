"""What can be done to a data source, and how its row follows what the kinds declare."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction

from scheduling.actions.refusals import Refused
from scheduling.actions.wake import wake_engines
from scheduling.events import emit
from scheduling.execution.circuits import close_notice
from scheduling.models import DataSource
from scheduling.registry import all_kinds

LONGEST_REST_SECONDS = 86_400.0
MOST = 1_000


class SourceRefused(Refused):
    """What was decided about the source cannot be saved."""


@dataclass(frozen=True, kw_only=True)
class SourceDraft:
    """What an operator decides about a source; None is without a limit, or never."""

    is_enabled: bool
    min_interval_seconds: float
    max_running: int | None
    opens_after: int | None


def edit_source(*, source: DataSource, draft: SourceDraft, by: str) -> DataSource:
    """Change how the source is asked, from the next request and run on. Raises SourceRefused."""
    _check(draft)
    with transaction.atomic():
        source = DataSource.objects.select_for_update(no_key=True).get(pk=source.pk)
        for name, value in asdict(draft).items():
            setattr(source, name, value)
        source.save(update_fields=list(asdict(draft)))
        wake_engines()
    emit("source_edited", area="sources", source=source.slug, **asdict(draft), by=by)
    return source


def close_circuit(*, source: DataSource, by: str, now: datetime) -> None:
    """Let runs ask the source again at once, and count its failures anew."""
    with transaction.atomic():
        DataSource.objects.filter(pk=source.pk).update(open_until=None, failures_in_row=0)
        close_notice(source, by=by, now=now)
        wake_engines()


def sync_sources() -> None:
    """Add the sources that kinds declare; titles follow the code, an operator's choices stay."""
    for kind in all_kinds():
        for spec in kind.sources:
            DataSource.objects.update_or_create(
                slug=spec.slug,
                defaults={"title": spec.title, "url": spec.url},
                create_defaults={
                    "title": spec.title,
                    "url": spec.url,
                    "min_interval_seconds": spec.min_interval_seconds,
                },
            )


def _check(draft: SourceDraft) -> None:
    errors = {}
    if not 0 <= draft.min_interval_seconds <= LONGEST_REST_SECONDS:
        errors["min_interval_seconds"] = "The rest must last from 0 seconds to a day."
    if draft.max_running is not None and not 1 <= draft.max_running <= MOST:
        errors["max_running"] = f"The number must lie between 1 and {MOST}; empty: any number."
    if draft.opens_after is not None and not 1 <= draft.opens_after <= MOST:
        errors["opens_after"] = f"The number must lie between 1 and {MOST}; empty: never."
    if errors:
        raise SourceRefused(errors)
