"""IANA time zones by name, from data chosen on purpose.

The data is the PyPI package `tzdata`, which is pinned with its hash: every machine that runs a
release reads the same clock changes, whatever its system has. An operator who must use newer data
at once sets `PYTHONTZPATH`, and then that is in force. Importing this module makes the choice for
the whole process, so that what is shown and what is planned agree.
"""

from __future__ import annotations

import os
import zoneinfo
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from scheduling.planning.refusals import BadRule

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

if "PYTHONTZPATH" not in os.environ:
    zoneinfo.reset_tzpath(to=())
    ZoneInfo.clear_cache()

LONGEST_NAME = 64
WITHOUT_PLACE = frozenset({"UTC", "GMT"})


def tzdata_version() -> str:
    """The version of the time-zone data in force and where it comes from: "2026f (package)"."""
    if not zoneinfo.TZPATH:
        return f"{_version_in(resources.files('tzdata.zoneinfo'))} (package)"
    return f"{_version_in(Path(zoneinfo.TZPATH[0]))} ({zoneinfo.TZPATH[0]})"


def _version_in(folder: Traversable) -> str:
    """The first line of `tzdata.zi` is `# version 2026f`; data without that file has no name."""
    source = folder / "tzdata.zi"
    if not source.is_file():
        return "unknown"
    return source.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# version ")


@cache
def zone_names() -> frozenset[str]:
    """The zones a schedule may name: places, `Etc/...`, UTC and GMT.

    Left out are `localtime` (the server's own), `Factory` and old names without a place, such as
    `EST5EDT`.
    """
    names = zoneinfo.available_timezones()
    return frozenset(name for name in names if "/" in name or name in WITHOUT_PLACE)


@cache
def _names_by_lower_case() -> dict[str, str]:
    return {name.lower(): name for name in zone_names()}


def load_zone(name: object) -> ZoneInfo:
    """The zone of that exact name, or BadRule. No file is opened for a name that is not listed."""
    if not isinstance(name, str) or not name:
        raise BadRule("zone", "Name an IANA time zone, such as Europe/Stockholm.")
    if len(name) > LONGEST_NAME:
        raise BadRule("zone", f"The name is longer than {LONGEST_NAME} characters.")
    if name in zone_names():
        return ZoneInfo(name)
    meant = _names_by_lower_case().get(name.strip().lower())
    hint = f"Did you mean {meant}?" if meant else "Use a name such as Europe/Stockholm or UTC."
    raise BadRule("zone", f"{name!a} is not a time zone that a schedule may use. {hint}")
