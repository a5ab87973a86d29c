"""What this machine knows of its installation: a file in DATA_DIR, beside the database it guards.

A database that was restored from elsewhere, or from long ago, does not agree with it.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings

from scheduling.events import emit


@dataclass(frozen=True)
class Known:
    """The installation's id, and the newest sign of life of an engine that this machine saw."""

    uid: str
    seen_at: datetime | None


def path() -> Path:
    return Path(settings.DATA_DIR) / "installation.json"


def read() -> Known | None:
    """What is known; the setting INSTALLATION_ID wins over the file's id. None: nothing."""
    known = _in_file()
    pinned = settings.INSTALLATION_ID
    if not pinned or (known and known.uid == pinned):
        return known
    return Known(pinned, None)


def _in_file() -> Known | None:
    """A file that says nothing readable counts as missing."""
    try:
        said = json.loads(path().read_text(encoding="utf-8"))
        return Known(str(said["uid"]), datetime.fromisoformat(said["seen_at"]).astimezone(UTC))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError, OverflowError) as error:
        emit("installation_file_unreadable", level="warning", file=str(path()), error=repr(error))
        return None


def write(known: Known) -> None:
    """Replace the file as a whole. Raises OSError."""
    path().parent.mkdir(parents=True, exist_ok=True)
    said = {"uid": known.uid, "seen_at": known.seen_at}
    beside = path().with_name(f"installation.{os.getpid()}.new")
    beside.write_text(json.dumps(said, default=datetime.isoformat) + "\n", encoding="utf-8")
    beside.replace(path())
