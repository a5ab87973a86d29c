"""Which host is replayed by which site: the table of contents of this package."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collectors.replay.house.site import HouseSite
from collectors.replay.legislators import LegislatorsSite

if TYPE_CHECKING:
    from collectors.replay.documents import Site


def open_sites() -> dict[str, Site]:
    """Return a fresh instance of every site, by host."""
    sites: tuple[Site, ...] = (HouseSite(), LegislatorsSite())
    return {host: site for site in sites for host in site.hosts}
