"""The table of docs/reliability.md, made from what was written down: `python -m tests.faults.report
FILE`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.faults.catalogue import CATALOGUE, Entry

DOCUMENT = Path("docs/reliability.md")
BEGIN, END = "<!-- table -->", "<!-- end of table -->"
DATABASES = ("sqlite", "postgresql")
HEAD = (
    "| id | fault | also held by | SQLite | PostgreSQL | held | seconds |\n"
    "| --- | --- | --- | --- | --- | --- | --- |"
)


def table(trials: Iterable[dict[str, Any]]) -> str:
    """One line for each entry of the catalogue: how often the fault struck on each database."""
    by_id: dict[str, list[dict[str, Any]]] = {}
    for trial in trials:
        by_id.setdefault(trial["id"], []).append(trial)
    return "\n".join([HEAD, *(_line(entry, by_id.get(entry.id, [])) for entry in CATALOGUE)])


def _line(entry: Entry, trials: list[dict[str, Any]]) -> str:
    fault = f"{entry.fault}. {entry.gap}".removesuffix(" ").replace("..", ".")
    cells = [entry.id, fault, _tests(entry), *_figures(trials)]
    return f"| {' | '.join(cells)} |"


def _tests(entry: Entry) -> str:
    files = dict.fromkeys(test.partition("::")[0] for test in entry.tests)
    return ", ".join(f"`{Path(file).name}`" for file in files)


def _figures(trials: list[dict[str, Any]]) -> list[str]:
    if not trials:
        return [""] * (len(DATABASES) + 2)
    failed = [trial for trial in trials if trial["found"]]
    held = "all" if not failed else f"not {len(failed)} of {len(trials)} trials"
    seconds = f"{sum(trial['seconds'] for trial in trials):,.0f}"
    return [*(_strikes(trials, each) for each in DATABASES), held, seconds]


def _strikes(trials: list[dict[str, Any]], database: str) -> str:
    number = sum(trial["strikes"] for trial in trials if trial["database"] == database)
    return f"{number:,}" if number else ""


def main(file: Path) -> int:
    """Write the table; 1 if anything did not hold."""
    trials = [json.loads(line) for line in file.read_text().splitlines()]
    before, _, rest = DOCUMENT.read_text().partition(BEGIN)
    after = rest.partition(END)[2]
    DOCUMENT.write_text(f"{before}{BEGIN}\n\n{table(trials)}\n\n{END}{after}")
    failed = [trial for trial in trials if trial["found"]]
    for trial in failed:
        print(f"{trial['id']} {trial['name']}, seed {trial['seed']}:", *trial["found"], sep="\n  ")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
