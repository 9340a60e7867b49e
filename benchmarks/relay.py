"""A relay in front of an index: which requests it got, and for how long it was waited for.

It passes bytes on as they come, both ways, so that tools that say nothing of their requests are watched as those
that do. An exchange lasts from the first byte of a request to the last byte of its answer.
"""

from __future__ import annotations

import socket
import socketserver
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit


@dataclass(slots=True)
class Exchange:
    """A request and its answer."""

    path: str
    begun: float
    ended: float

    @property
    def is_page(self) -> bool:
        """Whether it asked what there is, rather than for a file or its metadata."""
        return self.path.startswith("/simple/")


class Relay:
    """Where the tools are sent, and what has passed."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.exchanges: list[Exchange] = []


def waited(exchanges: Sequence[Exchange]) -> float:
    """Seconds during which at least one answer was waited for."""
    total, until = 0.0, float("-inf")
    for one in sorted(exchanges, key=lambda one: one.begun):
        total += max(0.0, one.ended - max(one.begun, until))
        until = max(until, one.ended)
    return total


@contextmanager
def relayed(url: str) -> Iterator[Relay]:
    """A relay in front of the index at `url`."""
    split = urlsplit(url)
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.behind = (str(split.hostname), int(split.port or 80))
        server.relay = Relay(f"http://127.0.0.1:{server.server_address[1]}{split.path}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield server.relay
        finally:
            server.shutdown()
            thread.join()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 128
    behind: tuple[str, int]
    relay: Relay


class _Handler(socketserver.BaseRequestHandler):
    """One connection: a thread for each way."""

    def handle(self) -> None:
        server = cast("_Server", self.server)
        self._exchanges = server.relay.exchanges
        self._open: Exchange | None = None
        with socket.create_connection(server.behind) as behind:
            for one in (behind, self.request):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            back = threading.Thread(target=self._answers, args=(behind,), daemon=True)
            back.start()
            with suppress(OSError):
                while data := self.request.recv(65536):
                    self._asked(data)
                    behind.sendall(data)
            with suppress(OSError):
                behind.shutdown(socket.SHUT_WR)
            back.join()

    def _asked(self, data: bytes) -> None:
        words = data.partition(b"\r\n")[0].decode("latin-1").split()
        if len(words) == 3 and words[2].startswith("HTTP/"):
            now = time.monotonic()
            self._open = Exchange(words[1], now, now)
            self._exchanges.append(self._open)

    def _answers(self, behind: socket.socket) -> None:
        with suppress(OSError):
            while data := behind.recv(65536):
                self.request.sendall(data)
                if self._open is not None:
                    self._open.ended = time.monotonic()
            self.request.shutdown(socket.SHUT_WR)
