"""What the project asks of itself: sizes, names, requirements, commands, tests that cannot lie."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class

ROOT = Path(__file__).parents[2]
LONGEST_FUNCTION = 60
LONGEST_MODULE = 450
BANNED_NAMES = {"utils", "helpers", "common", "misc", "manager", "service", "handler"}

# Longer than allowed, with the reason. An entry that is no longer needed fails the test.
LONG_FUNCTIONS: dict[str, str] = {}
LONG_MODULES: dict[str, str] = {}

REQUIREMENTS = ["base", "production", "workers", "dev", "peers"]

# May wait for real time: they poll, or are slow on purpose.
MAY_SLEEP = {
    "tests/bench/peers/course.py": "a benchmark: waits for the start of the race",
    "tests/integration/execution/messy.py": "kinds that are to be stopped while they sleep",
    "tests/integration/replay/test_server.py": "polls a server's thread",
    "tests/waiting.py": "polls for all others, and lets time pass",
}


def modules() -> list[Path]:
    """The code that ships, without migrations."""
    return [
        path
        for package in ("config", "scheduling", "collectors")
        for path in sorted((ROOT / package).rglob("*.py"))
        if "migrations" not in path.parts
    ]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def long_functions(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            if node.end_lineno - node.lineno + 1 > LONGEST_FUNCTION:
                yield f"{name_of(path)}:{node.name}"


def test_no_function_is_longer_than_a_screen():
    found = {name for path in modules() for name in long_functions(path)}
    assert found == set(LONG_FUNCTIONS)


def test_no_module_is_too_long_to_read():
    found = {name_of(path) for path in modules() if lines_of(path) > LONGEST_MODULE}
    assert found == set(LONG_MODULES)


def lines_of(path: Path) -> int:
    return len(path.read_text().splitlines())


def test_no_file_has_a_name_that_says_nothing():
    paths = [
        path
        for package in ("config", "scheduling", "collectors", "tests", "templates")
        for path in (ROOT / package).rglob("*")
    ]
    assert [name_of(path) for path in paths if path.stem in BANNED_NAMES] == []


def test_nothing_imports_pickle():
    pattern = re.compile(
        r"^\s*(import|from)\s+(pickle|cPickle|dill|cloudpickle|shelve|marshal)\b", re.MULTILINE
    )
    assert [name_of(path) for path in modules() if pattern.search(path.read_text())] == []


def test_no_work_is_left_for_later():
    pattern = re.compile(r"\b(TODO|FIXME|XXX|NotImplementedError)\b")
    assert [name_of(path) for path in modules() if pattern.search(path.read_text())] == []


def test_every_command_says_what_it_does():
    ours = sorted(
        name for name, app in get_commands().items() if app in ("scheduling", "collectors")
    )
    assert {
        *("audit_occurrences", "export_ledger", "parse", "preview", "reparse", "runjob"),
        *("backfill", "runscheduler", "runworker", "schedules", "simulate", "up", "why"),
    } <= set(ours)
    for name in ours:
        command = load_command_class(get_commands()[name], name)
        assert command.help.endswith("."), name


def sleeps(path: Path) -> bool:
    calls = (n for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Call))
    return any(ast.unparse(call.func) == "time.sleep" for call in calls)


def test_no_test_sleeps():
    """Tests wait for what they need to see; the clocks that they hand in never really wait."""
    found = {name_of(path) for path in (ROOT / "tests").rglob("*.py") if sleeps(path)}
    assert found == set(MAY_SLEEP)


@pytest.mark.parametrize("name", REQUIREMENTS)
def test_every_requirement_is_pinned_with_hashes(name):
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    entries = re.split(r"\n(?=\S)", re.sub(r"(?m)^\s*#.*\n", "", text).strip())
    assert len(entries) > 10
    for entry in entries:
        assert re.match(r"[\w.\[\],-]+==\S+", entry), entry
        assert "--hash=sha256:" in entry, entry


@pytest.mark.parametrize("name", REQUIREMENTS)
def test_every_requirement_says_what_it_is_for(name):
    lines = (ROOT / "requirements" / f"{name}.in").read_text().splitlines()
    wanted = [line for line in lines if line and not line.startswith(("#", "-r"))]
    assert [line for line in wanted if not re.search(r"\s# \S", line)] == []


@pytest.mark.parametrize("name", REQUIREMENTS)
def test_what_is_wanted_is_what_is_pinned(name):
    """A line in the .in file without `make lock` afterwards installs nothing."""
    wanted = re.findall(r"(?m)^[A-Za-z][\w.-]*", (ROOT / "requirements" / f"{name}.in").read_text())
    pinned = (ROOT / "requirements" / f"{name}.txt").read_text()
    found = {plain(each) for each in re.findall(r"(?m)^([\w.-]+)(?:\[[\w,-]*\])?==", pinned)}
    assert {plain(each) for each in wanted} - found == set()


def plain(name: str) -> str:
    """A package's name as indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def test_ci_can_be_started_and_counts_skips_as_failures():
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    text = script.read_text()
    assert "set -euo pipefail" in text
    assert "CI_NO_SKIPS=1" in text
    assert "make test" in text
    assert "make check" in text


def test_the_hooks_before_a_commit_come_from_this_project():
    hooks = (ROOT / ".pre-commit-config.yaml").read_text()
    assert re.findall(r"repo: (\S+)", hooks) == ["local"]
    entries = re.findall(r"entry: (\S+)", hooks)
    assert {"ruff", "djlint", "mypy", "lint-imports"} == {Path(each).name for each in entries}
    assert all(each.startswith(".venv/bin/") for each in entries)


@pytest.mark.parametrize(("setting", "code"), [("1", 1), ("0", 0)])
def test_a_skip_fails_a_run_that_allows_none(tmp_path, setting, code):
    test = tmp_path / "test_skipping.py"
    test.write_text("import pytest\n\n\ndef test_it():\n    pytest.skip('not here')\n")
    command = [sys.executable, "-m", "pytest", "-c", "pyproject.toml", "-p", "tests.conftest"]
    done = subprocess.run(
        [*command, "-p", "no:cacheprovider", str(test)],
        cwd=ROOT,
        env={**os.environ, "CI_NO_SKIPS": setting},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "1 skipped" in done.stdout
    assert done.returncode == code


def test_the_projects_files_name_no_place_of_their_own_machine():
    pattern = re.compile(r"(?<![\w.])/(work|root|home)/")
    tracked = [*modules(), *(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md"), ROOT / "Makefile"]
    assert [name_of(path) for path in tracked if pattern.search(path.read_text())] == []
