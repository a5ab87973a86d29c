"""Finds job kinds by slug through the registries that `KIND_REGISTRIES` names.

A registry maps a slug to a dotted path, so that naming a kind never imports it and a broken kind
breaks nobody else.
"""

from functools import cache
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from scheduling.kinds import JobKind, secret_fields


class UnknownKind(LookupError):
    """No kind is registered under the slug, or its module cannot be imported."""


@cache
def kind_paths() -> dict[str, str]:
    """Slug -> dotted path of every registered kind."""
    paths: dict[str, str] = {}
    for registry in settings.KIND_REGISTRIES:
        paths.update(import_string(registry))
    return paths


@cache
def _load(path: str) -> JobKind[Any]:
    kind = import_string(path)()
    if not isinstance(kind, JobKind):
        raise TypeError(f"{path} is not a JobKind.")
    secrets = secret_fields(kind.params)
    if secrets:
        raise TypeError(
            f"a parameter is kept in plain sight and may not be a secret: {', '.join(secrets)}. "
            "Let it hold the name of the environment variable with the secret."
        )
    return kind


def get_kind(slug: str) -> JobKind[Any]:
    """Return the kind registered as `slug`. Raises UnknownKind with the reason."""
    path = kind_paths().get(slug)
    if path is None:
        raise UnknownKind(f"No job kind is registered as {slug!r}.")
    try:
        return _load(path)
    except Exception as error:
        raise UnknownKind(f"The job kind {slug!r} ({path}) cannot be loaded: {error}") from error


def all_kinds() -> list[JobKind[Any]]:
    """Every kind that can be loaded, sorted by title."""
    kinds = []
    for slug in kind_paths():
        try:
            kinds.append(get_kind(slug))
        except UnknownKind:
            continue
    return sorted(kinds, key=lambda kind: kind.title)


def kinds_for(*, is_staff: bool) -> list[JobKind[Any]]:
    """The kinds that such a user may make jobs of; those for staff come last."""
    offered = [kind for kind in all_kinds() if is_staff or not kind.is_for_staff]
    return sorted(offered, key=lambda kind: kind.is_for_staff)
