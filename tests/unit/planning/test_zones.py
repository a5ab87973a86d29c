from __future__ import annotations

import os
import subprocess
import sys
import zoneinfo
from importlib import resources
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from scheduling.planning.refusals import BadRule
from scheduling.planning.zones import load_zone, tzdata_version, zone_names
from tests.unit.planning.refused import NO_ZONES

SHOW_VERSION = "from scheduling.planning.zones import tzdata_version as v; print(v())"


@pytest.mark.parametrize(
    "name", ["Europe/Stockholm", "America/Argentina/Buenos_Aires", "UTC", "GMT", "Etc/UTC",
             "Etc/GMT+5", "US/Eastern", "Asia/Calcutta"]
)  # fmt: skip
def test_a_place_is_loaded_by_its_name(name: str) -> None:
    assert load_zone(name) == ZoneInfo(name)


@pytest.mark.parametrize("name", NO_ZONES)
def test_anything_else_is_refused_as_a_zone(name: Any) -> None:
    with pytest.raises(BadRule) as refusal:
        load_zone(name)

    assert refusal.value.field == "zone"
    assert refusal.value.reason.isprintable()


@pytest.mark.parametrize(
    ("name", "meant"),
    [("europe/stockholm", "Europe/Stockholm"), ("AMERICA/NEW_YORK", "America/New_York"),
     ("Europe/Stockholm\n", "Europe/Stockholm"), ("utc", "UTC")],
)  # fmt: skip
def test_a_name_in_the_wrong_case_is_answered_with_the_right_one(name: str, meant: str) -> None:
    with pytest.raises(BadRule, match=f"Did you mean {meant}"):
        load_zone(name)


def test_every_listed_zone_can_be_loaded() -> None:
    assert len(zone_names()) > 500
    assert all(load_zone(name).key == name for name in zone_names())


def test_the_data_of_the_package_is_in_force() -> None:
    first_line = resources.files("tzdata.zoneinfo").joinpath("tzdata.zi").read_text().split("\n")[0]

    assert tzdata_version() == f"{first_line.split()[-1]} (package)"
    assert zoneinfo.TZPATH == ()


@pytest.mark.parametrize(
    ("first_line", "version"), [("# version 2031x\n", "2031x"), (None, "unknown")]
)
def test_an_operators_own_data_wins(tmp_path: Path, first_line: str | None, version: str) -> None:
    if first_line is not None:
        (tmp_path / "tzdata.zi").write_text(first_line)
    environment = os.environ | {"PYTHONTZPATH": str(tmp_path)}

    shown = subprocess.run(
        [sys.executable, "-c", SHOW_VERSION],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )

    assert shown.stdout.strip() == f"{version} ({tmp_path})"
