"""How the run page shows what a run was made from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scheduling.actions.snapshots import is_readable
from scheduling.models import Environment
from scheduling.planning.differences import section_of, value_text

if TYPE_CHECKING:
    from scheduling.models import Run


def definition_of(run: Run) -> list[tuple[str, list[tuple[str, str]]]]:
    """The snapshot for people: titles, each with its names and values."""
    if not is_readable(run):
        return [("Definition", [("as stored", value_text(run.snapshot))])]
    job = dict(run.frozen_job)
    environment = Environment.objects.filter(digest=run.snapshot.get("environment")).first()
    sections = {
        "Parameters": job.pop("params"),
        "Kind": {
            "kind": job.pop("kind"),
            "version": run.snapshot.get("kind_version"),
            "may run again after a loss": run.may_run_twice,
        },
        "Job": job,
        "Sources": section_of(run.snapshot, "sources"),
        "Schedule": section_of(run.snapshot, "schedule"),
        "Planned with": _makeup(environment),
    }
    return [
        (title, [(name.replace("_", " "), value_text(value)) for name, value in values.items()])
        for title, values in sections.items()
        if values
    ]


def _makeup(environment: Environment | None) -> dict[str, object]:
    if environment is None:
        return {}
    return {
        "Rollcall": environment.version,
        "code revision": environment.revision,
        "Python": environment.python,
        "packages": len(environment.packages),
    }
