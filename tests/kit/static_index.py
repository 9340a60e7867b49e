"""A threaded HTTP/1.1 index on loopback: keep-alive, JSON or HTML by Accept, ranges, ETags, sidecars.

Stands in for public PyPI, or for any index better than pypiserver. Delays are by event: a path can
be held, and is answered once the test lets it go.
"""

from __future__ import annotations

import hashlib
import re
import socket
import ssl
import struct
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple, cast
from urllib.parse import urlsplit

from .sites import Answer, FolderSite, IndexSite, Logged, Request, RequestLog, Site, TransportFault, lowered
from .universe import IndexData, Universe

Reply = Answer | Callable[[Request], Answer]


class Gate:
    """Holds requests: `wait_until_reached()`, then `open()`."""

    def __init__(self) -> None:
        self._reached = threading.Event()
        self._open = threading.Event()

    def wait_until_reached(self, timeout: float = 30.0) -> None:
        """Until a request stands at the gate."""
        assert self._reached.wait(timeout), "no request came to the gate"

    def open(self) -> None:
        """Let all requests through, those to come too."""
        self._open.set()

    def pass_through(self) -> None:
        """For the server: stand here until it opens."""
        self._reached.set()
        self._open.wait()


class _Override(NamedTuple):
    reply: Reply
    left: list[int | None]


class StaticIndex:
    """The running server; see `serve`."""

    def __init__(self, site: Site, *, tls: ssl.SSLContext | None = None) -> None:
        self.site = site
        self.log = RequestLog()
        self._tls = tls
        self._lock = threading.Lock()
        self._overrides: dict[str, list[_Override]] = {}
        self._gates: dict[str, Gate] = {}
        self._connections: set[socket.socket] = set()
        self._stopping = threading.Event()
        self.connections = 0
        """How many connections were accepted."""
        self.failures: list[BaseException] = []
        """Errors of overrides or of the kit itself, raised when `serve` ends."""
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.index = self
        if tls is not None:
            self._server.socket = tls.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._server.server_port

    @property
    def url(self) -> str:
        """Its origin."""
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    @property
    def simple_url(self) -> str:
        """Its simple index."""
        return f"{self.url}/simple/"

    def override(self, path: str, reply: Reply, *, times: int | None = None) -> None:
        """Answer this path otherwise, so many times (always by default); later ones come after."""
        with self._lock:
            self._overrides.setdefault(path, []).append(_Override(reply, [times]))

    def redirect(self, path: str, to: str, status: int = 302) -> None:
        """Redirect this path."""
        self.override(path, Answer.redirect(to, status))

    def hold(self, path: str) -> Gate:
        """Hold the requests for this path until the gate is opened."""
        gate = Gate()
        with self._lock:
            self._gates[path] = gate
        return gate

    def start(self) -> None:
        """Serve."""
        self._thread.start()

    def stop(self) -> None:
        """End: open gates, close connections, free the port."""
        self._stopping.set()
        with self._lock:
            gates, connections = list(self._gates.values()), list(self._connections)
        for gate in gates:
            gate.open()
        self._server.shutdown()
        for connection in connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._server.server_close()
        self._thread.join()

    def wait_for_stop(self) -> None:
        """For the fault that never answers."""
        self._stopping.wait()

    def reply(self, request: Request) -> Answer:
        """What to answer; raises `TransportFault`."""
        with self._lock:
            gate = self._gates.get(request.path)
            override = self._next_override(request.path)
        if gate:
            gate.pass_through()
        if override is None:
            return self.site.answer(request)
        return override if isinstance(override, Answer) else override(request)

    def connected(self, connection: socket.socket) -> None:
        """A connection was accepted."""
        with self._lock:
            self.connections += 1
            self._connections.add(connection)

    def disconnected(self, connection: socket.socket) -> None:
        """It was closed."""
        with self._lock:
            self._connections.discard(connection)

    def _next_override(self, path: str) -> Reply | None:
        for one in self._overrides.get(path, ()):
            left = one.left[0]
            if left is None:
                return one.reply
            if left > 0:
                one.left[0] = left - 1
                return one.reply
        return None


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    index: StaticIndex

    def server_bind(self) -> None:
        """Without the reverse look-up of HTTPServer."""
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients hang up and handshakes fail; anything else is a fault of the test, kept for `serve`."""
        failure = sys.exception()
        if failure is not None and not isinstance(failure, OSError):
            self.index.failures.append(failure)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    @property
    def index(self) -> StaticIndex:
        return cast("_Server", self.server).index

    def setup(self) -> None:
        self.index.connected(self.request)
        super().setup()

    def finish(self) -> None:
        self.index.disconnected(self.request)
        with suppress(OSError):
            super().finish()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing: there is the request log."""

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        request = Request(self.command, parts.path, lowered(list(self.headers.items())), parts.query)
        self.index.log.add(self.index.url, request)
        try:
            answer = self.index.reply(request)
        except TransportFault as fault:
            self._fail(fault)
            return
        self._send(_conditional(request, answer), cut=False)

    do_HEAD = do_GET  # noqa: N815

    def _send(self, answer: Answer, *, cut: bool) -> None:
        self.send_response(answer.status)
        headers = {"Content-Length": str(len(answer.body))} | dict(answer.headers)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body[: len(answer.body) // 2] if cut else answer.body)

    def _fail(self, fault: TransportFault) -> None:
        self.close_connection = True
        if fault.fault.kind == "hang":
            self.index.wait_for_stop()
        elif fault.fault.kind == "cut" and fault.answer is not None:
            self._send(fault.answer, cut=True)
        elif fault.fault.kind in ("reset", "refused"):
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.connection.close()


def _conditional(request: Request, answer: Answer) -> Answer:
    if answer.status != 200:
        return answer
    etag = f'"{hashlib.sha256(answer.body).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Accept-Ranges": "bytes"} | dict(answer.headers)
    if headers["ETag"] in [one.strip() for one in request.headers.get("if-none-match", "").split(",")]:
        return Answer(304, {"ETag": headers["ETag"]})
    wanted = re.fullmatch(r"bytes=(\d*)-(\d*)", request.headers.get("range", ""))
    if not wanted or not any(wanted.groups()) or request.headers.get("if-range", etag) != headers["ETag"]:
        return Answer(200, headers, answer.body)
    size = len(answer.body)
    first, last = wanted.groups()
    start = int(first) if first else max(0, size - int(last))
    end = min(int(last), size - 1) if first and last else size - 1
    if start > end:
        return Answer(416, {"Content-Range": f"bytes */{size}"})
    headers["Content-Range"] = f"bytes {start}-{end}/{size}"
    return Answer(206, headers, answer.body[start : end + 1])


def site_of(source: Site | IndexData | Universe | Path, *, fallback_url: str = "") -> Site:
    """A universe (its public index), an index or a folder as a site."""
    if isinstance(source, Universe):
        source = source.public
    if isinstance(source, IndexData):
        return IndexSite(source, fallback_url=fallback_url)
    return FolderSite(source) if isinstance(source, Path) else source


@contextmanager
def serve(
    source: Site | IndexData | Universe | Path, *, tls: ssl.SSLContext | None = None, fallback_url: str = ""
) -> Iterator[StaticIndex]:
    """Serve it on loopback, on a free port; what went wrong inside is raised at the end."""
    server = StaticIndex(site_of(source, fallback_url=fallback_url), tls=tls)
    server.start()
    try:
        yield server
    finally:
        server.stop()
    if server.failures:
        msg = "the static index failed inside"
        raise BaseExceptionGroup(msg, server.failures)


__all__ = ["Answer", "Gate", "Logged", "Request", "RequestLog", "StaticIndex", "serve", "site_of"]
