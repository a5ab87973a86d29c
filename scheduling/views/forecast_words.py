"""What is said beside the figures of a forecast, on the page and by the command. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from scheduling.planning.forecast import busiest
from scheduling.views.words import length_text

if TYPE_CHECKING:
    from scheduling.actions.forecast import JobFigures
    from scheduling.planning.forecast import Figures, Forecast

MOST_NAMED = 10


def reasons_text(figures: Figures) -> str:
    """`OVERLAP 5, BLACKOUT 2`: why occurrences did not run, the most frequent first."""
    return ", ".join(f"{reason} {number}" for reason, number in figures.why_not)


def wait_text(figures: Figures) -> str:
    """How long a run waits for its turn at the most, and how many wait at once."""
    if not figures.longest_queue:
        return ""
    return f"{length_text(figures.longest_wait)}, {figures.longest_queue} at once"


def remarks(foreseen: Forecast, jobs: Sequence[JobFigures], *, slots: int) -> list[str]:
    """Sentences on the fleet as a whole. `slots`: how many runs one scheduler has at work."""
    return [*_crowd(foreseen, slots), *_unknown_lengths(jobs)]


def _crowd(foreseen: Forecast, slots: int) -> Iterable[str]:
    found = busiest(foreseen)
    if found is None:
        return ["Nothing runs in this time."]
    runs = "1 run begins" if found.started == 1 else f"{found.started} runs begin"
    crowd = f"At most {found.side_by_side} at work side by side."
    if found.side_by_side > slots:
        crowd += (
            f" One scheduler has {slots} at work at a time (MAX_RUNNING): with no second one, some"
            " would begin later than is told here."
        )
    return [f"Busiest minute: {found.minute:%Y-%m-%d %H:%M} UTC, {runs}.", crowd]


def _unknown_lengths(jobs: Sequence[JobFigures]) -> Iterable[str]:
    names = [row.name for row in jobs if row.length is None]
    if not names:
        return []
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    said = "How long a run takes is unknown, too few have succeeded yet, so it ends at once here"
    return [f"{said}: {', '.join(names[:MOST_NAMED])}{more}."]
