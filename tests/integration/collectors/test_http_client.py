"""The whole client against a real server over a real socket."""

import gzip
import logging
import socket
from datetime import timedelta

import pytest

from collectors.http import (
    AnswerNotUnderstood,
    RequestRefused,
    SourceBlocked,
    SourceUnavailable,
    UrlRefused,
)
from collectors.http.settings import PRODUCT
from scheduling.kinds import RunStopped
from tests.integration.collectors.http_world import (
    HOST,
    OTHER_HOST,
    ScriptedServer,
    World,
    answer,
    redirect,
)

URL = f"https://{HOST}/public/a.pdf"


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


def test_a_document_is_fetched_from_the_replay_server_under_its_live_address(world):
    with ScriptedServer(answer(body=b"%PDF")) as server, world.client(server.url) as client:
        got = client.get(f"{URL}?page=2#top")
    assert (got.status, got.body, got.url) == (200, b"%PDF", f"{URL}?page=2#top")
    assert server.paths() == [f"/{HOST}/public/a.pdf?page=2"]
    assert server.header(0, "host") == f"127.0.0.1:{server.port}"


def test_a_replay_url_may_have_a_path(world):
    with ScriptedServer(answer()) as server, world.client(f"{server.url}/sites/") as client:
        client.get(URL)
    assert server.paths() == [f"/sites/{HOST}/public/a.pdf"]


def test_every_request_says_who_asks(world):
    with ScriptedServer(answer()) as server, world.client(server.url) as client:
        client.get(URL)
    assert server.header(0, "user-agent") == f"{PRODUCT} (+ops@example.org)"
    assert server.header(0, "accept-encoding") == "gzip"
    assert server.header(0, "if-none-match") is None
    assert server.header(0, "if-modified-since") is None


def test_header_names_are_in_lower_case(world):
    sent = answer("200 OK", b"x", 'ETag: "1"', "Last-Modified: Sun, 01 Mar 2026 12:00:00 GMT")
    with ScriptedServer(sent) as server, world.client(server.url) as client:
        got = client.get(URL)
    assert (got.etag, got.last_modified) == ('"1"', "Sun, 01 Mar 2026 12:00:00 GMT")


def test_a_conditional_request_gets_its_304(world):
    sent = b'HTTP/1.1 304 Not Modified\r\nETag: "7"\r\n\r\n'
    with ScriptedServer(sent) as server, world.client(server.url) as client:
        got = client.get(URL, etag='"7"', last_modified="Sun, 01 Mar 2026 12:00:00 GMT")
    assert (got.status, got.body, got.etag) == (304, b"", '"7"')
    assert server.header(0, "if-none-match") == '"7"'
    assert server.header(0, "if-modified-since") == "Sun, 01 Mar 2026 12:00:00 GMT"


def test_a_304_that_was_not_asked_for_is_strange(world):
    sent = b"HTTP/1.1 304 Not Modified\r\n\r\n"
    with (
        ScriptedServer(sent) as server,
        world.client(server.url) as client,
        pytest.raises(AnswerNotUnderstood),
    ):
        client.get(URL, etag="a\r\nX-Evil: 1")
    assert "X-Evil" not in server.requests[0]


def test_absence_is_an_answer_with_its_page(world):
    with (
        ScriptedServer(answer("404 Not Found", b"<html>no")) as server,
        world.client(server.url) as client,
    ):
        got = client.get(URL)
    assert (got.status, got.body) == (404, b"<html>no")


def test_a_compressed_body_is_handed_on_decompressed(world):
    sent = answer("200 OK", gzip.compress(b"a" * 5000), "Content-Encoding: gzip")
    with ScriptedServer(sent) as server, world.client(server.url) as client:
        assert client.get(URL).body == b"a" * 5000


def test_one_connection_serves_all_requests(world):
    with ScriptedServer(answer()) as server, world.client(server.url) as client:
        for number in range(5):
            client.get(f"{URL}?{number}")
    assert (len(server.requests), server.connections) == (5, 1)


def test_a_redirect_is_followed_at_the_live_hosts(world):
    scripts = (redirect("/b"), redirect(f"https://{OTHER_HOST}/c"), answer(body=b"found"))
    with ScriptedServer(*scripts) as server, world.client(server.url) as client:
        got = client.get(URL, etag='"1"')
    assert (got.url, got.body) == (f"https://{OTHER_HOST}/c", b"found")
    assert server.paths() == [f"/{HOST}/public/a.pdf", f"/{HOST}/b", f"/{OTHER_HOST}/c"]


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See", "307 Temp", "308 Perm"])
@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1/",
        "http://127.0.0.1:6379/",
        "//169.254.169.254/latest/meta-data",
        "https://evil.example/a.pdf",
        "https://files.example:8443/",
        f"https://user:pass@{HOST}/",
        "file:///etc/passwd",
        "gopher://files.example/",
    ],
)
def test_a_redirect_to_elsewhere_is_refused_and_not_followed(world, status, location):
    with (
        ScriptedServer(redirect(location, status)) as server,
        world.client(server.url) as client,
        pytest.raises(UrlRefused),
    ):
        client.get(URL)
    assert len(server.requests) == 1


def test_a_redirect_to_nonsense_is_strange(world):
    with (
        ScriptedServer(redirect("https://0177.0.0.1/")) as server,
        world.client(server.url) as client,
        pytest.raises(AnswerNotUnderstood, match="HTTP 302"),
    ):
        client.get(URL)


def test_a_loop_of_redirects_ends(world):
    with (
        ScriptedServer(redirect("/again")) as server,
        world.client(server.url) as client,
        pytest.raises(AnswerNotUnderstood, match="more than 5 times"),
    ):
        client.get(URL)
    assert len(server.requests) == 6


@pytest.mark.parametrize(
    "url", ["https://evil.example/", "http://127.0.0.1/", "http://0177.0.0.1/", "nonsense", ""]
)
def test_a_forbidden_address_is_never_asked(world, url):
    with (
        ScriptedServer(answer()) as server,
        world.client(server.url) as client,
        pytest.raises(UrlRefused),
    ):
        client.get(url)
    assert server.connections == 0


def test_an_error_names_the_source_that_was_asked(world):
    with ScriptedServer(answer("403 Forbidden")) as server, world.client(server.url) as client:
        with pytest.raises(SourceBlocked) as blocked:
            client.get(URL)
        with pytest.raises(UrlRefused) as refused:
            client.get("https://elsewhere.example/")
    assert (blocked.value.source, refused.value.source) == ("files", "")


def test_a_403_is_a_block_and_asked_once(world):
    with (
        ScriptedServer(answer("403 Forbidden", b"Access Denied")) as server,
        world.client(server.url) as client,
        pytest.raises(SourceBlocked, match="refuses us"),
    ):
        client.get(URL)
    assert len(server.requests) == 1


def test_a_challenge_page_is_a_block_and_asked_once(world):
    page = answer("503 Service Unavailable", b"<html>", "CF-Mitigated: challenge")
    with (
        ScriptedServer(page) as server,
        world.client(server.url) as client,
        pytest.raises(SourceBlocked, match="challenge"),
    ):
        client.get(URL)
    assert len(server.requests) == 1


def test_a_refused_request_is_not_repeated(world):
    with (
        ScriptedServer(answer("400 Bad Request")) as server,
        world.client(server.url) as client,
        pytest.raises(RequestRefused),
    ):
        client.get(URL)
    assert len(server.requests) == 1


def test_a_short_trouble_is_waited_out(world):
    scripts = (answer("503 Busy", b"", "Retry-After: 20"), answer("500 Oops"), answer(body=b"ok"))
    with ScriptedServer(*scripts) as server, world.client(server.url) as client:
        assert client.get(URL).body == b"ok"
    assert 21 <= world.skipped <= 25
    assert [line.split(" ")[0] for line in world.lines] == ["WARNING", "WARNING"]


@pytest.mark.parametrize(
    "value", ["7200", "Sun, 01 Mar 2026 14:00:00 GMT"], ids=["seconds", "date"]
)
def test_a_long_retry_after_goes_to_the_run_and_binds_the_next_one(world, tmp_path, value):
    busy = answer("429 Too Many Requests", b"", f"Retry-After: {value}")
    with ScriptedServer(busy, answer()) as server:
        with world.client(server.url) as client, pytest.raises(SourceUnavailable) as caught:
            client.get(URL)
        assert caught.value.after == timedelta(hours=2)
        later = World(tmp_path)
        with later.client(server.url) as client, pytest.raises(SourceUnavailable) as caught:
            client.get(URL)
        assert caught.value.after is not None
        assert timedelta(minutes=119) < caught.value.after <= timedelta(hours=2)
        assert len(server.requests) == 1
        later.skipped = 7201
        with later.client(server.url) as client:
            assert client.get(URL).status == 200


def test_trouble_that_lasts_is_handed_on(world):
    with (
        ScriptedServer(answer("502 Bad Gateway")) as server,
        world.client(server.url) as client,
        pytest.raises(SourceUnavailable, match="HTTP 502"),
    ):
        client.get(URL)
    assert len(server.requests) == 3


def test_a_server_that_is_not_there_is_unavailable(world):
    with ScriptedServer(answer()) as server:
        url = server.url
    with world.client(url) as client, pytest.raises(SourceUnavailable, match="refused"):
        client.get(URL)


def test_a_closed_idle_connection_is_opened_anew(world):
    def goodbye(connection: socket.socket) -> None:
        connection.sendall(answer(body=b"one"))

    scripts = (goodbye, answer(body=b"two"))
    with ScriptedServer(*scripts) as server, world.client(server.url) as client:
        assert [client.get(URL).body, client.get(URL).body] == [b"one", b"two"]
    assert server.connections == 2


def test_a_stopped_run_asks_nothing(world):
    world.is_stopped = True
    with (
        ScriptedServer(answer()) as server,
        world.client(server.url) as client,
        pytest.raises(RunStopped),
    ):
        client.get(URL)
    assert server.requests == []


def test_a_stop_ends_a_silent_answer(world):
    def silence(connection: socket.socket) -> None:
        world.is_stopped = True
        server.closing.wait(20)

    with (
        ScriptedServer(silence) as server,
        world.client(server.url) as client,
        pytest.raises(RunStopped),
    ):
        client.get(URL)
    assert world.skipped == 0


def test_no_secret_of_a_query_reaches_a_log_or_an_error(world, caplog):
    caplog.set_level(logging.INFO)
    scripts = (answer("503 Busy"), answer("400 Bad Request"))
    with (
        ScriptedServer(*scripts) as server,
        world.client(server.url) as client,
        pytest.raises(RequestRefused) as caught,
    ):
        client.get(f"{URL}?key=canary")
    assert "canary" in server.requests[0]
    assert "canary" not in "".join([str(caught.value), caplog.text, *world.lines])


def test_proxies_of_the_environment_are_ignored(world, monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with ScriptedServer(answer()) as server, world.client(server.url) as client:
        assert client.get(URL).status == 200
