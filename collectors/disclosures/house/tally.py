"""What one run did, counted while it runs, and said in one line at its end."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from collectors.disclosures.house.records import as_record
from collectors.disclosures.vocabulary import READ, LedgerStatus

if TYPE_CHECKING:
    from collections.abc import Iterable

    from collectors.disclosures.house.records import Transaction

WORDS = {
    LedgerStatus.PARSED: "read",
    LedgerStatus.SCANNED: "scanned on paper",
    LedgerStatus.NOT_FOUND: "not found",
    LedgerStatus.FAILED: "failed",
}


@dataclass
class Tally:
    """`tried` counts documents asked for, by what became of them; `first` those never tried before.

    `reread` counts documents that were read again from the archive, and `reread_changed` those
    of them that now say something else. `json_lines` holds the `transactions` stored, as records.
    """

    tried: Counter[str] = field(default_factory=Counter)
    first: Counter[str] = field(default_factory=Counter)
    reread: Counter[str] = field(default_factory=Counter)
    reread_changed: int = 0
    transactions: int = 0
    json_lines: bytearray = field(default_factory=bytearray)

    def note_try(self, status: str, *, is_first: bool) -> None:
        self.tried[status] += 1
        if is_first:
            self.first[status] += 1

    def note_reread(self, status: str, *, has_changed: bool) -> None:
        self.reread[status] += 1
        self.reread_changed += has_changed

    def note_stored(self, transactions: Iterable[Transaction]) -> None:
        for transaction in transactions:
            self.json_lines += json.dumps(as_record(transaction)).encode() + b"\n"
            self.transactions += 1

    @property
    def fetched(self) -> int:
        """Documents that are now kept and understood, of those asked for."""
        return sum(self.tried[status] for status in READ)

    @property
    def fetched_first(self) -> int:
        """The same, of those never tried before this run."""
        return sum(self.first[status] for status in READ)

    @property
    def failed(self) -> int:
        missed = (LedgerStatus.FAILED, LedgerStatus.NOT_FOUND)
        return sum(self.tried[status] for status in missed) + self.reread[LedgerStatus.FAILED]

    def summary(self, *, listed: int, waiting: int) -> str:
        """One line for people: `62 reports listed. 3 asked for: 2 read (14 transactions), …`"""
        parts = [f"{listed} reports listed."]
        if asked := sum(self.tried.values()):
            parts.append(f"{asked} asked for: {self._fates()}.")
        else:
            parts.append("Nothing new to ask for.")
        if reread := sum(self.reread.values()):
            parts.append(f"{reread} read again from the archive, {self.reread_changed} changed.")
        if waiting:
            parts.append(f"{waiting} wait for a later run.")
        return " ".join(parts)

    def _fates(self) -> str:
        fates = [
            f"{self.tried[status]} {word}" for status, word in WORDS.items() if self.tried[status]
        ]
        return ", ".join(fates) + f"; {self.transactions} transactions stored"
