from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from scheduling import failpoints
from scheduling.failpoints import NAMES, UnknownFailpoint, parse

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("setting", "plan"),
    [
        ("", {}),
        (" , ", {}),
        ("engine.insert:kill", {"engine.insert": ("kill", 0)}),
        ("engine.insert:raise@3", {"engine.insert": ("raise", 3)}),
        (
            " engine.insert:exit , execution.claim:kill@1 ",
            {"engine.insert": ("exit", 0), "execution.claim": ("kill", 1)},
        ),
    ],
)
def test_the_setting_is_read(setting, plan):
    assert parse(setting) == plan


@pytest.mark.parametrize(
    "setting",
    [
        "engine.insert",
        "engine.insert:",
        "engine.insert:explode",
        "engine.lunch:kill",
        "engine.insert:kill@soon",
        "engine.insert:kill@-1",
        ":kill",
    ],
)
def test_what_cannot_be_read_is_refused_with_what_there_is(setting):
    with pytest.raises(UnknownFailpoint, match=r"engine\.before_commit") as caught:
        parse(setting)
    assert setting in str(caught.value)


@pytest.fixture
def reached(monkeypatch) -> Callable[[str], list[int]]:
    """Arms a plan whose action counts; returns the passages at which it acted."""
    acted: list[int] = []
    monkeypatch.setitem(failpoints._ACTIONS, "raise", lambda: acted.append(len(acted)))

    def passages(setting: str) -> list[int]:
        reach = failpoints._armed(parse(setting))
        found = []
        for passage in range(1, 5):
            before = len(acted)
            reach("engine.insert")
            reach("engine.compute")
            if len(acted) > before:
                found.append(passage)
        return found

    return passages


@pytest.mark.parametrize(
    ("setting", "passages"),
    [
        ("engine.insert:raise", [1, 2, 3, 4]),
        ("engine.insert:raise@1", [1]),
        ("engine.insert:raise@3", [3]),
        ("engine.insert:raise@9", []),
        ("execution.claim:raise", []),
    ],
)
def test_a_point_acts_at_the_passage_it_was_told(reached, setting, passages):
    assert reached(setting) == passages


def test_without_the_variable_reaching_a_point_does_nothing():
    assert "FAILPOINTS" not in os.environ
    assert failpoints.reach is failpoints._unarmed
    for name in NAMES:
        failpoints.reach(name)


@pytest.mark.parametrize(
    ("action", "code"), [("kill", -signal.SIGKILL), ("exit", 70), ("raise", 1)]
)
def test_an_armed_process_breaks_as_told(action, code):
    done = subprocess.run(
        [sys.executable, "-c", "from scheduling.failpoints import reach; reach('engine.insert')"],
        cwd=ROOT,
        env={"FAILPOINTS": f"engine.insert:{action}"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == code
    assert ("OperationalError: failpoint" in done.stderr) is (action == "raise")


def test_every_point_stands_in_the_code():
    code = "\n".join(path.read_text() for path in (ROOT / "scheduling").rglob("*.py"))
    assert [name for name in sorted(NAMES) if f'reach("{name}")' not in code] == []
