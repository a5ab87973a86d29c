from __future__ import annotations

import os
from pathlib import Path

import hypothesis
import pytest
from django.conf import settings
from django.db import connection

# A busy machine is slow now and then; pytest's own time limit catches what hangs.
hypothesis.settings.register_profile("rollcall", deadline=None)
hypothesis.settings.load_profile("rollcall")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix) -> None:
    """SQLite in a file instead of in memory: real processes open it too."""
    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
        database["TEST"]["NAME"] = str(Path(os.environ["TEST_FOLDER"]) / f"test-{worker}.sqlite3")


@pytest.fixture
def process_env(tmp_path: Path) -> dict[str, str]:
    """The environment of a real process that works on this test's database."""
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        url = f"sqlite:///{name}"
    else:
        host = connection.settings_dict["OPTIONS"]["host"]
        url = f"postgres://postgres:@/{name}?host={host}"
    return {
        **os.environ,
        "DATABASE_URL": url,
        "DATA_DIR": str(tmp_path / "data"),
        "LOG_DIR": str(tmp_path / "logs"),
        "PROBE_EVIDENCE": str(tmp_path / "evidence.jsonl"),
    }


def pytest_sessionfinish(session: pytest.Session) -> None:
    """With CI_NO_SKIPS=1 a run that skipped anything fails: there everything is installed."""
    if os.environ.get("CI_NO_SKIPS") == "1" and _skipped(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(config: pytest.Config) -> None:
    number = len(_skipped(config))
    if os.environ.get("CI_NO_SKIPS") == "1" and number:
        reporter = config.pluginmanager.getplugin("terminalreporter")
        reporter.write_line(f"{number} skipped; CI_NO_SKIPS=1 counts each as a failure.", red=True)


def _skipped(config: pytest.Config) -> list[pytest.TestReport]:
    """What was skipped. The workers of pytest-xdist report to the process that started them."""
    reporter = config.pluginmanager.getplugin("terminalreporter")
    return [] if reporter is None else list(reporter.stats.get("skipped", []))
