"""Settings from the environment: `NAME`, or `NAME_FILE` naming a file that holds the value.

Process variables win over the `.env` file beside `manage.py`. `NAMES` collects what was asked for,
so that a test can hold `.env.example` against it.
"""

import math
import os
import sys
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from environ import FileAwareEnv

BASE_DIR = Path(__file__).resolve().parent.parent
NAMES: set[str] = set()
DATABASES = ("sqlite:///", "postgres://", "postgresql://")

_env = FileAwareEnv()
_env_file = Path(os.environ.get("ENV_FILE", BASE_DIR / ".env"))
if _env_file.exists():
    _env.read_env(_env_file)


def text(name: str, default: str = "") -> str:
    NAMES.add(name)
    try:
        return str(_env.str(name, default=default)).strip()
    except OSError as error:
        raise ImproperlyConfigured(
            f"{name}_FILE names {error.filename}, which cannot be read: {error.strerror}."
        ) from error


def number(
    name: str, default: float, *, at_least: float = 0.0, at_most: float = sys.float_info.max
) -> float:
    value = text(name, str(default))
    try:
        read = float(value)
    except ValueError:
        read = math.nan
    if not at_least <= read <= at_most:
        bound = "on" if at_most == sys.float_info.max else f"to {at_most:g}"
        raise ImproperlyConfigured(
            f"{name} is {value!r}; it must be a number from {at_least:g} {bound}."
        )
    return read


def whole_number(name: str, default: int, *, at_least: int = 0) -> int:
    read = number(name, default, at_least=at_least)
    if not read.is_integer():
        raise ImproperlyConfigured(f"{name} is {read:g}; it must be a whole number.")
    return int(read)


def switch(name: str, *, default: bool) -> bool:
    return choice(name, "1" if default else "0", ("1", "0")) == "1"


def words(name: str, default: str = "") -> list[str]:
    """A comma-separated list, blanks dropped."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def choice(name: str, default: str, allowed: tuple[str, ...]) -> str:
    value = text(name, default)
    if value not in allowed:
        raise ImproperlyConfigured(f"{name} is {value!r}; use one of: {', '.join(allowed)}.")
    return value


def folder(name: str, default: str) -> Path:
    """A folder; a relative name is counted from the project's root."""
    return BASE_DIR / text(name, default)


def database(name: str, default: str) -> dict[str, Any]:
    """A URL such as `sqlite:///var/rollcall.sqlite3` or `postgres://user:password@host/name`."""
    url = text(name, default)
    if not url.startswith(DATABASES):
        raise ImproperlyConfigured(
            f"{name} must begin with sqlite:/// or postgres://, the two databases there are."
        )
    return dict(FileAwareEnv.db_url_config(url))
