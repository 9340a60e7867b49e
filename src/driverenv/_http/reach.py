"""The way to an index, step by step, for a person who wants to know where it ends: name, connection, TLS.

Nothing is asked on it: connections are closed as soon as they stand, since one that idles holds up a server with a
single thread.
"""

from __future__ import annotations

import contextlib
import socket
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from driverenv._http import x509
from driverenv._http.certificates import trust_for
from driverenv._http.exchange import Timeouts, TransportFailure
from driverenv._http.failure import failure_of, refused_by_proxy
from driverenv._http.lookup import Lookup
from driverenv._http.origins import Origin, origin_of
from driverenv._http.terms import Terms
from driverenv._http.x509 import Certificate

if TYPE_CHECKING:
    import ssl

NAME, CONNECTION, TLS = "name", "connection", "certificate"
"""The steps."""
_HEAD_LIMIT = 64 * 1024
_WITH_A_CERTIFICATE = ("authority", "expired", "early", "host")


@dataclass(slots=True)
class Reach:
    """How far one gets. Of a step that was not come to, nothing is known."""

    host: str
    """Who is connected to: the index's host, or its proxy's."""
    port: int
    proxy: str = ""
    """What messages call the proxy, if there is one."""
    addresses: tuple[str, ...] = ()
    seconds: float | None = None
    """How long it took to connect."""
    protocol: str = ""
    """The version of TLS: "TLSv1.3"."""
    certificate: Certificate | None = None
    """The index's, also where it is not trusted; None where it could not be seen."""
    step: str = ""
    """The step that failed; "" where none did."""
    failure: TransportFailure | None = field(default=None, repr=False)


def reach(
    terms: Terms,
    origin: Origin,
    *,
    times: Timeouts,
    lookup: Lookup,
    system: Callable[[], ssl.SSLContext],
) -> Reach:
    """Go as far as one gets to `origin` on these terms; each step takes as long as a connection may."""
    way = _Way(terms, origin, times, lookup, system)
    way.go()
    return way.told


class _Way:
    """One attempt."""

    def __init__(
        self,
        terms: Terms,
        origin: Origin,
        times: Timeouts,
        lookup: Lookup,
        system: Callable[[], ssl.SSLContext],
    ) -> None:
        self._terms, self._origin, self._times, self._lookup = terms, origin, times, lookup
        self._system = system
        self._scheme, host, port = origin_of(terms.proxy) if terms.proxy else origin
        self.told = Reach(host, port, terms.told_proxy)

    def go(self) -> None:
        """Take the steps, until one fails."""
        for step, take in ((NAME, self._look_up), (CONNECTION, self._connect), (TLS, self._shake_hands)):
            try:
                take()
            except TransportFailure as failure:
                self.told.step, self.told.failure = step, failure
            except OSError as error:
                self.told.step = step
                self.told.failure = failure_of(error, self._terms, receiving=False)
            if self.told.step:
                return

    def _look_up(self) -> None:
        found = self._lookup.addresses(self.told.host, self.told.port, self._times.connect)
        self.told.addresses = tuple(found)

    def _connect(self) -> None:
        began = self._times.clock()
        self._connected().close()
        self.told.seconds = self._times.clock() - began

    def _connected(self) -> socket.socket:
        """A connection to the first address that takes one; they share the time."""
        share = self._times.connect / len(self.told.addresses)
        *others, last = self.told.addresses
        for address in others:
            with contextlib.suppress(OSError):
                return socket.create_connection((address, self.told.port), timeout=share)
        return socket.create_connection((last, self.told.port), timeout=share)

    def _shake_hands(self) -> None:
        if self._origin[0] != "https" or (self._terms.proxy and self._scheme == "https"):
            return  # nothing to see, or TLS inside of TLS: then a request has to show whether it works
        try:
            der, self.told.protocol = self._handshake(self._terms)
        except OSError as error:
            failure = failure_of(error, self._terms, receiving=False)
            if failure.case in _WITH_A_CERTIFICATE:
                with contextlib.suppress(OSError, TransportFailure):
                    der, _ = self._handshake(Terms(proxy=self._terms.proxy, verify=False))
                    self._see(der)
            raise failure from error
        self._see(der)

    def _see(self, der: bytes) -> None:
        with contextlib.suppress(ValueError):
            self.told.certificate = x509.read(der)

    def _handshake(self, terms: Terms) -> tuple[bytes, str]:
        """The certificate that is shown, and the version of TLS. Raises `OSError`, `TransportFailure`."""
        trust = trust_for(terms, self._system)
        with self._connected() as connection:
            connection.settimeout(self._times.first_byte)
            if terms.proxy:
                self._tunnel(connection)
            with trust.wrap_socket(connection, server_hostname=self._origin[1]) as secured:
                return secured.getpeercert(binary_form=True) or b"", secured.version() or ""

    def _tunnel(self, connection: socket.socket) -> None:
        """Have the proxy make a way (RFC 9110 section 9.3.6). Raises `TransportFailure`."""
        _, host, port = self._origin
        target = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}", *_login(self._terms.proxy)]
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        head = b""
        while b"\r\n\r\n" not in head and len(head) < _HEAD_LIMIT:
            chunk = connection.recv(4096)
            if not chunk:
                break
            head += chunk
        status, offered = _read(head)
        if status in (407, 511):
            raise refused_by_proxy(status, self._terms, offered)
        if not 200 <= status < 300:  # noqa: PLR2004 (RFC 9110 section 15.3)
            detail = (
                f"the proxy {self._terms.told_proxy} refused the connection (status {status or 'unknown'})"
            )
            raise TransportFailure("down", detail, again=False, case="proxy")


def _login(proxy: str) -> list[str]:
    """The header that says who we are (RFC 7617), where the proxy's URL does."""
    parts = urlsplit(proxy)
    if parts.username is None:
        return []
    login = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return [f"Proxy-Authorization: Basic {b64encode(login.encode()).decode()}"]


def _read(head: bytes) -> tuple[int, str]:
    """The status of an answer, and what it says of passwords; 0 for what is no answer."""
    first, *lines = head.decode("latin-1").split("\r\n")
    words = first.split(" ")
    is_answer = len(words) > 1 and words[0].startswith("HTTP/") and words[1].isascii() and words[1].isdigit()
    pairs = (line.partition(":") for line in lines)
    offered = [value.strip() for name, _, value in pairs if name.lower() == "proxy-authenticate"]
    return int(words[1][:3]) if is_answer else 0, ", ".join(offered)
