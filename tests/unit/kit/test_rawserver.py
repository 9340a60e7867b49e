"""Each fault of the raw server is the fault it says."""

from __future__ import annotations

import http.client
import socket
import threading
import zlib

import pytest

from tests.kit import RawServer, rawserver, refused_port
from tests.kit.factories import RawServerFactory

from .test_pypiserver import get

BODY = b"<html><a href='six-1.0.tar.gz'>six-1.0.tar.gz</a></html>"


@pytest.fixture
def server(raw_server: RawServerFactory) -> RawServer:
    return raw_server()


def everything(server: RawServer, path: str = "/p") -> bytes:
    """All bytes until the end of the connection."""
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        data = b""
        while more := connection.recv(65536):
            data += more
        return data


def test_scripts_in_order_and_the_last_stays(server: RawServer) -> None:
    server.script("/p", rawserver.page(b"", "503 Busy"), rawserver.page(BODY))
    assert [get(server.url, "/p?q=1", Accept="x")[0] for _ in range(3)] == [503, 200, 200]
    assert get(server.url, "/other")[0] == 404
    first = next(iter(server.log)).request
    assert (first.method, first.path, first.query, first.headers["accept"]) == ("GET", "/p", "q=1", "x")


def test_cut(server: RawServer) -> None:
    server.script("/p", rawserver.cut(BODY, after=10))
    with pytest.raises(http.client.IncompleteRead) as caught:
        get(server.url, "/p")
    assert caught.value.partial == BODY[:10]
    assert caught.value.expected == len(BODY) - 10


@pytest.mark.parametrize("script", [rawserver.reset_at(BODY, after=10), rawserver.reset_before_answer()])
def test_reset(server: RawServer, script: rawserver.Script) -> None:
    server.script("/p", script)
    with pytest.raises(ConnectionResetError):
        everything(server)


def test_close_without_answer(server: RawServer) -> None:
    server.script("/p", rawserver.close_without_answer())
    assert everything(server) == b""


def test_close_on_accept(server: RawServer) -> None:
    server.on_accept(lambda wire: wire.reset())
    with pytest.raises((ConnectionResetError, BrokenPipeError)):
        everything(server)
    assert len(server.log) == 0
    assert get(server.url, "/p")[0] == 404


def test_wrong_lengths(server: RawServer) -> None:
    server.script("/p", rawserver.wrong_length(BODY, length=5))
    assert get(server.url, "/p")[2] == BODY[:5]
    assert everything(server).endswith(BODY)
    server.script("/p", rawserver.wrong_length(BODY, length=5000))
    with pytest.raises(http.client.IncompleteRead):
        get(server.url, "/p")


def test_one_byte_at_a_time(server: RawServer) -> None:
    step = threading.Semaphore(0)
    server.script("/p", rawserver.trickle(b"abc", step=step))
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    connection.request("GET", "/p")
    answer = connection.getresponse()
    for byte in b"abc":
        step.release()
        assert answer.read(1) == bytes([byte])
    assert answer.read() == b""
    connection.close()
    server.script("/p", rawserver.trickle(BODY, pause=0.0001))
    assert get(server.url, "/p")[2] == BODY


@pytest.mark.parametrize("chunked", [True, False])
def test_endless(server: RawServer, chunked: bool) -> None:
    server.script("/p", rawserver.endless(chunked=chunked))
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    connection.request("GET", "/p")
    answer = connection.getresponse()
    assert len(answer.read(5_000_000)) == 5_000_000
    answer.close()
    connection.close()


def test_http10(server: RawServer) -> None:
    server.script("/p", rawserver.http10(BODY), rawserver.http10(BODY, with_length=False))
    assert everything(server).startswith(b"HTTP/1.0 200 OK\r\n")
    plain = everything(server)
    assert b"Content-Length" not in plain
    assert plain.endswith(BODY)
    server.script("/p", rawserver.without_length(BODY))
    assert everything(server).startswith(b"HTTP/1.1")


def test_chunks_whole_and_cut(server: RawServer) -> None:
    server.script("/p", rawserver.chunked(b"one", b"two"), rawserver.chunked(b"one", b"two", ended=False))
    assert get(server.url, "/p")[2] == b"onetwo"
    with pytest.raises(http.client.IncompleteRead):
        get(server.url, "/p")


@pytest.mark.parametrize("script", [rawserver.never_answer(), rawserver.never_finish(BODY, after=3)])
def test_never(server: RawServer, script: rawserver.Script) -> None:
    server.script("/p", script)
    outcome: list[bytes] = []
    thread = threading.Thread(target=lambda: outcome.append(everything(server)))
    thread.start()
    server.log.wait_for(1)
    assert outcome == []  # nothing ends it but the end of the server
    server.stop()
    thread.join()
    assert outcome[0].endswith(BODY[:3]) or outcome == [b""]


def test_never_after_accept(server: RawServer) -> None:
    server.on_accept(rawserver.never_answer())
    outcome: list[bytes] = []
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n\r\n")
        thread = threading.Thread(target=lambda: outcome.append(connection.recv(1)))
        thread.start()
        assert get(server.url, "/p")[0] == 404  # the others are served meanwhile
        assert outcome == []
        server.stop()
        thread.join()
    assert outcome == [b""]
    assert len(server.log) == 1


def test_half_close(server: RawServer) -> None:
    server.script("/p", rawserver.half_close(BODY, after=10))
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(b"GET /p HTTP/1.1\r\nHost: x\r\n\r\n")
        data = b""
        while more := connection.recv(65536):
            data += more
        assert data.endswith(b"\r\n\r\n" + BODY[:10])
        for _ in range(3):
            connection.sendall(b"x" * 65536)  # nobody resets it: the other half is still open


def test_garbage(server: RawServer) -> None:
    server.script("/p", rawserver.garbage())
    with pytest.raises(http.client.BadStatusLine):
        get(server.url, "/p")


def test_heads_that_never_end(server: RawServer) -> None:
    server.script("/p", rawserver.trickle_head())
    server.script("/q", rawserver.endless_head())
    for path in ("/p", "/q"):
        with socket.create_connection(("127.0.0.1", server.port)) as connection:
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            data = b""
            while len(data) < 5000:
                data += connection.recv(100)
        assert data.startswith(b"HTTP/1.1 200 OK\r\nX-")
        assert b"\r\n\r\n" not in data


def test_wrong_chunk(server: RawServer) -> None:
    server.script("/p", rawserver.wrong_chunk(BODY))
    with pytest.raises((http.client.IncompleteRead, ValueError)):
        get(server.url, "/p")


def test_gzip_bomb(server: RawServer) -> None:
    server.script("/p", rawserver.gzip_bomb(b"<html>", swell=b"ab" * 500, mebibytes=2))
    status, headers, body = get(server.url, "/p")
    assert (status, headers["Content-Encoding"]) == (200, "gzip")
    assert len(body) < 20_000
    data = zlib.decompress(body, zlib.MAX_WBITS | 16)
    assert (data[:8], len(data)) == (b"<html>ab", 6 + 2_097_000)


def test_refused() -> None:
    with refused_port() as port, pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))
