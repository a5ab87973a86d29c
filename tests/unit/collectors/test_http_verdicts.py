from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.http.verdicts import (
    AnswerNotUnderstood,
    RequestRefused,
    SourceBlocked,
    SourceUnavailable,
    check_page,
    check_status,
    retry_after,
)
from scheduling.kinds import Cause, GiveUp, RetryLater

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
URL = "https://files.example/a.pdf"


def judge(
    status: int, headers: dict[str, str] | None = None, *, is_conditional: bool = False
) -> None:
    check_status(URL, status, headers or {}, is_conditional=is_conditional, now=NOW)


@pytest.mark.parametrize(
    ("status", "is_conditional"), [(200, False), (200, True), (404, False), (304, True)]
)
def test_documents_and_their_absence_are_answers(status, is_conditional):
    judge(status, is_conditional=is_conditional)


@pytest.mark.parametrize(
    ("status", "error", "cause"),
    [
        (403, SourceBlocked, Cause.SOURCE_BLOCKED),
        (451, SourceBlocked, Cause.SOURCE_BLOCKED),
        (400, RequestRefused, Cause.LAYOUT_CHANGED),
        (401, RequestRefused, Cause.LAYOUT_CHANGED),
        (405, RequestRefused, Cause.LAYOUT_CHANGED),
        (410, RequestRefused, Cause.LAYOUT_CHANGED),
        (204, AnswerNotUnderstood, Cause.LAYOUT_CHANGED),
        (206, AnswerNotUnderstood, Cause.LAYOUT_CHANGED),
        (300, AnswerNotUnderstood, Cause.LAYOUT_CHANGED),
        (302, AnswerNotUnderstood, Cause.LAYOUT_CHANGED),
        (304, AnswerNotUnderstood, Cause.LAYOUT_CHANGED),
        (408, SourceUnavailable, Cause.SOURCE_UNAVAILABLE),
        (425, SourceUnavailable, Cause.SOURCE_UNAVAILABLE),
        (429, SourceUnavailable, Cause.SOURCE_UNAVAILABLE),
        (500, SourceUnavailable, Cause.SOURCE_UNAVAILABLE),
        (502, SourceUnavailable, Cause.SOURCE_UNAVAILABLE),
        (503, SourceUnavailable, Cause.SOURCE_UNAVAILABLE),
        (599, SourceUnavailable, Cause.SOURCE_UNAVAILABLE),
    ],
)
def test_any_other_status_is_a_named_error(status, error, cause):
    with pytest.raises((RetryLater, GiveUp)) as caught:
        judge(status)
    assert type(caught.value) is error
    assert getattr(caught.value, "cause", None) is cause
    assert URL in str(caught.value)
    assert str(status) in str(caught.value)


@pytest.mark.parametrize("status", [200, 202, 403, 405, 429, 503])
@pytest.mark.parametrize(
    "header", [{"cf-mitigated": "challenge"}, {"x-amzn-waf-action": "captcha"}]
)
def test_a_challenge_is_a_block_whatever_its_status(status, header):
    with pytest.raises(SourceBlocked, match="challenge"):
        judge(status, header)


def test_the_delay_that_the_source_names_is_handed_on():
    with pytest.raises(SourceUnavailable) as caught:
        judge(503, {"retry-after": "120"})
    assert caught.value.after == timedelta(minutes=2)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("", None),
        ("0", 0),
        ("30", 30),
        (" 30 ", 30),
        ("86400", 86400),
        ("86401", 86400),
        ("9" * 5000, 86400),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("٣٠", None),
        ("Sun, 01 Mar 2026 12:01:30 GMT", 90),
        ("Sunday, 01-Mar-26 12:01:30 GMT", 90),
        ("Sun, 01 Mar 2026 12:01:30", 90),
        ("Sun, 01 Mar 2026 12:01:30 -0000", 90),
        ("Sun, 01 Mar 2026 13:01:30 +0100", 90),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0),
        ("Sun, 01 Mar 2099 12:00:00 GMT", 86400),
        ("Sun, 32 Mar 2026 12:00:00 GMT", None),
    ],
)
def test_retry_after_is_read_and_bounded(value, seconds):
    expected = None if seconds is None else timedelta(seconds=seconds)
    assert retry_after(value, now=NOW) == expected


@given(st.text())
def test_retry_after_takes_any_text(value):
    delay = retry_after(value, now=NOW)
    assert delay is None or timedelta(0) <= delay <= timedelta(days=1)


def test_an_empty_document_is_loud():
    with pytest.raises(SourceUnavailable, match="empty body"):
        check_page(URL, "application/pdf", b"")


@pytest.mark.parametrize(
    "mark",
    [
        b'src="/_Incapsula_Resource?SWUDNSAI=31"',
        b"sec-if-cpt-container",
        b"//ct.captcha-delivery.com/c.js",
    ],
)
def test_a_challenge_page_with_status_200_is_a_block(mark):
    page = b"<html><iframe " + mark + b"></html>"
    with pytest.raises(SourceBlocked):
        check_page(URL, "text/html; charset=utf-8", page)
    check_page(URL, "application/pdf", page)


def test_a_page_of_the_source_is_accepted():
    check_page(URL, "text/html", b"<html><body>Filings</body></html>")
