"""The replay server over a real socket."""

import http.client
import io
import json
import time
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest

from collectors.replay.answers import CHALLENGE
from collectors.replay.house.site import NOT_FOUND
from collectors.replay.server import ReplayServer

TODAY = date(2026, 11, 21)
CLERK = "/disclosures-clerk.house.gov/public_disc"
INDEX = f"{CLERK}/financial-pdfs/2026FD.zip"
REPORT = f"{CLERK}/ptr-pdfs/2026/29260001.pdf"


class Answer(NamedTuple):
    status: int
    headers: http.client.HTTPMessage
    body: bytes


@pytest.fixture
def server() -> Iterator[ReplayServer]:
    with ReplayServer(TODAY) as running:
        yield running


def ask(
    server: ReplayServer, path: str, method: str = "GET", value: Any = None, **headers: str
) -> Answer:
    """Send one request on a connection of its own."""
    address = urlsplit(server.url)
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    body = None if value is None else json.dumps(value).encode()
    connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=10)
    with closing(connection):
        connection.request(method, path, body, named)
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read())


def listed(server: ReplayServer, year: int = 2026) -> list[str]:
    """The document ids in the index of `year`."""
    body = ask(server, f"{CLERK}/financial-pdfs/{year}FD.zip").body
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        lines = archive.read(f"{year}FD.txt").decode().splitlines()[1:]
    return [line.split("\t")[8] for line in lines]


@pytest.mark.parametrize("year", [2026, 2025, 2024])
@pytest.mark.parametrize("ending", ["zip", "ZIP"])
def test_the_indexes_of_three_years_are_served(server, year, ending):
    answer = ask(server, f"{CLERK}/financial-pdfs/{year}FD.{ending}")

    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/x-zip-compressed"
    assert zipfile.is_zipfile(io.BytesIO(answer.body))


@pytest.mark.parametrize("year", [2023, 2027])
def test_other_years_are_not(server, year):
    assert ask(server, f"{CLERK}/financial-pdfs/{year}FD.zip").status == 404


def test_a_report_is_a_pdf(server):
    answer = ask(server, REPORT)

    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Last-Modified"] == "Tue, 20 Jan 2026 09:00:00 GMT"
    assert answer.body.startswith(b"%PDF")


@pytest.mark.parametrize("path", [INDEX, REPORT])
def test_what_the_client_holds_is_not_sent_again(server, path):
    first = ask(server, path)
    by_tag = ask(server, path, If_None_Match=first.headers["ETag"])
    by_date = ask(server, path, If_Modified_Since=first.headers["Last-Modified"])

    assert (by_tag.status, by_tag.body) == (304, b"")
    assert (by_date.status, by_date.body) == (304, b"")


@pytest.mark.parametrize(
    "path",
    [
        f"{CLERK}/ptr-pdfs/2026/99999999.pdf",
        f"{CLERK}/financial-pdfs/2026/29260001.pdf",
        f"{CLERK}/ptr-pdfs/2025/29260001.pdf",
        "/disclosures-clerk.house.gov/robots.txt",
    ],
)
def test_a_missing_document_is_an_error_page_of_the_clerks_server(server, path):
    answer = ask(server, path)

    assert (answer.status, answer.body) == (404, NOT_FOUND)
    assert answer.headers["Content-Type"] == "text/html"


def test_an_index_may_name_a_document_that_is_not_there(server):
    assert "29240013" in listed(server, 2024)
    assert ask(server, f"{CLERK}/ptr-pdfs/2024/29240013.pdf").status == 404


def test_a_web_page_may_stand_where_a_pdf_should(server):
    answer = ask(server, f"{CLERK}/ptr-pdfs/2025/29250017.pdf")

    assert (answer.status, answer.body) == (200, NOT_FOUND)


def test_a_paper_report_lies_with_the_electronic_ones(server):
    assert ask(server, f"{CLERK}/ptr-pdfs/2026/9260001.pdf").status == 200
    assert ask(server, f"{CLERK}/financial-pdfs/2026/9260001.pdf").status == 404


def test_the_legislators_are_served_as_json(server):
    answer = ask(server, "/unitedstates.github.io/congress-legislators/legislators-current.json")

    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert {"id", "name", "bio", "terms"} == set(json.loads(answer.body)[0])


def test_an_unknown_host_is_named(server):
    answer = ask(server, "/example.org/page")

    assert answer.status == 404
    assert b"'example.org'" in answer.body


def test_a_head_request_gets_the_headers_alone(server):
    whole = ask(server, REPORT)
    head = ask(server, REPORT, "HEAD")

    assert head.headers["Content-Length"] == str(len(whole.body))
    assert head.body == b""


def test_two_starts_serve_the_same_bytes(server):
    with ReplayServer(TODAY) as other:
        for path in (INDEX, REPORT):
            assert ask(other, path)[2] == ask(server, path)[2]
            assert ask(other, path).headers["ETag"] == ask(server, path).headers["ETag"]


def test_an_index_stays_the_same_on_days_without_a_filing(server):
    before = ask(server, INDEX)
    server.advance(date(2026, 11, 22))

    assert ask(server, INDEX, If_None_Match=before.headers["ETag"]).status == 304


def test_a_later_day_publishes_more(server):
    assert "29260020" not in listed(server)
    assert ask(server, f"{CLERK}/ptr-pdfs/2026/29260020.pdf").status == 404
    before = ask(server, INDEX)
    server.advance(date(2026, 12, 1))

    assert "29260020" in listed(server)
    assert ask(server, f"{CLERK}/ptr-pdfs/2026/29260020.pdf").status == 200
    assert ask(server, INDEX, If_None_Match=before.headers["ETag"]).status == 200


def test_a_new_year_has_an_empty_index_and_the_oldest_goes(server):
    server.advance(date(2027, 1, 1))

    assert listed(server, 2027) == []
    assert ask(server, f"{CLERK}/financial-pdfs/2024FD.zip").status == 404


def test_a_withdrawn_document_leaves_the_index_and_keeps_its_address(server):
    before = ask(server, INDEX)
    server.withdraw("29260001")

    assert "29260001" not in listed(server)
    assert ask(server, REPORT).status == 200
    assert ask(server, INDEX).headers["ETag"] != before.headers["ETag"]


def test_failures_strike_as_often_as_told(server):
    server.fail("*FD.zip", status=429, retry_after="2", times=2)
    answers = [ask(server, INDEX) for _ in range(3)]

    assert [each.status for each in answers] == [429, 429, 200]
    assert [each.headers["Retry-After"] for each in answers] == ["2", "2", None]
    assert ask(server, REPORT).status == 200


def test_a_challenge_page_may_come_instead_of_a_pdf(server):
    server.html_for_pdf("*.pdf", times=1)
    answer = ask(server, REPORT)

    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/html")
    assert answer.body == CHALLENGE


def test_a_body_may_end_before_its_length(server):
    server.truncate("*.pdf", times=1)

    with pytest.raises(http.client.IncompleteRead):
        ask(server, REPORT)
    assert ask(server, REPORT).status == 200


def test_a_connection_may_be_reset(server):
    server.reset(times=1)

    with pytest.raises(ConnectionResetError):
        ask(server, REPORT)
    assert ask(server, REPORT).status == 200


def test_an_answer_may_be_slow(server):
    server.slow("*.pdf", seconds=0.2, times=1)
    before = time.monotonic()
    answer = ask(server, REPORT)

    assert answer.status == 200
    assert time.monotonic() - before >= 0.2


def test_a_slow_answer_does_not_keep_the_server_from_stopping():
    with ReplayServer(TODAY) as server, ThreadPoolExecutor(1) as pool:
        server.slow(seconds=600)
        waiting = pool.submit(ask, server, REPORT)
        while not server.requests:
            time.sleep(0.001)
        server.stopping.set()
        assert waiting.result(timeout=10).status == 200


def test_a_stopped_server_hangs_up_on_kept_connections():
    with ReplayServer(TODAY) as server:
        address = urlsplit(server.url)
        connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=10)
        connection.request("GET", INDEX)
        connection.getresponse().read()
    connection.request("GET", INDEX)
    with closing(connection), pytest.raises(ConnectionError):
        connection.getresponse()


def test_healing_ends_every_fault(server):
    server.fail()
    server.heal()

    assert ask(server, REPORT).status == 200


def test_requests_are_recorded_with_headers_and_time(server):
    ask(server, INDEX, If_None_Match='"x"', User_Agent="collector (mail@example.org)")
    ask(server, f"{REPORT}?page=1")
    first, second = server.requests

    assert (first.method, first.path, second.path) == ("GET", INDEX, REPORT)
    assert first.headers["if-none-match"] == '"x"'
    assert first.headers["user-agent"] == "collector (mail@example.org)"
    assert first.at <= second.at
    server.forget_requests()
    assert server.requests == ()


def test_one_connection_serves_many_requests(server):
    address = urlsplit(server.url)
    connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=10)
    with closing(connection):
        for path in (INDEX, REPORT, "/nowhere", INDEX):
            connection.request("GET", path)
            connection.getresponse().read()

    assert [request.path for request in server.requests] == [INDEX, REPORT, "/nowhere", INDEX]


def test_many_clients_at_once_get_the_same_bytes(server):
    with ThreadPoolExecutor(8) as pool:
        bodies = set(pool.map(lambda _: ask(server, REPORT).body, range(24)))

    assert len(bodies) == 1


def test_modes_are_set_from_outside_as_well(server):
    mode = {"kind": "FAIL", "path": "*.pdf", "status": 500}

    assert ask(server, "/_mode", "POST", mode).status == 204
    assert ask(server, REPORT).status == 500
    assert ask(server, "/_mode", "DELETE").status == 204
    assert ask(server, REPORT).status == 200
    recorded = json.loads(ask(server, "/_requests").body)
    assert [request["path"] for request in recorded] == [REPORT, REPORT]


def test_the_edition_is_set_from_outside_as_well(server):
    edition = {"today": "2026-12-01", "withdraw": ["29260001", "29260002"]}

    assert ask(server, "/_edition", "POST", edition).status == 204
    assert "29260020" in listed(server)
    assert not {"29260001", "29260002"} & set(listed(server))


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        ("/_mode", {"kind": "RAIN"}, "one of FAIL, SLOW"),
        ("/_mode", [1], "one of FAIL, SLOW"),
        ("/_edition", {"today": "tomorrow"}, "tomorrow"),
        ("/_weather", {}, "use /_mode or /_edition"),
    ],
)
def test_a_mode_that_cannot_be_is_refused(server, path, value, sentence):
    answer = ask(server, path, "POST", value)

    assert answer.status == 400
    assert sentence in answer.body.decode()


def test_only_this_machine_can_reach_it(server):
    assert urlsplit(server.url).hostname == "127.0.0.1"
