import gzip
import tracemalloc
import zlib
from itertools import repeat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.http.body import BodyDamaged, BodyTooLarge, read_body

BOMB = gzip.compress(bytes(64 * 2**20), compresslevel=9)


def split(data: bytes, size: int) -> list[bytes]:
    return [data[start : start + size] for start in range(0, len(data), size)]


@given(body=st.binary(max_size=5000), size=st.integers(1, 700))
def test_a_plain_body_is_joined(body, size):
    assert read_body(split(body, size), coding="", limit=5000) == body


@given(members=st.lists(st.binary(max_size=3000), min_size=1, max_size=4), size=st.integers(1, 700))
def test_gzip_members_are_joined_however_they_arrive(members, size):
    sent = b"".join(map(gzip.compress, members))
    body = b"".join(members)
    assert read_body(split(sent, size), coding="gzip", limit=20000) == body


def test_a_body_expands_beyond_one_piece():
    body = bytes(range(256)) * 4096
    assert read_body([gzip.compress(body)], coding="x-gzip", limit=len(body)) == body


@pytest.mark.parametrize("coding", ["", "gzip"])
def test_no_bytes_at_all_are_an_empty_body(coding):
    assert read_body([], coding=coding, limit=10) == b""


@given(body=st.binary(min_size=1, max_size=2000), data=st.data())
def test_a_truncated_gzip_body_is_damaged(body, data):
    sent = gzip.compress(body)
    kept = data.draw(st.integers(1, len(sent) - 1))
    with pytest.raises(BodyDamaged):
        read_body([sent[:kept]], coding="gzip", limit=10**6)


@pytest.mark.parametrize(
    "sent",
    [b"<html>not gzip</html>", zlib.compress(b"deflate"), gzip.compress(b"x")[:-1] + b"\xff"],
    ids=["html", "deflate", "wrong checksum"],
)
def test_what_is_not_gzip_is_damaged(sent):
    with pytest.raises(BodyDamaged):
        read_body([sent], coding="gzip", limit=10**6)


@pytest.mark.parametrize(("limit", "fits"), [(999, False), (1000, True)])
@pytest.mark.parametrize("coding", ["", "gzip"])
def test_the_limit_counts_bytes_after_decompression(coding, limit, fits):
    body = bytes(1000)
    sent = gzip.compress(body) if coding else body
    if fits:
        assert read_body([sent], coding=coding, limit=limit) == body
    else:
        with pytest.raises(BodyTooLarge):
            read_body([sent], coding=coding, limit=limit)


def test_a_bomb_is_refused_in_flat_memory():
    tracemalloc.start()
    with pytest.raises(BodyTooLarge):
        read_body([BOMB], coding="gzip", limit=2**20)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 3 * 2**20


@pytest.mark.parametrize(
    "chunk", [b"x" * 1000, gzip.compress(b"")], ids=["plain", "empty gzip members"]
)
def test_an_endless_body_ends_at_the_limit(chunk):
    coding = "gzip" if chunk.startswith(b"\x1f\x8b") else ""
    with pytest.raises(BodyTooLarge):
        read_body(repeat(chunk), coding=coding, limit=10_000)
