"""What this process is made of: Rollcall, the commit it came from, Python, every package."""

from __future__ import annotations

import hashlib
import json
import platform
import re
from contextlib import suppress
from functools import cache
from importlib.metadata import distributions
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings

from scheduling.models import Environment
from scheduling.version import VERSION

if TYPE_CHECKING:
    from datetime import datetime

COMMIT = re.compile(r"[0-9a-f]{40,64}")


@cache
def this_environment() -> dict[str, Any]:
    """The columns of this process's `Environment`, without the instant; read once."""
    return {
        "version": VERSION,
        "revision": settings.REVISION or revision_of(settings.BASE_DIR),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "packages": dict(
            sorted((each.name, each.version) for each in distributions() if each.name)
        ),
    }


@cache
def environment_digest() -> str:
    """SHA-256 of `this_environment` as JSON: two processes share it if they are made alike."""
    text = json.dumps(this_environment(), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def record_environment(*, now: datetime) -> str:
    """Write down what this process is made of, unless somebody has; return its digest.

    It asks each time: a row of a transaction that was rolled back is written by the next.
    """
    digest = environment_digest()
    if not Environment.objects.filter(digest=digest).exists():
        row = Environment(digest=digest, first_seen_at=now, **this_environment())
        Environment.objects.bulk_create([row], ignore_conflicts=True)
    return digest


def revision_of(folder: Path) -> str:
    """The commit that is checked out in `folder`, read without git; empty if that is not known."""
    with suppress(OSError):
        git = _git_folder(folder / ".git")
        head = (git / "HEAD").read_text().strip()
        commit = head if COMMIT.fullmatch(head) else _commit_of(git, head.removeprefix("ref: "))
        return commit if COMMIT.fullmatch(commit) else ""
    return ""


def _git_folder(place: Path) -> Path:
    """In a worktree `.git` is a file that names the folder."""
    if place.is_file():
        return place.parent / place.read_text().strip().removeprefix("gitdir: ")
    return place


def _commit_of(git: Path, ref: str) -> str:
    """Branches of a worktree lie in the repository's own folder, packed ones in one file."""
    with suppress(FileNotFoundError):
        git = git / (git / "commondir").read_text().strip()
    with suppress(FileNotFoundError):
        return (git / ref).read_text().strip()
    packed = (line.partition(" ") for line in (git / "packed-refs").read_text().splitlines())
    return next((commit for commit, _, name in packed if name == ref), "")
