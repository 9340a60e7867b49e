"""Which certificates are believed (RFC 8446): the system's, those of a file, or any."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from driverenv._http.exchange import TransportFailure
from driverenv._http.terms import Terms

if TYPE_CHECKING:
    import socket
    import ssl


class Trust:
    """Stands where the HTTP library wants a TLS context, and makes one for each connection.

    One context for all would hold all others up while one handshake hangs: the system's trust store
    is read under a lock. Nothing is loaded for plain http.
    """

    def __init__(self, make: Callable[[], ssl.SSLContext]) -> None:
        self._make = make
        self._protocols: list[str] = []

    def set_alpn_protocols(self, protocols: list[str]) -> None:
        """Those that every connection offers (RFC 7301)."""
        self._protocols = protocols

    def wrap_socket(self, sock: socket.socket, server_hostname: str | None = None) -> ssl.SSLSocket:
        """As a context's. Raises `OSError`."""
        return self._context().wrap_socket(sock, server_hostname=server_hostname)

    def wrap_bio(
        self, incoming: ssl.MemoryBIO, outgoing: ssl.MemoryBIO, server_hostname: str | None = None
    ) -> ssl.SSLObject:
        """As a context's: TLS inside of TLS, through a proxy. Raises `OSError`."""
        return self._context().wrap_bio(incoming, outgoing, server_hostname=server_hostname)

    def _context(self) -> ssl.SSLContext:
        context = self._make()
        context.set_alpn_protocols(self._protocols)
        return context


def trust_for(terms: Terms, system: Callable[[], ssl.SSLContext]) -> Trust:
    """What connections on these terms believe; `system` stands for the system's trust.

    Raises `TransportFailure`: the file of certificates cannot be used.
    """
    if not terms.verify:
        return Trust(_anything)
    if terms.ca_file is None:
        return Trust(system)
    path = terms.ca_file
    _of_file(path)  # said before anything is sent
    return Trust(lambda: _of_file(path))


def system_trust() -> ssl.SSLContext:
    """What this machine trusts."""
    import ssl  # noqa: PLC0415 (30 ms that a site without https never pays)

    import truststore  # noqa: PLC0415

    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _of_file(path: str) -> ssl.SSLContext:
    import ssl  # noqa: PLC0415

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_verify_locations(cafile=path)
    except OSError as error:  # ssl.SSLError is one
        reason = "it has no certificate in PEM form" if isinstance(error, ssl.SSLError) else error.strerror
        detail = f"the file of trusted certificates {path} cannot be used ({reason})"
        raise TransportFailure("tls", detail, again=False) from error
    return context


def _anything() -> ssl.SSLContext:
    import ssl  # noqa: PLC0415

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
