"""Connections that go to the checked address and never outlive the exchange's deadline.

httpx2 offers no seat for a network backend, its engine httpcore2 does: the transport joins them.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import httpcore2
import httpx2

from collectors.http.guard import AddressRefused
from scheduling.kinds import Cause

if TYPE_CHECKING:
    import ssl

    from collectors.http.patience import Deadline

Resolver = Callable[[str, int], list[str]]
IDLE_CONNECTION_SECONDS = 20


def resolve(host: str, port: int) -> list[str]:
    """All addresses of `host` by the system's resolver, in its order. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class PinnedBackend(httpcore2.NetworkBackend):
    """Resolves a name once and connects to that answer, so that a second answer cannot differ."""

    def __init__(
        self,
        *,
        accepts: Callable[[str], bool],
        deadline: Deadline,
        resolver: Resolver = resolve,
    ) -> None:
        self._accepts = accepts
        self._deadline = deadline
        self._resolver = resolver
        self._sockets = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        """Connect to the first address that answers. Raises AddressRefused if any is private."""
        failure = httpcore2.ConnectError(f"{host} has no address")
        for address in self._checked_addresses(host, port):
            try:
                stream = self._sockets.connect_tcp(
                    address, port, self._deadline.cut(timeout), local_address, socket_options
                )
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = httpcore2.ConnectError(f"{address}: {error}")
            else:
                return TimedStream(stream, self._deadline)
        raise failure

    def _checked_addresses(self, host: str, port: int) -> list[str]:
        try:
            addresses = self._resolver(host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore2.ConnectError(f"the name {host} cannot be resolved: {error}") from error
        for address in addresses:
            if not self._accepts(address):
                raise AddressRefused(
                    f"{host} is not asked: its name leads to {address}, which no source may have.",
                    cause=Cause.SOURCE_UNAVAILABLE,
                )
        return addresses


class TimedStream(httpcore2.NetworkStream):
    """A socket whose every step is cut by the deadline and by a stop of the run."""

    def __init__(self, stream: httpcore2.NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        for pulse in self._deadline.pulses(timeout):
            with suppress(httpcore2.ReadTimeout):
                return self._stream.read(max_bytes, pulse)
        raise httpcore2.ReadTimeout(f"nothing arrived for {timeout:g} seconds")

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.cut(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.NetworkStream:
        limit = self._deadline.cut(timeout)
        stream = self._stream.start_tls(ssl_context, server_hostname, limit)
        return TimedStream(stream, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class PinnedTransport(httpx2.BaseTransport):
    """Sends httpx2's requests through a pool on `PinnedBackend`; no proxy, no environment.

    With `replay_url` the request for `https://HOST/path` goes to `{replay_url}/HOST/path`; the
    client above never sees the difference. Errors are httpcore2's.
    """

    def __init__(
        self, *, backend: PinnedBackend, deadline: Deadline, replay_url: str | None = None
    ) -> None:
        self._deadline = deadline
        self._replay = None if replay_url is None else httpx2.URL(replay_url)
        self._pool = httpcore2.ConnectionPool(
            ssl_context=None if self._replay else httpx2.create_ssl_context(trust_env=False),
            max_connections=4,
            keepalive_expiry=IDLE_CONNECTION_SECONDS,
            network_backend=backend,
        )

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        self._deadline.restart()
        url, headers = request.url, request.headers.copy()
        if self._replay is not None:
            url = replayed(request.url, self._replay)
            headers["Host"] = url.netloc.decode("ascii")
        answer = self._pool.handle_request(
            httpcore2.Request(
                request.method,
                httpcore2.URL(
                    scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
                ),
                headers=headers.raw,
                content=request.read(),
                extensions=request.extensions,
            )
        )
        return httpx2.Response(
            answer.status, headers=answer.headers, stream=PooledBody(answer), request=request
        )

    def close(self) -> None:
        self._pool.close()


class PooledBody(httpx2.SyncByteStream):
    """Gives the connection back to the pool when the body is read or given up."""

    def __init__(self, answer: httpcore2.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        yield from self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()


def replayed(url: httpx2.URL, base: httpx2.URL) -> httpx2.URL:
    """The replay server's URL for the live `url`."""
    target = base.raw_path.rstrip(b"/") + b"/" + url.raw_host + url.raw_path
    return base.copy_with(raw_path=target)
