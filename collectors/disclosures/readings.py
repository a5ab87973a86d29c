"""What one look at a filing's document gave, ready to be stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from collectors.disclosures.vocabulary import LedgerStatus, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date


@dataclass(frozen=True, kw_only=True)
class Reading:
    """`rows` hold the fields of `Transaction` by name; only a parsed document has any.

    `problem` is set exactly when `status` is failed. None and blank: the document does not say.
    """

    status: LedgerStatus
    reason: str
    parser_version: int
    problem: Problem | None = None
    pages: int | None = None
    template: str = ""
    filer_name: str = ""
    filer_status: str = ""
    signed_on: date | None = None
    rows: tuple[Mapping[str, Any], ...] = ()


def storable(text: str) -> str:
    """Return `text` without what PostgreSQL refuses: NUL and lone surrogates."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")
