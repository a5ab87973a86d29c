"""What lies between two snapshots of a job: of a run, and of today. Pure."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

NOTHING = "\N{EN DASH}"
LONGEST_TEXT = 200
ALIKE_SHOWN = 20  # characters of what two long texts share, before they differ
APART = ("id", "revision", "owner", "kind", "params")  # of a job: no policies, or told elsewhere


class Difference(NamedTuple):
    """What is different, what it was and what it is, in words."""

    what: str
    then: str
    now: str


def compare_snapshots(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[Difference]:
    """Each difference of kind, parameters, policies, sources, schedule, code and packages.

    In both, `environment` holds the columns of an `Environment`, or None. Of what `then` did not
    record nothing is said: unknown stays unknown.
    """
    old, new = _sections(then), _sections(now)
    return [
        difference
        for section in old
        for difference in _between(section, old[section], new[section])
    ]


def _sections(snapshot: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    job = snapshot["job"]
    environment = section_of(snapshot, "environment")
    made_of = ("version", "revision", "python")
    return {
        "kind": _known({"name": job["kind"], "version": snapshot.get("kind_version")}),
        "parameter": job["params"],
        "job": {name: value for name, value in job.items() if name not in APART},
        "source": section_of(snapshot, "sources"),
        "schedule": section_of(snapshot, "schedule"),
        "code": _known({name: environment.get(name) for name in made_of}),
        "package": section_of(environment, "packages"),
    }


def section_of(snapshot: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A part of a snapshot; empty if it is not there or cannot be read."""
    found = snapshot.get(name)
    return found if isinstance(found, dict) else {}


def _known(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value}


def _between(section: str, then: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Difference]:
    if section != "parameter" and not (then and now):
        return
    # Parameters and packages come and go; a column that `then` lacks was not recorded yet.
    added = now.keys() - then.keys() if section in ("parameter", "package") else set()
    for name in [*then, *sorted(added)]:
        if then.get(name) != now.get(name):
            what = f"{section}: {name.replace('_', ' ')}"
            texts = value_text(then.get(name)), value_text(now.get(name))
            yield Difference(what, *_where_they_differ(*texts))


def _where_they_differ(then: str, now: str) -> tuple[str, str]:
    """Both whole if they are short; or else from shortly before the first difference on."""
    if len(then) <= LONGEST_TEXT and len(now) <= LONGEST_TEXT:
        return then, now
    alike = takewhile(lambda pair: pair[0] == pair[1], zip(then, now, strict=False))
    start = max(0, len(list(alike)) - ALIKE_SHOWN)
    return _cut(then, start), _cut(now, start)


def _cut(text: str, start: int) -> str:
    end = start + LONGEST_TEXT
    before, after = "…" if start else "", "…" if end < len(text) else ""
    return f"{before}{text[start:end]}{after}"


def value_text(value: object) -> str:
    """A value of a snapshot for people."""
    if value in (None, "", [], {}):
        return NOTHING
    match value:
        case bool():
            return "yes" if value else "no"
        case list():
            return ", ".join(map(value_text, value))
        case dict():
            return ", ".join(f"{name} {value_text(each)}" for name, each in value.items())
    return str(value)
