"""Live mode: which address is really connected. Names are resolved by the test."""

import socket
import threading

import httpx2
import pytest

from collectors.http.connection import PinnedBackend, PinnedTransport, resolve
from collectors.http.guard import AddressRefused, is_public
from collectors.http.patience import Deadline, Patience
from tests.integration.collectors.http_world import ScriptedServer, answer

HERE, ELSEWHERE = "127.0.0.1", "127.0.0.3"


class Names:
    """Gives the n-th question the n-th answer, as a name server with a TTL of zero may."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.questions: list[tuple[str, int]] = []

    def resolve(self, host: str, port: int) -> list[str]:
        self.questions.append((host, port))
        return self.answers.pop(0)


def transport(resolver, accepts=HERE.__eq__) -> PinnedTransport:
    deadline = Deadline(Patience(lambda: False), 10)
    backend = PinnedBackend(accepts=accepts, deadline=deadline, resolver=resolver)
    return PinnedTransport(backend=backend, deadline=deadline)


def ask(line: PinnedTransport, url: str) -> bytes:
    response = line.handle_request(httpx2.Request("GET", url))
    try:
        return response.read()
    finally:
        response.close()


def test_a_name_is_resolved_once_and_its_answer_connected():
    names = Names([HERE])
    with ScriptedServer(answer()) as server, transport(names.resolve) as line:
        url = f"http://files.example:{server.port}/"
        assert [ask(line, url), ask(line, url)] == [b"document", b"document"]
    assert names.questions == [("files.example", server.port)]
    assert server.header(0, "host") == f"files.example:{server.port}"


def test_a_name_that_turns_private_is_refused_at_the_next_connection():
    names = Names([HERE], [ELSEWHERE])
    with (
        ScriptedServer(answer("200 OK", b"document", "Connection: close")) as server,
        transport(names.resolve) as line,
    ):
        url = f"http://files.example:{server.port}/"
        assert ask(line, url) == b"document"
        with pytest.raises(AddressRefused, match=rf"files\.example .* {ELSEWHERE}"):
            ask(line, url)
    assert server.connections == 1


@pytest.mark.parametrize("addresses", [[HERE, ELSEWHERE], [ELSEWHERE, HERE]])
def test_one_private_address_spoils_a_name(addresses):
    with (
        ScriptedServer(answer()) as server,
        transport(Names(addresses).resolve) as line,
        pytest.raises(AddressRefused),
    ):
        ask(line, f"http://files.example:{server.port}/")
    assert server.connections == 0


def test_the_second_address_is_tried_where_the_first_is_dead():
    with ScriptedServer(answer()) as server:
        names = Names(["::1", HERE])
        with transport(names.resolve, accepts={"::1", HERE}.__contains__) as line:
            assert ask(line, f"http://files.example:{server.port}/") == b"document"


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "0",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "017700000001",
        "localhost",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "[fec0::1]",
        "127。0。0。1",
        "169.254.169.254",
        "100.64.0.1",
        "192.0.0.8",
        "224.0.0.1",
        "10.0.0.1",
    ],
)
def test_no_spelling_of_a_private_address_is_connected(host):
    with transport(resolve, accepts=is_public) as line, pytest.raises(AddressRefused):
        ask(line, f"http://{host}/")


def test_the_machines_own_name_is_refused():
    name = socket.gethostname()
    names = Names([socket.gethostbyname(name)])
    with transport(names.resolve, accepts=is_public) as line, pytest.raises(AddressRefused):
        ask(line, f"http://{name}/")


@pytest.mark.parametrize(
    "error", [socket.gaierror(-3, "try again"), UnicodeError("label too long")]
)
def test_a_name_that_cannot_be_resolved_is_a_network_error(error):
    def fail(host, port):
        raise error

    from collectors.http.client import NETWORK_ERRORS

    with transport(fail) as line, pytest.raises(NETWORK_ERRORS, match="cannot be resolved"):
        ask(line, "http://files.example/")


def test_tls_names_the_host_and_not_the_address():
    hello: list[bytes] = []
    listener = socket.create_server((HERE, 0))

    def listen() -> None:
        connection, _ = listener.accept()
        with connection:
            hello.append(connection.recv(4096))

    thread = threading.Thread(target=listen)
    thread.start()
    with listener, transport(Names([HERE]).resolve) as line:
        with pytest.raises(Exception, match=r"(?i)eof|reset|ssl"):
            ask(line, f"https://files.example:{listener.getsockname()[1]}/")
        thread.join(10)
    assert b"files.example" in hello[0]
