"""What a fault's trials are told, and where they are written down.

FAULTS_ROUNDS=n (`make faults`) tries everything n times, in its long form; without it the suite
tries what is quick, once. FAULTS_SEED repeats what was drawn. FAULTS_RECORD names the file that
gets a line of JSON for each trial; `tests.faults.report` makes the table of it.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

ROUNDS = int(os.environ.get("FAULTS_ROUNDS", "0"))
SEED = os.environ.get("FAULTS_SEED", "1")
RECORD = os.environ.get("FAULTS_RECORD", "")
IS_LONG = ROUNDS > 0


@dataclass
class Trial:
    """One trial of the fault `id`: how often it struck, and what did not hold."""

    database: str
    id: str = ""
    name: str = ""
    seed: str = SEED
    strikes: int = 0
    seconds: float = 0.0
    found: list[str] = field(default_factory=lambda: ["It did not come to its end."])

    def is_of(self, id_: str, name: str) -> None:
        self.id, self.name = id_, name

    def write_down(self) -> None:
        if RECORD:
            with Path(RECORD).open("a") as file:
                file.write(json.dumps(asdict(self)) + "\n")
