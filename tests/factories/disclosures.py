"""A run of `house-disclosures` outside the scheduler: real client and archive, replayed sites."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any, cast

from collectors.archive import FileArchive
from collectors.disclosures.house.kind import HouseDisclosures, HouseParams
from collectors.disclosures.models import Filing, LedgerStatus, Transaction
from collectors.http import ClientSettings, SourceClient, build_client
from collectors.http.patience import Patience, machine_seconds
from collectors.replay.house.filing import Published, Shape
from collectors.replay.house.site import published_filings
from scheduling.kinds import Outcome, RunContext, SourceSpec

TODAY = date(2026, 11, 21)
YEARS = (2026, 2025, 2024)


@dataclass
class FakeRun:
    """The `RunContext` of a test. Its client waits on a clock that skips ahead instead of waiting.

    `stop_after` documents were asked for, somebody asks the run to stop.
    """

    folder: Path
    replay_url: str
    today: date = TODAY
    dry_run: bool = False
    stop_after: int | None = None
    sources: tuple[SourceSpec, ...] = HouseDisclosures.sources
    lines: list[tuple[str, str]] = field(default_factory=list)
    phases: list[tuple[str, int, int | None]] = field(default_factory=list)
    artifacts: dict[str, bytes] = field(default_factory=dict)
    waited: float = 0.0
    run_id: int = 1
    attempt: int = 1
    job_name: str = "House"
    idempotency_key: str = "run-1"
    planned_at: datetime | None = None

    @cached_property
    def http(self) -> SourceClient:
        return build_client(
            cast("RunContext", self),
            ClientSettings(
                contact="ops@example.org",
                state_folder=self.folder / "politeness",
                replay_url=self.replay_url,
                replay_interval_seconds=0.0,
            ),
            patience=Patience(lambda: False, self._seconds, self._sleep),
        )

    @cached_property
    def archive(self) -> FileArchive:
        return FileArchive(self.folder / "archive")

    def _seconds(self) -> float:
        return machine_seconds() + self.waited

    def _sleep(self, seconds: float) -> None:
        self.waited += seconds

    def now(self) -> datetime:
        return datetime.combine(self.today, time(12), tzinfo=UTC)

    def should_stop(self) -> bool:
        fetched = sum(phase == "fetching filings" for phase, _, _ in self.phases)
        return self.stop_after is not None and fetched >= self.stop_after

    def log(self, text: str, *, level: str = "INFO") -> None:
        self.lines.append((level, text))

    def progress(self, done: int, total: int | None = None, phase: str = "") -> None:
        self.phases.append((phase, done, total))

    def artifact(self, name: str, body: bytes, *, media_type: str) -> None:
        self.artifacts[name] = body

    def said(self, level: str) -> list[str]:
        return [text for at, text in self.lines if at == level]

    def collect(self, **params: Any) -> Outcome:
        """Run the kind once."""
        try:
            return HouseDisclosures().run(cast("RunContext", self), HouseParams(**params))
        finally:
            self.http.close()


def reports(today: date = TODAY) -> list[Published]:
    """The transaction reports that the replayed indexes list, newest year first."""
    return [
        each for year in YEARS for each in published_filings(year, today) if each.filing.kind == "P"
    ]


def of_shape(shape: Shape) -> list[Published]:
    return [each for each in reports() if each.filing.shape is shape]


def a_filing(doc_id: str = "20040001", **fields: Any) -> Filing:
    """A ledger row that is saved."""
    values = {
        "source": "us-house",
        "year": 2026,
        "filing_type": "P",
        "last_name": "Halvorsen",
        "first_name": "Ingrid",
        "state_district": "MN04",
        "filed_on": date(2026, 3, 2),
        "url": f"https://disclosures-clerk.house.gov/public_disc/ptr-pdfs/2026/{doc_id}.pdf",
        "status": LedgerStatus.NEW,
        "first_seen_at": datetime(2026, 3, 3, 12, tzinfo=UTC),
    }
    return Filing.objects.create(doc_id=doc_id, **(values | fields))


def a_transaction(filing: Filing, ordinal: int = 1, **fields: Any) -> Transaction:
    """A row of the filing with something in every field."""
    values = {
        "page": 1,
        "owner": "SPOUSE",
        "owner_source": "VEHICLE",
        "asset_name": "Nordwind Holdings",
        "ticker": "NWHX",
        "asset_code": "ST",
        "side": "SALE",
        "partial": True,
        "traded_on": date(2026, 2, 1),
        "notified_on": date(2026, 2, 5),
        "amount_min": Decimal(1001),
        "amount_max": Decimal(15000),
        "capital_gains_over_200": None,
        "filing_status": "AMENDED",
        "row_id": "2000123456",
        "subholding": "Family Trust",
        "location": "Oslo, NO",
        "description": "In the ordinary course.",
        "comment": "Late.",
    }
    return Transaction.objects.create(filing=filing, ordinal=ordinal, **(values | fields))


def a_parsed_filing() -> Filing:
    """One of the filings that a run has read and that hold rows."""
    return Filing.objects.filter(status=LedgerStatus.PARSED).newest_first()[0]
