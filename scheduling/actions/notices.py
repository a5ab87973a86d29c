"""Notices end when somebody has seen them."""

from __future__ import annotations

from datetime import datetime

from scheduling.events import emit
from scheduling.models import Notice


def close_notice(*, notice: Notice, by: str, now: datetime) -> None:
    """Mark a notice as seen; one that is closed already stays as it is."""
    if notice.closed_at is None:
        notice.close(by=by, now=now)
        emit("notice_seen", notice=notice.pk, code=notice.code, by=by)
