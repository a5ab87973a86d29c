"""The checks themselves: a violation that is planted in a copy of the code is caught."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
PACKAGES = ("config", "scheduling", "collectors")

# module, planted import, contract, how the report names it
PLANTED = [
    (
        "collectors/archive.py",
        "from scheduling.models import Job",
        "Collectors see scheduling.kinds and nothing else of scheduling",
        "collectors.archive -> scheduling.models",
    ),
    (
        "scheduling/actions/wake.py",
        "import apscheduler",
        "APScheduler only in the engine, its table only in models.due_entry",
        "scheduling.actions.wake -> apscheduler",
    ),
    (
        "scheduling/models/job.py",
        "import scheduling.actions.jobs",
        "Layers inside scheduling",
        "scheduling.models.job -> scheduling.actions.jobs",
    ),
    (
        "scheduling/planning/days.py",
        "import django.utils.timezone",
        "kinds, states, planning and parsers import no Django, no HTTP, no broker",
        "scheduling.planning.days -> django",
    ),
    (
        "collectors/registry.py",
        "import httpx2",
        "HTTP only in collectors.http",
        "collectors.registry -> httpx2",
    ),
    (
        "collectors/probe.py",
        "import config.settings",
        "config knows collectors, collectors know scheduling",
        "collectors.probe -> config.settings",
    ),
]


def lint_imports(folder: Path) -> str:
    """What import-linter says of the packages in `folder`, without colours and line breaks."""
    done = subprocess.run(
        [BIN / "lint-imports", "--no-cache"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode in (0, 1), done.stderr
    return re.sub(r"\s+", " ", done.stdout)


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("copied")
    shutil.copy(ROOT / "pyproject.toml", folder)
    for package in PACKAGES:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / package, folder / package, ignore=ignored)
    return folder


@pytest.fixture(scope="module")
def report(copied) -> str:
    """The report on a copy with every violation planted."""
    for module, planted, _, _ in PLANTED:
        path = copied / module
        path.write_text(f"{path.read_text()}\n{planted}\n")
    (copied / "scheduling" / "stray.py").touch()
    return lint_imports(copied)


@pytest.mark.parametrize(("module", "planted", "contract", "named"), PLANTED)
def test_a_forbidden_import_is_caught(report, module, planted, contract, named):
    assert f"{contract} BROKEN" in report
    assert named in report


def test_a_module_without_a_place_in_the_layers_is_caught(report):
    assert "scheduling.stray" in report


def ruff(path: str, code: str) -> str:
    """What ruff says of `code`, were it the project's file `path`."""
    done = subprocess.run(
        [BIN / "ruff", "check", "--no-cache", "--stdin-filename", path, "-"],
        cwd=ROOT,
        input=code,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.stdout


@pytest.mark.parametrize(
    "code",
    [
        "from datetime import UTC, datetime\n\nat = datetime.now(UTC)\n",
        "from datetime import datetime\n\nat = datetime.utcnow()\n",
        "from datetime import date\n\non = date.today()\n",
        "from django.utils import timezone\n\nat = timezone.now()\n",
        "import pickle\n\nbody = pickle.dumps(1)\n",
    ],
)
def test_reading_the_clock_or_pickling_in_the_core_is_caught(code):
    assert "TID251" in ruff("scheduling/planning/planted.py", code)


def test_a_function_with_too_many_branches_is_caught():
    branches = "".join(f"    if number == {n}:\n        print({n})\n" for n in range(9))
    code = f"def branch(number: int) -> None:\n{branches}"
    assert "C901" in ruff("scheduling/actions/planted.py", code)


def test_only_the_outermost_interfaces_read_the_clock():
    excused = [
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if re.search("noqa: .*TID251|time[.]time[(]", path.read_text())
    ]
    assert sorted(excused) == ["collectors/replay/__main__.py", "scheduling/clock.py"]
