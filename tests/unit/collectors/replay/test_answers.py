from datetime import UTC, date, datetime

import pytest

from collectors.replay.answers import CHALLENGE, answer, is_unchanged, spoil
from collectors.replay.documents import Document, Edition
from collectors.replay.faults import Fault, FaultKind

DOCUMENT = Document(b"body", "text/plain", datetime(2026, 3, 4, 9, 0, tzinfo=UTC))
EDITION = Edition(date(2026, 11, 21))


class OnePage:
    hosts: tuple[str, ...] = ("site.example",)
    not_found = b"nothing here"

    def find(self, path, edition):
        return DOCUMENT if path == "/page" else None


SITES = {"site.example": OnePage()}


@pytest.mark.parametrize(
    ("headers", "unchanged"),
    [
        ({}, False),
        ({"if-none-match": DOCUMENT.etag}, True),
        ({"if-none-match": f'"other", W/{DOCUMENT.etag}'}, True),
        ({"if-none-match": "*"}, True),
        ({"if-none-match": '"other"'}, False),
        ({"if-modified-since": "Wed, 04 Mar 2026 09:00:00 GMT"}, True),
        ({"if-modified-since": "Wed, 04 Mar 2026 08:59:59 GMT"}, False),
        ({"if-modified-since": "Wed, 04 Mar 2026 09:00:00 -0000"}, True),
        ({"if-modified-since": "yesterday"}, False),
        (
            {"if-none-match": '"other"', "if-modified-since": "Wed, 04 Mar 2026 09:00:00 GMT"},
            False,
        ),
    ],
)
def test_a_client_that_holds_the_bytes_is_told_so(headers, unchanged):
    assert is_unchanged(DOCUMENT, headers) is unchanged


def test_a_document_comes_with_its_type_and_validators():
    found = answer("/site.example/page", {}, SITES, EDITION)

    assert (found.status, found.body) == (200, b"body")
    assert found.headers == {
        "Content-Type": "text/plain",
        "ETag": DOCUMENT.etag,
        "Last-Modified": "Wed, 04 Mar 2026 09:00:00 GMT",
    }


def test_an_unchanged_document_has_no_body():
    found = answer("/site.example/page", {"if-none-match": DOCUMENT.etag}, SITES, EDITION)

    assert (found.status, found.body) == (304, b"")
    assert found.headers["ETag"] == DOCUMENT.etag


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/site.example/absent", b"nothing here"),
        ("/SITE.example/absent", b"nothing here"),
        ("/other.example/page", b"No site 'other.example' here. Known: site.example."),
    ],
)
def test_what_is_not_there_is_a_404_in_the_words_of_its_site(path, body):
    found = answer(path, {}, SITES, EDITION)

    assert (found.status, found.body) == (404, body)


def test_equal_bytes_have_equal_tags_and_others_do_not():
    later = datetime(2026, 3, 5, tzinfo=UTC)

    assert Document(b"body", "text/html", later).etag == DOCUMENT.etag
    assert Document(b"body2", "text/plain", DOCUMENT.modified_at).etag != DOCUMENT.etag


def test_a_failing_answer_may_say_when_to_come_back():
    refused = spoil(Fault(kind=FaultKind.FAIL, status=429, retry_after="7"))

    assert (refused.status, refused.headers["Retry-After"]) == (429, "7")
    assert "Retry-After" not in spoil(Fault(kind=FaultKind.FAIL)).headers


def test_a_challenge_page_looks_like_success():
    page = spoil(Fault(kind=FaultKind.HTML))

    assert (page.status, page.body) == (200, CHALLENGE)
    assert page.headers["Content-Type"] == "text/html"
