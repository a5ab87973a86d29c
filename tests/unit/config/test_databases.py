from __future__ import annotations

import sqlite3
from contextlib import closing

from config.databases import POSTGRES_OPTIONS, with_options

SQLITE = "django.db.backends.sqlite3"
POSTGRES = "django.db.backends.postgresql"


def test_a_relative_file_is_counted_from_the_root_and_its_folder_is_made(tmp_path):
    config = with_options({"ENGINE": SQLITE, "NAME": "var/x.sqlite3"}, tmp_path)
    assert config["NAME"] == str(tmp_path / "var" / "x.sqlite3")
    assert (tmp_path / "var").is_dir()


def test_an_absolute_file_stays_where_it_is(tmp_path):
    file = tmp_path / "elsewhere" / "x.sqlite3"
    config = with_options({"ENGINE": SQLITE, "NAME": str(file)}, tmp_path / "root")
    assert config["NAME"] == str(file)


def test_sqlite_writes_ahead_waits_for_its_lock_and_holds_foreign_keys(tmp_path):
    options = with_options({"ENGINE": SQLITE, "NAME": "x.sqlite3"}, tmp_path)["OPTIONS"]
    assert (options["transaction_mode"], options["timeout"]) == ("IMMEDIATE", 20)
    with closing(sqlite3.connect(tmp_path / "x.sqlite3")) as database:
        database.executescript(options["init_command"])
        found = [
            database.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "foreign_keys", "synchronous")
        ]
    assert found == ["wal", 1, 1]


def test_what_the_url_says_of_postgres_wins_over_our_options(tmp_path):
    url_options = {"sslmode": "require", "connect_timeout": 1}
    config = {"ENGINE": POSTGRES, "NAME": "ledger", "OPTIONS": url_options}
    found = with_options(config, tmp_path)
    assert {**POSTGRES_OPTIONS, **url_options}.items() <= found["OPTIONS"].items()
    assert found["NAME"] == "ledger"
    assert found["DISABLE_SERVER_SIDE_CURSORS"] is True


def test_sessions_bring_their_time_limits_along_unless_a_pooler_takes_no_options(tmp_path):
    config = {"ENGINE": POSTGRES, "NAME": "ledger"}
    limits = with_options(config, tmp_path)["OPTIONS"]["options"]
    assert "-c statement_timeout=15000 -c lock_timeout=5000" in limits
    assert "options" not in with_options(config, tmp_path, is_pooled=True)["OPTIONS"]
