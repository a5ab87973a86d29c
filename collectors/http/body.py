"""Reads a body under a byte budget that counts what comes out of decompression."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

GZIP_FORMAT = 16 + zlib.MAX_WBITS
PIECE_BYTES = 64 * 1024
GZIP_NAMES = {"gzip", "x-gzip"}  # RFC 9110 8.4.1.3
CODINGS = {"", "identity", *GZIP_NAMES}


class BodyTooLarge(Exception):
    """The body is larger than the budget."""


class BodyDamaged(Exception):
    """The body is not what its Content-Encoding says, or ends early."""


def read_body(chunks: Iterable[bytes], *, coding: str, limit: int) -> bytes:
    """Join `chunks`, decompressed. `coding` is one of CODINGS; at most `limit` bytes are kept.

    Raises BodyTooLarge as soon as either side of the decompression exceeds `limit`.
    """
    budgeted = _budgeted(chunks, limit)
    pieces = _inflated(budgeted) if coding in GZIP_NAMES else budgeted
    return b"".join(_budgeted(pieces, limit))


def _budgeted(pieces: Iterable[bytes], limit: int) -> Iterator[bytes]:
    total = 0
    for piece in pieces:
        total += len(piece)
        if total > limit:
            raise BodyTooLarge(f"{limit} bytes")
        yield piece


def _inflated(chunks: Iterable[bytes]) -> Iterator[bytes]:
    member = zlib.decompressobj(GZIP_FORMAT)
    has_begun = False
    for chunk in chunks:
        data = chunk
        while data:
            has_begun = True
            yield from _drained(member, data)
            data = member.unused_data
            if data:  # RFC 1952 2.2: a file is a series of members
                member = zlib.decompressobj(GZIP_FORMAT)
    if has_begun and not member.eof:
        raise BodyDamaged("the compressed body ends early")


def _drained(member: zlib._Decompress, data: bytes) -> Iterator[bytes]:
    """All that `data` expands to, in pieces: a bomb must not be unpacked at once."""
    try:
        while piece := member.decompress(data, PIECE_BYTES):
            yield piece
            data = member.unconsumed_tail
    except zlib.error as error:
        raise BodyDamaged(f"the body is not valid gzip ({error})") from error
