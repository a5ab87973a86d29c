"""How commands write what they found: instants for programs, tables for people."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING, cast

from rich.console import Console

if TYPE_CHECKING:
    from django.core.management.base import OutputWrapper

WIDTH_IN_A_FILE = 160


def utc_text(at: datetime) -> str:
    """ISO 8601 in UTC, such as `2026-03-02T12:00:00Z`."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def console_on(stdout: OutputWrapper) -> Console:
    """For tables: as wide as the terminal, and wide where there is none."""
    width = None if stdout.isatty() else WIDTH_IN_A_FILE
    return Console(file=cast("IO[str]", stdout), width=width, highlight=False)
