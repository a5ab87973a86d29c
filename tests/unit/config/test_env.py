from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import env


@pytest.fixture(autouse=True)
def _own_names(monkeypatch):
    """What these tests ask for is no setting of the project."""
    monkeypatch.setattr(env, "NAMES", set())


def test_the_process_wins_over_the_default_and_loses_its_blanks(monkeypatch):
    assert env.text("GREETING", "hello") == "hello"
    monkeypatch.setenv("GREETING", "  good day\n")
    assert env.text("GREETING", "hello") == "good day"


def test_what_is_asked_for_is_remembered():
    env.text("COLOUR")
    env.number("WEIGHT", 1)
    assert sorted(env.NAMES) == ["COLOUR", "WEIGHT"]


def test_a_value_may_stand_in_a_file(monkeypatch, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("from the file\n")
    monkeypatch.setenv("KEY_OF_ONE_FILE", str(secret))
    monkeypatch.setenv("KEY_OF_ONE", "from the environment")
    assert env.text("KEY_OF_ONE") == "from the file"


def test_a_file_that_cannot_be_read_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("KEY_OF_TWO_FILE", str(tmp_path / "gone"))
    with pytest.raises(ImproperlyConfigured, match=r"KEY_OF_TWO_FILE names .*gone.*cannot be read"):
        env.text("KEY_OF_TWO")


@pytest.mark.parametrize(("raw", "value"), [("0", 0.0), ("2.5", 2.5), ("1e3", 1000.0)])
def test_numbers_are_read(monkeypatch, raw, value):
    monkeypatch.setenv("PACE", raw)
    assert env.number("PACE", 7) == value


@pytest.mark.parametrize("raw", ["", "three", "nan", "inf", "-1", "1,5"])
def test_what_is_no_number_is_refused_with_its_name(monkeypatch, raw):
    monkeypatch.setenv("PACE", raw)
    with pytest.raises(ImproperlyConfigured, match=r"PACE is .*must be a number from 0 on"):
        env.number("PACE", 7)


def test_a_number_below_its_least_is_refused(monkeypatch):
    monkeypatch.setenv("SLOTS", "0")
    with pytest.raises(ImproperlyConfigured, match="SLOTS is '0'; it must be a number from 1 on"):
        env.whole_number("SLOTS", 4, at_least=1)


def test_a_number_beyond_its_most_is_refused(monkeypatch):
    monkeypatch.setenv("PACE", "21")
    with pytest.raises(ImproperlyConfigured, match="PACE is '21'; it must be a number from 1 to 2"):
        env.number("PACE", 7, at_least=1, at_most=20)


def test_a_fraction_is_no_whole_number(monkeypatch):
    monkeypatch.setenv("SLOTS", "2.5")
    with pytest.raises(ImproperlyConfigured, match=r"SLOTS is 2.5; it must be a whole number"):
        env.whole_number("SLOTS", 4)
    monkeypatch.setenv("SLOTS", "3")
    assert env.whole_number("SLOTS", 4) == 3


@pytest.mark.parametrize(("raw", "value"), [("1", True), ("0", False)])
def test_a_switch_is_one_or_nought(monkeypatch, raw, value):
    monkeypatch.setenv("LAMP", raw)
    assert env.switch("LAMP", default=not value) is value


@pytest.mark.parametrize("raw", ["", "yes", "True", "2"])
def test_any_other_switch_is_refused_with_what_to_write(monkeypatch, raw):
    monkeypatch.setenv("LAMP", raw)
    with pytest.raises(ImproperlyConfigured, match=r"LAMP is .*use one of: 1, 0"):
        env.switch("LAMP", default=False)


def test_words_are_parted_by_commas_and_blanks_dropped(monkeypatch):
    monkeypatch.setenv("HOSTS", " a.example , ,b.example,")
    assert env.words("HOSTS") == ["a.example", "b.example"]


def test_a_relative_folder_is_counted_from_the_root(monkeypatch, tmp_path):
    assert env.folder("PLACE", "var") == env.BASE_DIR / "var"
    monkeypatch.setenv("PLACE", str(tmp_path))
    assert env.folder("PLACE", "var") == tmp_path


def test_a_database_url_is_taken_apart(monkeypatch):
    monkeypatch.setenv("STORE", "postgres://anna:secret@db.example:5433/ledger")
    config = env.database("STORE", "sqlite:///var/x.sqlite3")
    assert config["ENGINE"] == "django.db.backends.postgresql"
    assert (config["USER"], config["PASSWORD"]) == ("anna", "secret")
    assert (config["HOST"], config["PORT"], config["NAME"]) == ("db.example", 5433, "ledger")


@pytest.mark.parametrize("url", ["", "ledger", "mysql://db/ledger", "sqlite://:memory:"])
def test_another_database_is_refused_with_what_to_write(monkeypatch, url):
    monkeypatch.setenv("STORE", url)
    with pytest.raises(ImproperlyConfigured, match="STORE must begin with sqlite:/// or postgres"):
        env.database("STORE", "")
