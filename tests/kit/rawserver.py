"""A server that misbehaves to the byte: each path has a script of steps on the raw socket.

with serve_raw() as server:
    server.script("/simple/six/", cut(body, after=10), page(body))   # first cut, then well
"""

from __future__ import annotations

import socket
import struct
import threading
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

from .sites import Request, RequestLog, lowered

HTML = "text/html; charset=utf-8"


class Wire:
    """One accepted connection, as a script sees it."""

    def __init__(self, connection: socket.socket, stopping: threading.Event) -> None:
        self._connection = connection
        self._stopping = stopping
        self._is_reset = False

    def send(self, data: bytes) -> None:
        """Send it all."""
        self._connection.sendall(data)

    def reset(self) -> None:
        """Close with a RST instead of a FIN."""
        self._is_reset = True
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._connection.close()

    def half_close(self) -> None:
        """No more from here, but go on reading."""
        self._connection.shutdown(socket.SHUT_WR)

    def wait_for_stop(self, seconds: float | None = None) -> bool:
        """Stand still until the server ends (or so long); True if it ends."""
        return self._stopping.wait(seconds)

    def close(self) -> None:
        """The orderly way: FIN, and what the client still sends is read, so that no RST comes of it."""
        if self._is_reset:
            return
        with suppress(OSError):
            self._connection.shutdown(socket.SHUT_WR)
            self._connection.settimeout(5)
            while not self._stopping.is_set() and self._connection.recv(65536):
                pass
        self._connection.close()


Script = Callable[[Wire], None]


def head(
    status: str = "200 OK", headers: Mapping[str, str] | None = None, *, protocol: str = "HTTP/1.1"
) -> bytes:
    """A status line and headers; HTML and `Connection: close` unless said otherwise."""
    rows = {"Content-Type": HTML, "Connection": "close"} | dict(headers or {})
    return "".join([f"{protocol} {status}\r\n", *(f"{k}: {v}\r\n" for k, v in rows.items()), "\r\n"]).encode()


def _sized(body: bytes, length: int | None = None, **headers: str) -> bytes:
    return head(headers={"Content-Length": str(len(body) if length is None else length)} | headers)


def page(body: bytes, status: str = "200 OK", headers: Mapping[str, str] | None = None) -> Script:
    """A good answer."""
    everything = head(status, {"Content-Length": str(len(body))} | dict(headers or {})) + body
    return lambda wire: wire.send(everything)


def raw(data: bytes) -> Script:
    """These bytes and nothing else."""
    return lambda wire: wire.send(data)


def cut(body: bytes, *, after: int) -> Script:
    """The body ends after so many bytes, though Content-Length promised all."""
    return lambda wire: wire.send(_sized(body) + body[:after])


def reset_at(body: bytes, *, after: int) -> Script:
    """The connection is reset after so many bytes of the body."""

    def play(wire: Wire) -> None:
        wire.send(_sized(body) + body[:after])
        wire.reset()

    return play


def reset_before_answer() -> Script:
    """The request is read, the connection reset."""
    return lambda wire: wire.reset()


def close_without_answer() -> Script:
    """The request is read, the connection closed."""
    return lambda wire: None


def wrong_length(body: bytes, *, length: int) -> Script:
    """The whole body under a lying Content-Length."""
    return lambda wire: wire.send(_sized(body, length) + body)


def half_close(body: bytes, *, after: int) -> Script:
    """So many bytes of the body, then a FIN; what the client says is still read, until the server ends."""

    def play(wire: Wire) -> None:
        wire.send(_sized(body) + body[:after])
        wire.half_close()
        wire.wait_for_stop()

    return play


def garbage(data: bytes = b"\x16\x03\x01\x02\x00 220 lab ready\r\n\r\n") -> Script:
    """What is no HTTP: another protocol on the port."""
    return raw(data)


def never_answer() -> Script:
    """The request is read; nothing comes, until the server ends."""

    def play(wire: Wire) -> None:
        wire.wait_for_stop()

    return play


def never_finish(body: bytes, *, after: int) -> Script:
    """So many bytes of the body, then nothing, until the server ends."""

    def play(wire: Wire) -> None:
        wire.send(_sized(body) + body[:after])
        wire.wait_for_stop()

    return play


def trickle(body: bytes, *, pause: float = 0.0, step: threading.Semaphore | None = None) -> Script:
    """One byte at a time: each after `pause` seconds, or as `step` is released by the test."""

    def play(wire: Wire) -> None:
        wire.send(_sized(body))
        for number in range(len(body)):
            while step is not None and not step.acquire(timeout=0.05):
                if wire.wait_for_stop(0):
                    return
            if pause and wire.wait_for_stop(pause):
                return
            wire.send(body[number : number + 1])

    return play


def trickle_head(status: str = "200 OK", *, pause: float = 0.0) -> Script:
    """A status line, then one byte of a header that never ends after the other, each after `pause` seconds."""

    def play(wire: Wire) -> None:
        wire.send(f"HTTP/1.1 {status}\r\nX-Endless: ".encode())
        while not wire.wait_for_stop(pause):
            wire.send(b"x")

    return play


def endless_head(line: bytes = b"X-More: " + b"x" * 1000 + b"\r\n") -> Script:
    """Headers that never end, as fast as they are read."""
    return in_order(raw(b"HTTP/1.1 200 OK\r\n"), endless_body(b"", line))


def endless_body(start: bytes, chunk: bytes) -> Script:
    """`start`, then `chunk` for ever; headers must have been sent."""

    def play(wire: Wire) -> None:
        wire.send(start)
        while not wire.wait_for_stop(0):
            wire.send(chunk)

    return play


def endless(chunk: bytes = b"<a href='x'>x</a>\n" * 4096, *, chunked: bool = False) -> Script:
    """A body that never ends, as fast as it is read."""
    framed = f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n" if chunked else chunk

    def play(wire: Wire) -> None:
        wire.send(head(headers={"Transfer-Encoding": "chunked"} if chunked else {}))
        while not wire.wait_for_stop(0):
            wire.send(framed)

    return play


def http10(body: bytes, *, with_length: bool = True) -> Script:
    """An HTTP/1.0 answer, as wsgiref gives; without a length its end is the end of the connection."""
    headers = {"Content-Length": str(len(body))} if with_length else {}
    return lambda wire: wire.send(head("200 OK", headers, protocol="HTTP/1.0") + body)


def without_length(body: bytes) -> Script:
    """HTTP/1.1, neither length nor chunks: nobody can tell whether it is complete."""
    return lambda wire: wire.send(head() + body)


def chunked(*chunks: bytes, ended: bool = True) -> Script:
    """A chunked body; without `ended` the stream is cut before its last chunk."""
    framed = b"".join(f"{len(one):x}\r\n".encode() + one + b"\r\n" for one in chunks)
    everything = head(headers={"Transfer-Encoding": "chunked"}) + framed + (b"0\r\n\r\n" if ended else b"")
    return lambda wire: wire.send(everything)


def wrong_chunk(body: bytes, *, size: bytes = b"zz") -> Script:
    """A chunk whose size is no number."""
    start = head(headers={"Transfer-Encoding": "chunked"}) + size + b"\r\n"
    return lambda wire: wire.send(start + body + b"\r\n0\r\n\r\n")


def gzip_bomb(
    start: bytes, *, swell: bytes, mebibytes: int = 64, headers: Mapping[str, str] | None = None
) -> Script:
    """A small body that swells to so many MiB: `start`, then `swell` again and again."""
    packer = zlib.compressobj(9, wbits=zlib.MAX_WBITS | 16)
    data = packer.compress(start)
    for _ in range((mebibytes << 20) // len(swell)):
        data += packer.compress(swell)
    return page(data + packer.flush(), headers={"Content-Encoding": "gzip"} | dict(headers or {}))


def in_order(*scripts: Script) -> Script:
    """One script after the other on one connection."""

    def play(wire: Wire) -> None:
        for one in scripts:
            one(wire)

    return play


class RawServer:
    """The running server; see `serve_raw`. One request per connection."""

    def __init__(self) -> None:
        self.log = RequestLog()
        self.failures: list[Exception] = []
        self._scripts: dict[str, list[Script]] = {}
        self._on_accept: list[Script] = []
        self._default: Script = page(b"Not Found", "404 Not Found")
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    @property
    def port(self) -> int:
        """Where it listens."""
        port: int = self._listener.getsockname()[1]
        return port

    @property
    def url(self) -> str:
        """Its origin."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def simple_url(self) -> str:
        """Where its simple index would be."""
        return f"{self.url}/simple/"

    def script(self, path: str, *scripts: Script) -> None:
        """The first request for this path gets the first script, and so on; the last one stays."""
        with self._lock:
            self._scripts[path] = list(scripts)

    def otherwise(self, script: Script) -> None:
        """For every path without a script (a 404 until said)."""
        self._default = script

    def on_accept(self, *scripts: Script) -> None:
        """Play these on the next connections, before any request is read."""
        with self._lock:
            self._on_accept = list(scripts)

    def stop(self) -> None:
        """End all scripts and connections."""
        self._stopping.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        with suppress(OSError):  # wakes the accept where a shutdown does not
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        self._accepting.join()
        self._listener.close()
        with self._lock:
            still_open, threads = list(self._open), list(self._threads)
        for connection in still_open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join()

    def _accept(self) -> None:
        while not self._stopping.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            with self._lock:
                self._open.add(connection)
                self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        wire = Wire(connection, self._stopping)
        try:
            self._play(connection, wire)
        except OSError:
            pass  # the client hung up, or the server ends
        except Exception as failure:  # noqa: BLE001 -- a wrong script; raised when `serve_raw` ends
            self.failures.append(failure)
        wire.close()
        with self._lock:
            self._open.discard(connection)

    def _play(self, connection: socket.socket, wire: Wire) -> None:
        with self._lock:
            early = self._on_accept.pop(0) if self._on_accept else None
        if early is not None:
            early(wire)
            return
        request = _read_request(connection)
        if request is not None:
            self.log.add(self.url, request)
            self._script_for(request.path)(wire)

    def _script_for(self, path: str) -> Script:
        with self._lock:
            scripts = self._scripts.get(path)
            if not scripts:
                return self._default
            return scripts.pop(0) if len(scripts) > 1 else scripts[0]


def _read_request(connection: socket.socket) -> Request | None:
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            return None
        data += more
    lines = data.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    method, target, _ = lines[0].split(" ", 2)
    headers: Sequence[tuple[str, str]] = [
        (name, value.strip()) for name, _, value in (line.partition(":") for line in lines[1:])
    ]
    parts = urlsplit(target)
    return Request(method, parts.path, lowered(headers), parts.query)


@contextmanager
def serve_raw() -> Iterator[RawServer]:
    """A raw server on a free loopback port."""
    server = RawServer()
    try:
        yield server
    finally:
        server.stop()
    if server.failures:
        msg = "a script of the raw server failed"
        raise ExceptionGroup(msg, server.failures)


@contextmanager
def refused_port() -> Iterator[int]:
    """A port of loopback where every connection is refused, and that nobody else can take."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))  # bound, never listening
        yield holder.getsockname()[1]
