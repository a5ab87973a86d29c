"""Where runs are executed, and the broker's address. No message quotes it: it holds a password."""

import re
from importlib.util import find_spec
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

LOCAL, DRAMATIQ = "local", "dramatiq"
SCHEMES = ("redis", "rediss", "amqp", "amqps")
NAMESPACE = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")  # as Dramatiq wants the names of queues to begin


def broker_url(url: str, *, execution: str) -> str:
    """Return `url` if runs can be sent there; "" when this installation executes them itself.

    Raises ImproperlyConfigured.
    """
    if execution != DRAMATIQ:
        return ""
    if not _names_a_server(url):
        raise ImproperlyConfigured(
            "EXECUTION=dramatiq sends runs through a broker: set BROKER_URL to "
            "redis://HOST:PORT/NUMBER or amqp://USER:PASSWORD@HOST:PORT/VIRTUAL_HOST."
        )
    if find_spec("dramatiq") is None:
        raise ImproperlyConfigured(
            "EXECUTION=dramatiq needs packages that are not installed: "
            "pip install -r requirements/workers.txt"
        )
    return url


def _names_a_server(url: str) -> bool:
    try:
        parts = urlsplit(url)
        _ = parts.port  # read only here; a malformed one raises
    except ValueError:
        return False
    return parts.scheme in SCHEMES and bool(parts.hostname)


def broker_namespace(name: str) -> str:
    """Return what the names of all our queues begin with. Raises ImproperlyConfigured."""
    if not NAMESPACE.fullmatch(name):
        raise ImproperlyConfigured(
            f"BROKER_NAMESPACE is {name!r}; use letters, digits, - and _, beginning with a letter."
        )
    return name
