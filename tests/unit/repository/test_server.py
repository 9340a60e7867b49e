from __future__ import annotations

import http.client
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from wsgiref.headers import Headers

import pytest

from driverenv.errors import ServerFailed
from driverenv.repository import hosting
from driverenv.repository.server import Terms, served
from tests.kit.wheels import make_wheel


def get(port: int, path: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def test_a_real_server_from_begin_to_end(tmp_path: Path) -> None:
    make_wheel(tmp_path, "six", "1.0")
    with served(Terms(str(tmp_path), port=0)) as server:
        assert server.url == f"http://127.0.0.1:{server.port}"
        with socket.create_connection(("127.0.0.1", server.port)):  # silent, and in nobody's way
            status, page = get(server.port, "/simple/six/")
        assert (status, "six-1.0-py3-none-any.whl#sha256=" in page) == (200, True)
        assert get(server.port, "/simple/nothing/")[0] == 404
        assert not server.wait(0.01)
        process = server.process
    assert process.returncode == 0


def test_what_goes_wrong_is_told(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(ServerFailed) as caught, served(Terms(str(tmp_path), port=taken.getsockname()[1])):
            pass
    assert caught.value.code == "SERVER_PORT"
    assert "cannot be used: Address already in use" in str(caught.value)


def test_a_server_that_dies_is_no_quiet_end(tmp_path: Path) -> None:
    with served(Terms(str(tmp_path), port=0)) as server:
        server.process.kill()
        with pytest.raises(ServerFailed, match="ended by itself"):
            server.wait(30)


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A server that has six 1.0."""
    folder = tmp_path_factory.mktemp("index")
    make_wheel(folder, "six", "1.0")
    with served(Terms(str(folder), port=0)) as server:
        yield server.port


@pytest.fixture
def connection(port: int) -> Iterator[http.client.HTTPConnection]:
    one = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    one.connect()
    yield one
    one.close()


def asked(connection: http.client.HTTPConnection, path: str, method: str = "GET") -> tuple[int, bytes]:
    """An answer; `connection` is connected anew by http.client where the server ended it."""
    connection.request(method, path)
    answer = connection.getresponse()
    return answer.status, answer.read()


def test_a_connection_is_kept(connection: http.client.HTTPConnection) -> None:
    """Whatever the answer: a page, a file, a redirect, nothing, or the head of one."""
    kept = connection.sock
    for _ in range(2):
        status, page = asked(connection, "/simple/six/")
        assert (status, b"six-1.0" in page) == (200, True)
        assert asked(connection, "/simple/six/", "HEAD") == (200, b"")
        assert asked(connection, "/simple/Six")[0] == 301
        assert asked(connection, "/simple/nothing/")[0] == 404
        status, wheel = asked(connection, "/packages/six-1.0-py3-none-any.whl")
        assert (status, wheel[:2]) == (200, b"PK")
        assert connection.sock is kept


def raw(port: int, sent: bytes) -> bytes:
    """All that the server says until it ends the connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as one:
        one.sendall(sent)
        return b"".join(iter(lambda: one.recv(65_536), b""))


PAGE = b"GET /simple/six/ HTTP/1.1\r\nHost: x\r\n"
SMUGGLED = b"GET /simple/nothing/ HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.mark.parametrize(
    "sent",
    [
        PAGE + b"Connection: close\r\n\r\n" + SMUGGLED,
        PAGE + b"Content-Length: 5\r\n\r\n12345" + SMUGGLED,
        PAGE + b"Content-Length: 0\r\n\r\n" + SMUGGLED,
        PAGE + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
        PAGE.replace(b"GET", b"POST") + b"Content-Length: 5\r\n\r\n12345" + SMUGGLED,
        PAGE.replace(b"1.1", b"1.0") + b"\r\n" + SMUGGLED,
        PAGE.replace(b"HTTP/1.1", b"HTTP/9.9") + b"\r\n" + SMUGGLED,
        b"GET " + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n" + SMUGGLED,
        b"nonsense\r\n\r\n" + SMUGGLED,
    ],
    ids=["close", "body", "no body", "chunked", "post", "1.0", "9.9", "long", "nonsense"],
)
def test_what_is_no_plain_request_is_the_last(port: int, sent: bytes) -> None:
    """So that nothing of a body, or of what a proxy took for one, is ever read as a request."""
    said = raw(port, sent)
    assert said.count(b"HTTP/1.1 ") <= 1
    assert b"nothing" not in said
    assert b"keep-alive" not in said.lower()


def test_several_requests_at_once_are_answered_in_order(port: int) -> None:
    said = raw(port, PAGE + b"\r\n" + SMUGGLED + PAGE + b"Connection: close\r\n\r\n")
    assert re.findall(rb"HTTP/1.1 (\d+)", said) == [b"200", b"404", b"200"]


def test_a_file_that_is_shorter_than_it_was_ends_the_connection() -> None:
    """The client cannot tell where the answer ends: it must not take the next one for the rest."""
    handler: Any = hosting._Handler.__new__(hosting._Handler)
    handler.command, handler.log_request = "GET", lambda *_arguments: None
    answer: Any = hosting._Answer.__new__(hosting._Answer)
    answer.request_handler, answer.status, answer.bytes_sent = handler, "200 OK", 3
    answer.headers, answer.result = Headers([("Content-Length", "5")]), None
    answer.close()
    assert not answer.is_whole
