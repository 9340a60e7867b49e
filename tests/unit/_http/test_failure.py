from __future__ import annotations

import errno
import socket
import ssl
import traceback

import httpx
import pytest

from driverenv._http.exchange import TransportFailure
from driverenv._http.failure import failure_of, refused_by_proxy, translated
from driverenv._http.terms import Terms

PROXY = "http://p:1 (set by variable https_proxy)"
THROUGH = Terms(proxy="http://p:1", proxy_source="by variable https_proxy")
WITH_PASSWORD = Terms(proxy="http://me:secret@p:1", proxy_source="by variable https_proxy")


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
        (httpx.ProxyError("503 Busy"), False, "down", True),
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
    failure = failure_of(error, THROUGH, receiving=receiving)
    assert (failure.kind, failure.again) == (kind, again)


@pytest.mark.parametrize(
    ("error", "detail"),
    [
        (
            httpx.ProxyError("407 No"),
            f"HTTP status 407: the proxy {PROXY} asks for a user name and a password",
        ),
        (httpx.ProxyError("403 No"), f"the proxy {PROXY} refused the connection (403 No)"),
        (socket.gaierror(-2, "no"), f"the name of the proxy {PROXY} could not be resolved ([Errno -2] no)"),
        (httpx.ConnectTimeout("x"), f"no connection could be made through the proxy {PROXY} in time"),
    ],
)
def test_a_proxy_is_named(error: Exception, detail: str) -> None:
    assert failure_of(error, THROUGH, receiving=False).detail == detail


@pytest.mark.parametrize(
    ("terms", "offered", "case", "told"),
    [
        (Terms(), "", "direct", "it was asked directly, without a proxy"),
        (THROUGH, "", "asked", f"the proxy {PROXY} asks for a user name and a password"),
        (
            THROUGH,
            'BASIC realm="x, NTLM y", Negotiate',
            "asked",
            f"the proxy {PROXY} asks for a user name and a password",
        ),
        (WITH_PASSWORD, "", "refused", f"the proxy {PROXY} does not accept the user name and password"),
        (
            WITH_PASSWORD,
            "Negotiate, NTLM",
            "scheme",
            f"the proxy {PROXY} wants Negotiate or NTLM and does not take Basic",
        ),
        (
            WITH_PASSWORD,
            'Digest realm="a \\" Basic, b", qop="auth", nonce=x',
            "scheme",
            f"the proxy {PROXY} wants Digest and does not take Basic",
        ),
        (
            THROUGH,
            'Negotiate abc==, "\x1b[2J"',
            "scheme",
            f"the proxy {PROXY} wants Negotiate and does not take Basic",
        ),
    ],
)
def test_who_wants_which_password(terms: Terms, offered: str, case: str, told: str) -> None:
    failure = refused_by_proxy(407, terms, offered)
    assert (str(failure), failure.case) == (f"HTTP status 407: {told}", case)
    assert (failure.kind, failure.again) == ("proxy-auth", False)
    error = httpx.ProxyError("407 No")
    if terms.proxy:
        assert str(failure_of(error, terms, receiving=False, offered=offered)) == str(failure)


def test_tls_through_a_proxy() -> None:
    cause = ssl.SSLCertVerificationError("x")
    cause.verify_code, cause.verify_message = 20, "unable to get local issuer certificate"
    failure = failure_of(caused(httpx.ConnectError("x"), cause), WITH_PASSWORD, receiving=False)
    assert (failure.kind, failure.case) == ("tls", "authority")
    assert failure.detail.endswith(f", through the proxy {PROXY}")


def test_a_header_is_never_quoted() -> None:
    line = "illegal header line: bytearray(b'Set-Cookie\\x00: secret')"
    with (
        pytest.raises(TransportFailure, match=r"no proper HTTP \(illegal header line\)") as caught,
        translated(Terms(), receiving=False),
    ):
        raise httpx.RemoteProtocolError(line)
    assert "secret" not in "".join(traceback.format_exception(caught.value))


def test_what_is_no_business_of_the_network_passes() -> None:
    with pytest.raises(KeyError), translated(Terms(), receiving=True):
        raise KeyError("x")
