"""What an operator decides about the client, handed in as one frozen value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

PRODUCT = "Rollcall/0.1.0"
MEBIBYTE = 2**20


@dataclass(frozen=True, kw_only=True)
class ClientSettings:
    """Lengths in seconds, sizes in bytes after decompression.

    `contact` is a mail address or a page by which a site's operator can reach us; `state_folder`
    is shared by all processes of this machine that must be polite together, None: all that share
    the database must. With a `replay_url` every request goes to that loopback server; without, to
    the real sites.
    """

    contact: str
    state_folder: Path | None
    replay_url: str | None = None
    replay_interval_seconds: float = 0.02
    connect_seconds: float = 10.0
    read_seconds: float = 30.0
    total_seconds: float = 120.0
    max_bytes: int = 64 * MEBIBYTE

    def __post_init__(self) -> None:
        if not (self.contact.isascii() and self.contact.isprintable()):
            raise ValueError(
                "The contact goes into an HTTP header: use printable ASCII, such as a mail address."
            )
        if self.replay_url is None and not self.contact:
            raise ValueError(
                "Operators of real sites must be able to reach us: name a contact, or a replay URL."
            )

    @property
    def user_agent(self) -> str:
        return f"{PRODUCT} (+{self.contact})" if self.contact else PRODUCT
