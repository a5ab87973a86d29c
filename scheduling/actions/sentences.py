"""What explanations are made of."""

from __future__ import annotations

from typing import NamedTuple


class Sentence(NamedTuple):
    """A statement that is true by itself, and the run or the job's revision that shows it."""

    text: str
    run_id: int | None = None
    revision: int | None = None
