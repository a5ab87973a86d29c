"""Calendars of ranges, as JSON."""

from __future__ import annotations

from typing import Any


def closed(*spans: tuple[str, str], label: str = "closed") -> dict[str, Any]:
    """Of UTC; each span is from a reading until another."""
    ranges = [{"from": start, "until": until, "label": label} for start, until in spans]
    return {"name": "Closed", "zone": "UTC", "rule": {"type": "ranges", "ranges": ranges}}
