"""Sources of documents, as rows."""

from __future__ import annotations

from typing import Any

from scheduling.models import DataSource


def a_source(slug: str = "moon", **fields: Any) -> DataSource:
    """One that may be asked each second."""
    values = {
        "title": slug.title(),
        "url": f"https://{slug}.example/",
        "min_interval_seconds": 1.0,
    }
    return DataSource.objects.create(slug=slug, **(values | fields))
