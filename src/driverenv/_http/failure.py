"""Whatever the HTTP library and what lies below it raise, told as a `TransportFailure`."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from driverenv._http.exchange import TransportFailure

_PROXY_WANTS_MORE = ("407", "511")
_LINE = "illegal header line"


@contextlib.contextmanager
def translated(*, receiving: bool, proxy: str = "") -> Iterator[None]:
    """Turn what is raised inside into a `TransportFailure`; `proxy` is what messages call the proxy, if any."""
    import httpx  # noqa: PLC0415 (150 ms that a site with folder indexes never pays)

    try:
        yield
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError, UnicodeError) as error:
        failure = failure_of(error, receiving=receiving, proxy=proxy)
        if _LINE in str(error):  # the rest of it is the line itself, and that may be a cookie
            raise failure from None
        raise failure from error


def failure_of(error: Exception, *, receiving: bool, proxy: str = "") -> TransportFailure:
    """The narrowest kind that is true; while `receiving`, headers had come already."""
    import socket  # noqa: PLC0415
    import ssl  # noqa: PLC0415

    import httpx  # noqa: PLC0415

    causes = tuple(_causes(error))
    text = _text(causes[-1])
    again = not receiving
    through = f" through the proxy {proxy}" if proxy else ""
    name = f"the name of the proxy {proxy}" if proxy else "the name of its host"
    at_proxy = isinstance(error, httpx.ProxyError)
    wants_more = at_proxy and text.startswith(_PROXY_WANTS_MORE)
    rows: tuple[tuple[bool, str, str, bool], ...] = (
        (_has(causes, ssl.SSLError), "tls", f"no trusted TLS connection could be made ({text})", False),
        (_has(causes, socket.gaierror), "dns", f"{name} could not be resolved ({text})", True),
        (
            isinstance(error, httpx.ConnectTimeout),
            "timeout",
            f"no connection could be made{through} in time",
            True,
        ),
        (
            _has(causes, httpx.TimeoutException, TimeoutError),
            "timeout",
            f"it did not answer{through} in time",
            again,
        ),
        (wants_more, "proxy-auth", f"the proxy {proxy} asks for a password (HTTP status {text[:3]})", False),
        (at_proxy, "down", f"the proxy {proxy} refused the connection ({text})", False),
        (receiving, "truncated", f"the answer broke off ({text})", True),
        (
            isinstance(error, httpx.NetworkError | OSError),
            "down",
            f"the connection{through} failed ({text})",
            True,
        ),
        ("without sending a response" in text, "down", "the connection was closed without an answer", True),
    )
    for applies, kind, detail, may_heal in rows:
        if applies:
            return TransportFailure(kind, detail, again=may_heal)
    return TransportFailure("protocol", f"the answer was no proper HTTP ({text})", again=False)


def refused_by_proxy(status: int, proxy: str) -> TransportFailure:
    """A status that only a proxy gives (RFC 9110 section 15.5.8, RFC 6585 section 6): 407 or 511."""
    who = f"the proxy {proxy} asks for a password" if proxy else "it was asked directly, without a proxy"
    return TransportFailure("proxy-auth", f"HTTP status {status}: {who}", again=False)


def _text(cause: BaseException) -> str:
    text = str(cause) or type(cause).__name__
    head, mark, _ = text.partition(_LINE)
    return head + mark


def _has(causes: tuple[BaseException, ...], *kinds: type[BaseException]) -> bool:
    return any(isinstance(cause, kinds) for cause in causes)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """`error` and what lies below it, down to the first that is not the HTTP library's own."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        ours = type(cause).__module__.startswith(("httpx", "httpcore"))
        cause = (cause.__cause__ or cause.__context__) if ours else None
