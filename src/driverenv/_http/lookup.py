"""Names of hosts into addresses, under a deadline: the system's own resolver knows none."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable

Resolve = Callable[[str, int], list[str]]
"""The addresses of a host, best first; raises `OSError` (`socket.gaierror`)."""


def resolve(host: str, port: int) -> list[str]:
    """Ask the system (RFC 6724 decides the order); takes as long as it takes."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class Lookup:
    """Looks names up in threads of their own, which nobody waits for longer than agreed; safe for threads."""

    def __init__(self, resolver: Resolve = resolve) -> None:
        self._resolve = resolver
        self._lock = threading.Lock()
        self._running: dict[tuple[str, int], _Answer] = {}

    def addresses(self, host: str, port: int, timeout: float | None) -> list[str]:
        """The addresses of `host` within `timeout` seconds. Raises `socket.gaierror`.

        An address is its own answer. A look-up that takes longer goes on by itself; who asks for the
        same name meanwhile waits for that one.
        """
        if _is_address(host):
            return [host]
        key = (host, port)
        with self._lock:
            answer = self._running.get(key)
            if answer is None:
                answer = self._running[key] = _Answer()
                threading.Thread(
                    target=self._look_up, args=(key, answer), name="driverenv-dns", daemon=True
                ).start()
        if not answer.there.wait(timeout):
            raise socket.gaierror(socket.EAI_AGAIN, "no name server answered in time")
        if answer.error is not None:
            raise answer.error
        if not answer.found:
            raise socket.gaierror(socket.EAI_NONAME, "it has no address")
        return answer.found

    def _look_up(self, key: tuple[str, int], answer: _Answer) -> None:
        try:
            answer.found = self._resolve(*key)
        except Exception as error:  # noqa: BLE001 (raised again by whoever waits for it)
            answer.error = error
        with self._lock:
            del self._running[key]
        answer.there.set()


class _Answer:
    """What becomes of one look-up."""

    def __init__(self) -> None:
        self.there = threading.Event()
        self.found: list[str] = []
        self.error: Exception | None = None


def _is_address(host: str) -> bool:
    import ipaddress  # noqa: PLC0415 (a site with folder indexes never needs it)

    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
