"""Keeps the rows of data sources in step with what the kinds declare."""

from __future__ import annotations

from scheduling.models import DataSource
from scheduling.registry import all_kinds


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
