"""Whatever the HTTP library and what lies below it raise, told as a `TransportFailure`."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator

from driverenv._http import tls
from driverenv._http.exchange import PROXY_STATUSES, TransportFailure
from driverenv._http.terms import Terms

_LINE = "illegal header line"
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_SCHEME = re.compile(r"(?:^|,)\s*([A-Za-z][A-Za-z0-9._-]{0,30})(?=\s|,|$)(?!\s*=)")


@contextlib.contextmanager
def translated(terms: Terms, *, receiving: bool, offered: list[str] | None = None) -> Iterator[None]:
    """Turn what is raised inside into a `TransportFailure`.

    `offered` takes up what a proxy that wants a password says of it (Proxy-Authenticate), while inside.
    """
    import httpx  # noqa: PLC0415 (150 ms that a site with folder indexes never pays)

    try:
        yield
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError, UnicodeError) as error:
        failure = failure_of(error, terms, receiving=receiving, offered=", ".join(offered or ()))
        if _LINE in str(error):  # the rest of it is the line itself, and that may be a cookie
            raise failure from None
        raise failure from error


def failure_of(error: Exception, terms: Terms, *, receiving: bool, offered: str = "") -> TransportFailure:
    """The narrowest kind that is true; while `receiving`, headers had come already."""
    import socket  # noqa: PLC0415
    import ssl  # noqa: PLC0415

    import httpx  # noqa: PLC0415

    causes = tuple(_causes(error))
    for cause in causes:
        if isinstance(cause, ssl.SSLError):
            return _of_tls(cause, terms)
    if isinstance(error, httpx.ProxyError):
        return _of_proxy(str(error), terms, offered)
    text = _text(causes[-1])
    proxy = terms.told_proxy
    through = f" through the proxy {proxy}" if proxy else ""
    name = f"the name of the proxy {proxy}" if proxy else "the name of its host"
    is_late = any(isinstance(cause, httpx.TimeoutException | TimeoutError) for cause in causes)
    is_nameless = any(isinstance(cause, socket.gaierror) for cause in causes)
    rows: tuple[tuple[bool, str, str, bool], ...] = (
        (is_nameless, "dns", f"{name} could not be resolved ({text})", True),
        (
            isinstance(error, httpx.ConnectTimeout),
            "timeout",
            f"no connection could be made{through} in time",
            True,
        ),
        (is_late, "timeout", f"it did not answer{through} in time", not receiving),
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


def _of_tls(error: Exception, terms: Terms) -> TransportFailure:
    import ssl  # noqa: PLC0415

    assert isinstance(error, ssl.SSLError)  # noqa: S101 (for the type checker)
    through = f", through the proxy {terms.told_proxy}" if terms.proxy else ""
    return TransportFailure(
        "tls", tls.told(error, terms) + through, again=False, case=tls.case_of(error, terms)
    )


def _of_proxy(text: str, terms: Terms, offered: str) -> TransportFailure:
    """What a proxy said in place of making a tunnel (RFC 9110 section 9.3.6)."""
    status = int(text[:3]) if text[:3].isdigit() else 0
    if status in PROXY_STATUSES:
        return refused_by_proxy(status, terms, offered)
    detail = f"the proxy {terms.told_proxy} refused the connection ({text})"
    return TransportFailure("down", detail, again=status in (500, 502, 503, 504), case="proxy")


def refused_by_proxy(status: int, terms: Terms, offered: str = "") -> TransportFailure:
    """A status that only a proxy gives (RFC 9110 section 15.5.8, RFC 6585 section 6): 407 or 511.

    The cases: "direct" (there is no proxy that we know of), "scheme" (it wants something else than a password
    in Basic authentication, RFC 7617), "refused" (not this one), "asked" (there was none).
    """
    if not terms.proxy:
        return _refused(status, "it was asked directly, without a proxy", "direct")
    who = f"the proxy {terms.told_proxy}"
    schemes = tuple(dict.fromkeys(_SCHEME.findall(_QUOTED.sub("", offered))))[:4]
    if schemes and "basic" not in map(str.lower, schemes):
        return _refused(status, f"{who} wants {' or '.join(schemes)} and does not take Basic", "scheme")
    if terms.proxy_has_password:
        return _refused(status, f"{who} does not accept the user name and password", "refused")
    return _refused(status, f"{who} asks for a user name and a password", "asked")


def _refused(status: int, detail: str, case: str) -> TransportFailure:
    return TransportFailure("proxy-auth", f"HTTP status {status}: {detail}", again=False, case=case)


def _text(cause: BaseException) -> str:
    text = str(cause) or type(cause).__name__
    head, mark, _ = text.partition(_LINE)
    return head + mark


def _causes(error: BaseException) -> Iterator[BaseException]:
    """`error` and what lies below it, down to the first that is not the HTTP library's own."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        ours = type(cause).__module__.startswith(("httpx", "httpcore"))
        cause = (cause.__cause__ or cause.__context__) if ours else None
