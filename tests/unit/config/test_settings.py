"""The settings as a fresh process reads them: what an operator may set, and what is refused."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
KEY = "0123456789abcdefghijklmnopqrstuvwxyz" * 2
PRODUCTION = {"ENVIRONMENT": "production", "SECRET_KEY": KEY}


def python(
    tmp_path: Path, settings: dict[str, str], *arguments: str
) -> subprocess.CompletedProcess[str]:
    """Start Python in an environment that holds nothing but `settings`."""
    own = {
        "ENV_FILE": str(tmp_path / ".env"),
        "LOG_DIR": str(tmp_path / "logs"),
        "DATABASE_URL": f"sqlite:///{tmp_path}/rollcall.sqlite3",
    }
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**own, **settings},
        capture_output=True,
        text=True,
        timeout=60,
    )


def read(tmp_path: Path, expression: str, settings: dict[str, str]) -> Any:
    code = f"import json; from config import settings as s, env; print(json.dumps({expression}))"
    done = python(tmp_path, settings, "-c", code)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def listed() -> dict[str, str]:
    """The settings of .env.example with their values."""
    lines = (ROOT / ".env.example").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def test_the_example_lists_exactly_the_settings_that_are_read(tmp_path):
    code = "(__import__('config.gunicorn'), sorted(env.NAMES))[1]"
    asked = read(tmp_path, code, PRODUCTION)
    # The failpoints are read without Django.
    assert sorted(listed()) == sorted([*asked, "FAILPOINTS"])


def test_every_setting_of_the_example_stands_below_a_comment():
    """Lines that belong together share one."""
    commented = False
    for line in (ROOT / ".env.example").read_text().splitlines():
        assert commented or line.startswith("#") or not line, line
        commented = bool(line)


def test_the_example_shows_the_defaults(tmp_path):
    names = sorted(set(listed()) - {"ENVIRONMENT", "BEHIND_PROXY", "FAILPOINTS"})
    keep = "{k: str(getattr(s, k)) for k in dir(s) if k.isupper()}"
    own = {"LOG_DIR": "logs", "DATABASE_URL": "sqlite:///var/rollcall.sqlite3"}
    blank = read(tmp_path, keep, own)
    stated = read(tmp_path, keep, {name: listed()[name] for name in names})
    assert stated == blank


def test_the_env_file_is_read_and_the_process_wins_over_it(tmp_path):
    (tmp_path / ".env").write_text("MAX_RUNNING=7\nTIME_ZONE=Europe/Stockholm\n")
    found = read(tmp_path, "[s.MAX_RUNNING, s.TIME_ZONE]", {"TIME_ZONE": "Asia/Tokyo"})
    assert found == [7, "Asia/Tokyo"]


def test_the_key_may_come_from_a_file(tmp_path):
    (tmp_path / "key").write_text(KEY + "\n")
    settings = {"ENVIRONMENT": "production", "SECRET_KEY_FILE": str(tmp_path / "key")}
    assert read(tmp_path, "s.SECRET_KEY", settings) == KEY


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"ENVIRONMENT": "production"}, "SECRET_KEY is missing, short, or the sample one"),
        (
            {"ENVIRONMENT": "production", "SECRET_KEY": listed()["SECRET_KEY"]},
            "SECRET_KEY is missing, short, or the sample one",
        ),
        ({**PRODUCTION, "SECRET_KEY": "x" * 49}, "at least 50 random characters"),
        ({**PRODUCTION, "DEBUG": "1"}, "set DEBUG=0 in production"),
        ({"ENVIRONMENT": "staging"}, "use one of: development, production"),
        ({"SOURCES": "live"}, "set COLLECT_CONTACT to a mail address"),
        ({"SOURCES": "live", "COLLECT_CONTACT": " "}, "set COLLECT_CONTACT to a mail address"),
        ({"SOURCES": "both"}, "use one of: replay, live"),
        ({"MAX_RUNNING": "many"}, "MAX_RUNNING is 'many'; it must be a number from 1 on"),
        ({"MAX_RUNNING": "0"}, "MAX_RUNNING is '0'; it must be a number from 1 on"),
        ({"LEASE_SECONDS": "0"}, "LEASE_SECONDS is '0'; it must be a number from 1 to 20"),
        ({"PROBE_KINDS": "on"}, "PROBE_KINDS is 'on'; use one of: 1, 0"),
        ({"LOG_LEVEL": "LOUD"}, "LOG_LEVEL is 'LOUD'; use one of: DEBUG, INFO"),
        ({"POLITENESS": "database"}, "With SQLite there is one machine: use files"),
        ({"DATABASE_URL": "mysql://db/x"}, "DATABASE_URL must begin with sqlite:/// or postgres"),
    ],
)
def test_a_setting_that_cannot_be_right_is_refused_with_a_sentence(tmp_path, settings, sentence):
    done = python(tmp_path, settings, "-c", "import config.settings")
    assert done.returncode != 0
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("django.core.exceptions.ImproperlyConfigured: ")
    assert sentence in last


def test_real_sites_are_asked_once_a_contact_is_named(tmp_path):
    settings = {"SOURCES": "live", "COLLECT_CONTACT": "ops@example.org"}
    assert read(tmp_path, "s.SOURCES", settings) == "live"


@pytest.mark.parametrize(
    ("settings", "kept"),
    [
        ({}, "files"),
        ({"DATABASE_URL": "postgres://db/x"}, "database"),
        ({"DATABASE_URL": "postgres://db/x", "POLITENESS": "files"}, "files"),
    ],
)
def test_turns_are_kept_where_all_workers_of_the_database_see_them(tmp_path, settings, kept):
    assert read(tmp_path, "s.POLITENESS", settings) == kept


DEPLOY_CHECK = ("manage.py", "check", "--deploy", "--fail-level", "WARNING")


def test_production_passes_the_deployment_checks(tmp_path):
    done = python(tmp_path, PRODUCTION, *DEPLOY_CHECK)
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


def test_production_does_not_offer_jobs_that_crash(tmp_path):
    done = python(tmp_path, {**PRODUCTION, "PROBE_KINDS": "1"}, *DEPLOY_CHECK)
    assert done.returncode != 0
    assert "rollcall.W001" in done.stderr
