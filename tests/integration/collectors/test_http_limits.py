"""Answers that are hostile or broken: each ends within its limits and with the cause."""

import gzip
import itertools
import socket
import struct
from pathlib import Path

import pytest

from collectors.http import (
    AnswerNotUnderstood,
    AnswerTooLarge,
    AnswerTooSlow,
    SourceUnavailable,
)
from scheduling.kinds import Answer
from tests.integration.collectors.http_world import HOST, Script, ScriptedServer, World, answer

URL = f"https://{HOST}/a.pdf"
MEBIBYTE = 2**20
BOMB = gzip.compress(bytes(64 * MEBIBYTE), compresslevel=9)
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


def hang_up_after(data: bytes):
    return lambda connection: connection.sendall(data)


def endless(head: bytes, chunk: bytes):
    def send(connection: socket.socket) -> None:
        connection.settimeout(5)
        connection.sendall(head)
        for _ in itertools.repeat(None):
            connection.sendall(chunk)

    return send


def reset(connection: socket.socket) -> None:
    connection.sendall(OK + b"Content-Length: 100\r\n\r\nhalf")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def fetch(tmp_path: Path, *scripts: Script) -> Answer:
    world = World(tmp_path)
    with ScriptedServer(*scripts) as server, world.client(server.url) as client:
        return client.get(URL, max_bytes=MEBIBYTE)


@pytest.mark.parametrize(
    "script",
    [
        endless(CHUNKED, b"4000\r\n" + b"x" * 0x4000 + b"\r\n"),
        endless(OK + b"\r\n", b"x" * 16384),
        hang_up_after(OK + b"Content-Length: 10737418240\r\n\r\n"),
        answer("200 OK", BOMB, "Content-Encoding: gzip"),
        answer("404 Not Found", b"x" * (MEBIBYTE + 1)),
    ],
    ids=["endless chunked", "endless", "announced 10 GiB", "gzip bomb", "huge 404"],
)
def test_a_body_beyond_the_limit_is_refused(tmp_path, script):
    with pytest.raises(AnswerTooLarge, match=r"files\.example/a\.pdf sends more than the 1048576"):
        fetch(tmp_path, script)


def test_a_body_of_exactly_the_limit_is_kept(tmp_path):
    assert len(fetch(tmp_path, answer(body=b"x" * MEBIBYTE)).body) == MEBIBYTE


def test_the_limit_of_the_settings_holds_where_the_caller_names_none(tmp_path):
    world = World(tmp_path)
    with (
        ScriptedServer(answer(body=b"x" * 101)) as server,
        world.client(server.url, max_bytes=100) as client,
        pytest.raises(AnswerTooLarge),
    ):
        client.get(URL)


@pytest.mark.parametrize(
    "script",
    [
        hang_up_after(OK + b"Content-Length: 100\r\n\r\nhalf"),
        hang_up_after(CHUNKED + b"4\r\nhalf\r\n"),
        hang_up_after(OK + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"x" * 99)[:-9]),
        hang_up_after(b""),
        hang_up_after(b"HTTP/1.1 200"),
        hang_up_after(b"<html>HTTP/0.9</html>"),
        hang_up_after(OK + b"Content-Length: many\r\n\r\nx"),
        hang_up_after(OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx"),
        hang_up_after(CHUNKED + b"zz\r\nx\r\n0\r\n\r\n"),
        hang_up_after(OK + b"".join(b"X-%d: y\r\n" % n for n in range(100_000)) + b"\r\nx"),
        hang_up_after(OK + b"Set-Cookie: " + b"x" * 300_000 + b"\r\n\r\nx"),
        answer("200 OK", b"<html>", "Content-Encoding: gzip"),
        answer("200 OK", b""),
        reset,
    ],
    ids=[
        "short body",
        "unfinished chunks",
        "short gzip",
        "nothing",
        "short status line",
        "HTTP/0.9",
        "length that is no number",
        "two lengths",
        "chunk size that is no number",
        "100,000 headers",
        "huge cookie",
        "not gzip",
        "empty",
        "reset",
    ],
)
def test_a_broken_answer_is_tried_again_and_then_handed_on(tmp_path, script):
    with pytest.raises(SourceUnavailable, match=r"https://files\.example/a\.pdf"):
        fetch(tmp_path, script)
    assert fetch(tmp_path, script, answer(body=b"whole")).body == b"whole"


def test_bytes_beyond_the_announced_length_do_not_spoil_the_next_answer(tmp_path):
    world = World(tmp_path)
    lie = OK + b"Content-Length: 4\r\n\r\ngood, and some more"
    with ScriptedServer(lie, answer(body=b"next")) as server, world.client(server.url) as client:
        assert client.get(URL).body == b"good"
        assert client.get(URL).body == b"next"


def test_a_coding_that_was_not_asked_for_is_strange(tmp_path):
    with pytest.raises(AnswerNotUnderstood, match="'br'"):
        fetch(tmp_path, answer("200 OK", b"x", "Content-Encoding: br"))


@pytest.mark.parametrize(
    ("head", "drop"),
    [(OK + b"Content-Length: 99999\r\n\r\n", b"x"), (CHUNKED, b"1\r\nx\r\n"), (OK, b"X-Y: z\r\n")],
    ids=["body", "chunks", "headers"],
)
def test_an_answer_that_drips_ends_at_the_total_time(tmp_path, head, drop):
    def drip(connection: socket.socket) -> None:
        connection.sendall(head)
        while not server.closing.wait(0.02):
            connection.sendall(drop)

    world = World(tmp_path)
    with (
        ScriptedServer(drip) as server,
        world.client(server.url, total_seconds=0.3, read_seconds=10) as client,
        pytest.raises(AnswerTooSlow, match=r"in 0\.3 seconds"),
    ):
        client.get(URL)
    assert len(server.requests) == 1


def test_a_silent_server_is_unavailable_after_the_read_time(tmp_path):
    def silence(connection: socket.socket) -> None:
        server.closing.wait(20)

    world = World(tmp_path)
    with (
        ScriptedServer(silence) as server,
        world.client(server.url, read_seconds=0.1) as client,
        pytest.raises(SourceUnavailable, match="nothing arrived"),
    ):
        client.get(URL)
    assert len(server.requests) == 3
