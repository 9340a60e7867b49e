"""A deadline under every look-up, connect and read: the HTTP library's own timeouts start anew with each byte."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from typing import Any, Protocol, Self

from driverenv._http.lookup import Lookup


class Due(threading.local):
    """When the running request of this thread must be over, by the transport's clock."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._end = math.inf

    def set(self, end: float) -> None:
        """From now on, in this thread."""
        self._end = end

    def now(self) -> float:
        """The time by that clock."""
        return self._clock()

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
    """The library's network backend: the look-up and all addresses share one deadline, and so do its streams."""

    def __init__(self, inner: _Network, due: Due, lookup: Lookup) -> None:
        self._inner, self._due, self._lookup = inner, due, lookup

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: object = None,
    ) -> Wire:
        limit = self._due.left(timeout)
        end = math.inf if limit is None else self._due.now() + limit
        *others, last = self._lookup.addresses(host, port, limit)
        for tried, address in enumerate(others):
            try:
                share = _share(end, self._due.now(), len(others) + 1 - tried)
                return self._connect(address, port, share, local_address, socket_options)
            except Exception:  # noqa: BLE001, S112 (of whatever kind: the next address may be better)
                continue
        share = _share(end, self._due.now(), 1)
        return self._connect(last, port, share, local_address, socket_options)

    def _connect(
        self, address: str, port: int, limit: float | None, local: str | None, options: object
    ) -> Wire:
        return Wire(self._inner.connect_tcp(address, port, limit, local, options), self._due)


def _share(end: float, now: float, addresses: int) -> float | None:
    """Seconds for one of so many addresses; the last one gets all that is left."""
    return None if end == math.inf else max((end - now) / addresses, 0.001)


def set_deadlines(door: object, due: Due, lookup: Lookup) -> None:
    """Put `due` under every read of `door`, an `httpx.HTTPTransport`."""
    pool: Any = door._pool  # type: ignore[attr-defined]  # noqa: SLF001 (there is no public way in; a test on slow headers guards it)
    pool._network_backend = Network(pool._network_backend, due, lookup)  # noqa: SLF001
