"""What an answer means: an Answer worth handing on, or a named error that says what to do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from scheduling.kinds import Cause, GiveUp, RetryLater

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST_RETRY_AFTER = timedelta(days=1)
BLOCKED = {403, 451}
BUSY = {408, 425, 429}
# Every challenge page carries its maker's header, whatever its status:
# developers.cloudflare.com "Detect a Challenge Page response"; AWS WAF Developer Guide "CAPTCHA
# and Challenge action behavior".
CHALLENGE_HEADERS = ("cf-mitigated", "x-amzn-waf-action")
# Interstitials of Imperva, Akamai and DataDome, which answer 200 without such a header.
CHALLENGE_MARKS = (b'src="/_Incapsula_Resource', b"sec-if-cpt-container", b"captcha-delivery.com")
CHALLENGE_BYTES = 64 * 1024


class SourceUnavailable(RetryLater):
    """The source does not answer now; it may later."""

    def __init__(self, text: str, *, after: timedelta | None = None) -> None:
        super().__init__(text, cause=Cause.SOURCE_UNAVAILABLE, after=after)


class AnswerTooSlow(RetryLater):
    """The source answers so slowly that asking again at once would only burden it."""

    def __init__(self, text: str) -> None:
        super().__init__(text, cause=Cause.SOURCE_UNAVAILABLE)


class SourceBlocked(GiveUp):
    """The source refuses programs, or us: asking again would be evasion."""

    def __init__(self, text: str) -> None:
        super().__init__(text, cause=Cause.SOURCE_BLOCKED)


class AnswerNotUnderstood(GiveUp):
    """The source answers in a way that this client has no meaning for."""

    def __init__(self, text: str) -> None:
        super().__init__(text, cause=Cause.LAYOUT_CHANGED)


class RequestRefused(AnswerNotUnderstood):
    """The source says that the request itself is wrong."""


class AnswerTooLarge(AnswerNotUnderstood):
    """The body exceeds what the caller is ready to keep."""


def check_status(
    url: str, status: int, headers: Mapping[str, str], *, is_conditional: bool, now: datetime
) -> None:
    """Raise unless the answer is 200, 404, or the 304 that was asked for.

    `headers` has lower-case names; `now` turns a Retry-After date into a delay.
    """
    if any(name in headers for name in CHALLENGE_HEADERS):
        raise challenged(url)
    if status in {200, 404} or (status == 304 and is_conditional):
        return
    if status in BLOCKED:
        raise SourceBlocked(
            f"{url} refuses us (HTTP {status}). Asking again would be evasion: read the site's "
            "terms, or write to its operator."
        )
    if status in BUSY or status >= 500:
        raise SourceUnavailable(
            f"{url} is not ready (HTTP {status}).",
            after=retry_after(headers.get("retry-after", ""), now=now),
        )
    if status >= 400:
        raise RequestRefused(
            f"{url} refuses the request as wrong (HTTP {status}): see whether the site has moved "
            "its documents."
        )
    raise AnswerNotUnderstood(
        f"{url} answers HTTP {status}, which is neither the document nor its absence."
    )


def check_page(url: str, content_type: str, body: bytes) -> None:
    """Raise for a 200 that is no document: an empty body, or a challenge page in its place."""
    if not body:
        raise SourceUnavailable(f"{url} answers HTTP 200 with an empty body.")
    if "html" in content_type and any(mark in body[:CHALLENGE_BYTES] for mark in CHALLENGE_MARKS):
        raise challenged(url)


def challenged(url: str) -> SourceBlocked:
    return SourceBlocked(
        f"{url} answers with a challenge for browsers instead of the document. It is not solved or "
        "evaded: ask the site's operator for access."
    )


def retry_after(value: str, *, now: datetime) -> timedelta | None:
    """The delay that a Retry-After header names (RFC 9110 10.2.3), between 0 and one day.

    None if there is no header or no sense in it.
    """
    delay = _delay(value.strip(), now)
    if delay is None:
        return None
    return min(max(delay, timedelta(0)), LONGEST_RETRY_AFTER)


def _delay(value: str, now: datetime) -> timedelta | None:
    if value.isascii() and value.isdigit():
        return timedelta(seconds=min(int(value[:9]), LONGEST_RETRY_AFTER.total_seconds()))
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now
