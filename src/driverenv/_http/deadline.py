"""A deadline under every read: the HTTP library's own timeouts start anew with each byte."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from typing import Any, Protocol, Self


class Due(threading.local):
    """When the running request of this thread must be over, by the transport's clock."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._end = math.inf

    def set(self, end: float) -> None:
        """From now on, in this thread."""
        self._end = end

    def left(self, timeout: float | None) -> float | None:
        """`timeout`, cut to what is left until then (seconds, never 0: that would mean not to block)."""
        left = max(self._end - self._clock(), 0.001)
        if left == math.inf:
            return timeout
        return left if timeout is None else min(left, timeout)


class _Stream(Protocol):
    def read(self, max_bytes: int, timeout: float | None = None) -> bytes: ...

    def write(self, buffer: bytes, timeout: float | None = None) -> None: ...

    def start_tls(
        self, ssl_context: object, server_hostname: str | None = None, timeout: float | None = None
    ) -> Self: ...

    def close(self) -> None: ...

    def get_extra_info(self, info: str) -> object: ...


class _Network(Protocol):
    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: object = None,
    ) -> _Stream: ...


class Wire:
    """The library's network stream under a deadline."""

    def __init__(self, inner: _Stream, due: Due) -> None:
        self._inner, self._due = inner, due

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._due.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._due.left(timeout))

    def start_tls(
        self, ssl_context: object, server_hostname: str | None = None, timeout: float | None = None
    ) -> Wire:
        return Wire(self._inner.start_tls(ssl_context, server_hostname, self._due.left(timeout)), self._due)

    def close(self) -> None:
        self._inner.close()

    def get_extra_info(self, info: str) -> object:
        return self._inner.get_extra_info(info)


class Network:
    """The library's network backend, its streams under a deadline."""

    def __init__(self, inner: _Network, due: Due) -> None:
        self._inner, self._due = inner, due

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: object = None,
    ) -> Wire:
        limit = self._due.left(timeout)
        return Wire(self._inner.connect_tcp(host, port, limit, local_address, socket_options), self._due)


def set_deadlines(door: object, due: Due) -> None:
    """Put `due` under every read of `door`, an `httpx.HTTPTransport`."""
    pool: Any = door._pool  # type: ignore[attr-defined]  # noqa: SLF001 (there is no public way in; a test on slow headers guards it)
    pool._network_backend = Network(pool._network_backend, due)  # noqa: SLF001
