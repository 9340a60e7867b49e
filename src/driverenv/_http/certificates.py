"""Which certificates are believed (RFC 8446): the system's, those of a file, or any; and which one is ours."""

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
    """What connections on these terms believe and show; `system` stands for the system's trust.

    Raises `TransportFailure`: a file of certificates or keys cannot be used. That is said before anything is sent.
    """
    make = _believing(terms, system)
    if terms.client_cert is None:
        return Trust(make)
    _show_ours(_anything(), terms)

    def with_ours() -> ssl.SSLContext:
        context = make()
        _show_ours(context, terms)
        return context

    return Trust(with_ours)


def _believing(terms: Terms, system: Callable[[], ssl.SSLContext]) -> Callable[[], ssl.SSLContext]:
    if not terms.verify:
        return _anything
    if terms.ca_file is None:
        return system
    path = terms.ca_file
    _of_file(path)
    return lambda: _of_file(path)


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
        raise _unusable("the file of trusted certificates", path, reason) from error
    return context


def _anything() -> ssl.SSLContext:
    import ssl  # noqa: PLC0415

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


# ---------------------------------------------------------------------------------------------- ours


class _PasswordWanted(Exception):
    """The key is encrypted, and there is no password: OpenSSL would ask at the terminal."""


def _show_ours(context: ssl.SSLContext, terms: Terms) -> None:
    """Load the client certificate. Raises `TransportFailure`; never quotes what the files have."""
    import ssl  # noqa: PLC0415

    certificate = terms.client_cert or ""
    key = terms.client_key or certificate
    certificates, keys = _read(certificate, "client certificate"), _read(key, "client key")
    asked = []

    def password() -> str:
        asked.append(True)
        if terms.client_key_password is None:
            raise _PasswordWanted
        return terms.client_key_password

    try:
        context.load_cert_chain(certificate, key, password)
    except _PasswordWanted:
        raise _unusable("the client key", key, "it is encrypted, and no password is set for it") from None
    except (OSError, ValueError) as error:  # ValueError: a password that is too long
        reason = "it is no usable key"
        if isinstance(error, ssl.SSLError) and error.reason == "KEY_VALUES_MISMATCH":
            reason = f"it is not the key of the certificate in {certificate}"
        elif asked:
            reason = "its password does not open it"
        elif b"-----BEGIN CERTIFICATE-----" not in certificates:
            raise _unusable(
                "the client certificate", certificate, "it has no certificate in PEM form"
            ) from None
        elif b"PRIVATE KEY-----" not in keys:
            reason = "it has no private key in PEM form"
        raise _unusable("the client key", key, reason) from None


def _read(path: str, what: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read(1 << 20)
    except OSError as error:
        raise _unusable(f"the {what}", path, error.strerror or type(error).__name__) from error


def _unusable(what: str, path: str, reason: str | None) -> TransportFailure:
    return TransportFailure("tls", f"{what} {path} cannot be used ({reason})", again=False, case="own")
