"""The log as a process of its own writes it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]
HEAD = """
import logging
from pathlib import Path
from config.logs import logging_config
from scheduling.events import emit
"""


def written(folder: Path, level: str, code: str) -> tuple[list[dict[str, Any]], str]:
    """The lines of latest.log, and what stood on the terminal."""
    done = subprocess.run(
        [sys.executable, "-c", f"{HEAD}logging_config(Path({str(folder)!r}), {level!r})\n{code}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    file = folder / "latest.log"
    text = file.read_text() if file.exists() else ""
    return [json.loads(line) for line in text.splitlines()], done.stderr


def test_an_event_is_one_json_object_with_its_fields(tmp_path):
    (line,), terminal = written(tmp_path, "INFO", "emit('run_finished', run=7, state='FAILED')")
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "message": "run_finished",
        "level": "info",
        "logger": "rollcall.scheduler",
        "run": 7,
        "state": "FAILED",
    }
    assert terminal == ""


def test_a_warning_stands_on_the_terminal_too(tmp_path):
    code = "emit('worker_lost', area='engine', level='warning', pid=5)"
    (line,), terminal = written(tmp_path, "INFO", code)
    assert line["logger"] == "rollcall.engine"
    assert "warning worker_lost pid=5" in " ".join(terminal.split())


def test_an_exception_keeps_its_traceback_on_one_line_of_the_file(tmp_path):
    code = "try:\n    1 / 0\nexcept ZeroDivisionError:\n    logging.exception('it broke')"
    (line,), terminal = written(tmp_path, "INFO", code)
    assert line["message"] == "it broke"
    assert "ZeroDivisionError" in line["exception"]
    assert "ZeroDivisionError" in terminal


def test_what_lies_below_the_level_is_not_written(tmp_path):
    lines, terminal = written(tmp_path, "WARNING", "emit('run_started', run=7)")
    assert (lines, terminal) == ([], "")


def test_a_value_that_json_does_not_know_is_written_as_text(tmp_path):
    (line,), _ = written(tmp_path, "INFO", "emit('seen', path=Path('x'), word='\\u00e9')")
    assert (line["path"], line["word"]) == ("x", "é")
