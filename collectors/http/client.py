"""Fetches documents from the run's sources, politely and under every limit."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

import httpcore2
import httpx2

from collectors.http.body import CODINGS, BodyDamaged, BodyTooLarge, read_body
from collectors.http.guard import UrlRefused, check_url, shown, shown_text
from collectors.http.patience import TimeIsUp
from collectors.http.retries import retrying
from collectors.http.verdicts import (
    AnswerNotUnderstood,
    AnswerTooLarge,
    AnswerTooSlow,
    SourceUnavailable,
    check_page,
    check_status,
)
from scheduling.kinds import Answer, Cause, GiveUp, RetryLater

if TYPE_CHECKING:
    from datetime import datetime

    from collectors.http.patience import Patience
    from collectors.http.settings import ClientSettings
    from collectors.http.turns import Turns

MAX_REDIRECTS = 5
CONDITIONS = {"if-none-match", "if-modified-since"}
NETWORK_ERRORS = (httpcore2.TimeoutException, httpcore2.NetworkError, httpcore2.ProtocolError)

# The library logs whole URLs, and a query may hold a secret; errors here name them without it.
logging.getLogger("httpx2").setLevel(logging.WARNING)


class SourceClient:
    """The `HttpClient` of `scheduling.kinds`. For one run and one thread; close it after use.

    `sources` maps each host that may be asked to the slug of its source.
    """

    def __init__(
        self,
        *,
        settings: ClientSettings,
        transport: httpx2.BaseTransport,
        turns: Turns,
        sources: Mapping[str, str],
        patience: Patience,
        now: Callable[[], datetime],
        log: Callable[[str], None],
    ) -> None:
        self._turns = turns
        self._sources = sources
        self._now = now
        self._max_bytes = settings.max_bytes
        self._retrying = retrying(sleep=patience.wait, log=log)
        self._client = httpx2.Client(
            transport=transport,
            trust_env=False,
            headers={"User-Agent": settings.user_agent, "Accept-Encoding": "gzip"},
            timeout=httpx2.Timeout(settings.read_seconds, connect=settings.connect_seconds),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        self._client.close()

    def get(
        self, url: str, *, etag: str = "", last_modified: str = "", max_bytes: int | None = None
    ) -> Answer:
        """Fetch `url` and return the answer if it is 200, 404, or 304 to a condition.

        `etag` and `last_modified` are those of the copy at hand. Raises SourceUnavailable,
        AnswerTooSlow (RetryLater); SourceBlocked, UrlRefused, AddressRefused, AnswerNotUnderstood
        and its kinds (GiveUp); each names the source of the host that was asked. RunStopped.
        """
        limit = self._max_bytes if max_bytes is None else max_bytes
        request = self._request(url, _conditions(etag, last_modified))
        with _blamed(self._sources.get(_host(request), "")):
            return self._retrying(self._follow, request, limit)

    def _request(self, url: str, headers: Mapping[str, str]) -> httpx2.Request:
        try:
            return self._client.build_request("GET", url, headers=headers)
        except httpx2.InvalidURL as error:
            raise UrlRefused(
                f"{shown_text(url)} is not an address: {error}.", cause=Cause.LAYOUT_CHANGED
            ) from error

    def _follow(self, request: httpx2.Request, limit: int) -> Answer:
        first = request.url
        for _ in range(MAX_REDIRECTS + 1):
            outcome = self._exchange(request, limit)
            if isinstance(outcome, Answer):
                return outcome
            request = outcome
        raise AnswerNotUnderstood(
            f"{shown(first)} redirects more than {MAX_REDIRECTS} times, last to "
            f"{shown(request.url)}."
        )

    def _exchange(self, request: httpx2.Request, limit: int) -> Answer | httpx2.Request:
        """Ask once: the answer, or the request that a redirect asks for."""
        check_url(request.url, self._sources.keys())
        with self._turns.take(_host(request)) as turn:
            try:
                with _named(shown(request.url)):
                    return self._ask(request, limit)
            except SourceUnavailable as error:
                if error.after is not None:
                    turn.hold_off(error.after.total_seconds())
                raise

    def _ask(self, request: httpx2.Request, limit: int) -> Answer | httpx2.Request:
        response = self._client.send(request, stream=True)
        try:
            return response.next_request or self._answer(request, response, limit)
        finally:
            response.close()

    def _answer(self, request: httpx2.Request, response: httpx2.Response, limit: int) -> Answer:
        url = shown(request.url)
        headers = dict(response.headers.items())
        check_status(
            url,
            response.status_code,
            headers,
            is_conditional=not CONDITIONS.isdisjoint(request.headers),
            now=self._now(),
        )
        body = b"" if response.status_code == 304 else _body(url, response, limit)
        if response.status_code == 200:
            check_page(url, headers.get("content-type", ""), body)
        return Answer(url=str(request.url), status=response.status_code, headers=headers, body=body)


def _host(request: httpx2.Request) -> str:
    return request.url.raw_host.decode("ascii")


@contextmanager
def _blamed(source: str) -> Iterator[None]:
    """Let what goes wrong name the source at fault, unless none is."""
    try:
        yield
    except (RetryLater, GiveUp) as error:
        if error.source is not None:
            error.source = source
        raise


def _conditions(etag: str, last_modified: str) -> dict[str, str]:
    """Headers of a conditional GET; a value that no header can carry only costs a full answer."""
    values = {"If-None-Match": etag, "If-Modified-Since": last_modified}
    return {
        name: value
        for name, value in values.items()
        if value and value.isascii() and value.isprintable()
    }


def _body(url: str, response: httpx2.Response, limit: int) -> bytes:
    coding = response.headers.get("content-encoding", "").strip().lower()
    if coding not in CODINGS:
        raise AnswerNotUnderstood(f"{url} is sent as {coding!r}, which was not asked for.")
    announced = response.headers.get("content-length", "0")
    if announced.isdigit() and int(announced) > limit:
        raise BodyTooLarge(f"{limit} bytes")
    return read_body(response.iter_raw(), coding=coding, limit=limit)


@contextmanager
def _named(url: str) -> Iterator[None]:
    """Turn what the libraries raise into sentences about `url`."""
    try:
        yield
    except TimeIsUp as error:
        raise AnswerTooSlow(f"{url} did not finish its answer in {error}.") from error
    except BodyTooLarge as error:
        raise AnswerTooLarge(f"{url} sends more than the {error} allowed.") from error
    except BodyDamaged as error:
        raise SourceUnavailable(f"{url} sent a damaged answer: {error}.") from error
    except NETWORK_ERRORS as error:
        sentence = str(error).rstrip(".") or type(error).__name__
        raise SourceUnavailable(f"{url} gave no complete answer: {sentence}.") from error
