"""Which addresses may be asked at all: no request leaves for a place that no source names.

Two rules, both needed. The URL must name a host of the run's sources; and the address that is
really connected must be public, whatever a name server says (`connection.py` connects to the very
address that was checked).
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING

from scheduling.kinds import Cause, GiveUp

if TYPE_CHECKING:
    from collections.abc import Collection

    import httpx2

PORTS = {None, 80, 443}  # None: the default of the scheme
GLOBAL_UNICAST_V6 = ip_network("2000::/3")  # RFC 4291 2.4: nothing else is assigned for public use
# Python's `is_global` is True for these, depending on its version, though none is a public host.
TREACHEROUS = tuple(
    map(
        ip_network,
        (
            "192.0.0.0/24",  # IETF protocol assignments, RFC 6890
            "192.88.99.0/24",  # 6to4 relays, RFC 7526
            "2001::/32",  # Teredo carries an IPv4 address, RFC 4380
            "2002::/16",  # 6to4 carries an IPv4 address, RFC 3056
            "3fff::/20",  # documentation, RFC 9637
        ),
    )
)


class UrlRefused(GiveUp):
    """The URL is none that this run's sources may be fetched from."""


class AddressRefused(GiveUp):
    """The host's name leads to an address that is not public."""


def shown(url: httpx2.URL) -> str:
    """The URL as logs and errors may show it: without user, password, query and fragment."""
    return f"{url.scheme}://{url.netloc.decode('ascii')}{url.path}"


def shown_text(text: str) -> str:
    """Like `shown`, for text that is not even a URL."""
    return re.sub(r"//[^/]*@", "//", re.split(r"[?#]", text, maxsplit=1)[0])[:200]


def check_url(url: httpx2.URL, hosts: Collection[str]) -> None:
    """Raise UrlRefused unless `url` is plain http(s) to exactly one of `hosts`."""
    reason = _refusal(url, hosts)
    if reason:
        raise UrlRefused(f"{shown(url)} is not fetched: {reason}.", cause=Cause.LAYOUT_CHANGED)


def _refusal(url: httpx2.URL, hosts: Collection[str]) -> str:
    if url.scheme not in {"http", "https"}:
        return "only http and https are"
    if url.userinfo:
        return "it carries a user name or a password"
    host = url.raw_host.decode("ascii")
    if host not in hosts:
        return f"{host or 'no host'} is none of this run's sources' hosts ({', '.join(hosts)})"
    if url.port not in PORTS:
        return f"port {url.port} is neither 80 nor 443"
    return ""


def is_public(address: str) -> bool:
    """True for an address that anybody on the internet may be asked at."""
    ip = ip_address(address)
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    if not ip.is_global or ip.is_multicast:
        return False
    return _is_assigned(ip) and not any(ip in network for network in TREACHEROUS)


def is_loopback(address: str) -> bool:
    """True for this machine's own addresses: all that replay mode may connect to."""
    return ip_address(address).is_loopback


def _is_assigned(ip: IPv4Address | IPv6Address) -> bool:
    return ip.version == 4 or ip in GLOBAL_UNICAST_V6
