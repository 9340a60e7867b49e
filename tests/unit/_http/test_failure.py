from __future__ import annotations

import errno
import socket
import ssl
import traceback

import httpx
import pytest

from driverenv._http.exchange import TransportFailure
from driverenv._http.failure import failure_of, refused_by_proxy, translated

PROXY = "http://p:1 (set as https_proxy)"


def caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "receiving", "kind", "again"),
    [
        (
            caused(httpx.ConnectError("x"), socket.gaierror(-2, "Name or service not known")),
            False,
            "dns",
            True,
        ),
        (socket.gaierror(-3, "no name server answered in time"), False, "dns", True),
        (caused(httpx.ConnectError("x"), ssl.SSLCertVerificationError("expired")), False, "tls", False),
        (httpx.ConnectTimeout("x"), False, "timeout", True),
        (httpx.ReadTimeout("x"), False, "timeout", True),
        (httpx.ReadTimeout("x"), True, "timeout", False),
        (httpx.ProxyError("407 Proxy Authentication Required"), False, "proxy-auth", False),
        (httpx.ProxyError("511 Network Authentication Required"), False, "proxy-auth", False),
        (httpx.ProxyError("403 Forbidden 407"), False, "down", False),
        (httpx.ReadError("x"), True, "truncated", True),
        (OSError(errno.ENETUNREACH, "unreachable"), False, "down", True),
        (
            httpx.RemoteProtocolError("Server disconnected without sending a response."),
            False,
            "down",
            True,
        ),
        (httpx.RemoteProtocolError("illegal status line: bytearray(b'SSH')"), False, "protocol", False),
        (UnicodeError("x"), False, "protocol", False),
    ],
)
def test_kinds(error: Exception, receiving: bool, kind: str, again: bool) -> None:
    failure = failure_of(error, receiving=receiving, proxy=PROXY)
    assert (failure.kind, failure.again) == (kind, again)


@pytest.mark.parametrize(
    ("error", "detail"),
    [
        (
            httpx.ProxyError("407 No"),
            f"the proxy {PROXY} asks for a password (HTTP status 407)",
        ),
        (httpx.ProxyError("403 No"), f"the proxy {PROXY} refused the connection (403 No)"),
        (socket.gaierror(-2, "no"), f"the name of the proxy {PROXY} could not be resolved ([Errno -2] no)"),
        (httpx.ConnectTimeout("x"), f"no connection could be made through the proxy {PROXY} in time"),
    ],
)
def test_a_proxy_is_named(error: Exception, detail: str) -> None:
    assert failure_of(error, receiving=False, proxy=PROXY).detail == detail


def test_a_status_of_a_proxy() -> None:
    assert str(refused_by_proxy(407, PROXY)) == f"HTTP status 407: the proxy {PROXY} asks for a password"
    direct = refused_by_proxy(511, "")
    assert str(direct) == "HTTP status 511: it was asked directly, without a proxy"
    assert (direct.kind, direct.again) == ("proxy-auth", False)


def test_a_header_is_never_quoted() -> None:
    line = "illegal header line: bytearray(b'Set-Cookie\\x00: secret')"
    with (
        pytest.raises(TransportFailure, match=r"no proper HTTP \(illegal header line\)") as caught,
        translated(receiving=False),
    ):
        raise httpx.RemoteProtocolError(line)
    assert "secret" not in "".join(traceback.format_exception(caught.value))


def test_what_is_no_business_of_the_network_passes() -> None:
    with pytest.raises(KeyError), translated(receiving=True):
        raise KeyError("x")
