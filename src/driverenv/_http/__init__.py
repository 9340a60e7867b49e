"""The only door to the HTTP library: bounded, patient to a limit, and closed to every origin but the policy's.

RFC 9110 over HTTP/1.1. Redirects are never followed here, credentials go to an index's own origin
only, and no exception of the HTTP library gets out: whatever goes wrong is a `TransportFailure`.
The library is imported with the first request, so that a site with folder indexes never pays for it.
"""

from __future__ import annotations

import contextlib
import math
import threading
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from driverenv import __version__
from driverenv._http.body import decoded, is_complete
from driverenv._http.deadline import Due, set_deadlines
from driverenv._http.exchange import (
    PAGE_LIMIT,
    ByteRange,
    OnRequest,
    Response,
    Stream,
    Timeouts,
    Transport,
    TransportFailure,
    trouble_of,
)
from driverenv._http.origins import (
    DEFAULT_PORTS,
    Origin,
    is_excepted,
    is_loopback,
    origin_of,
    redacted,
    refusal,
)
from driverenv._http.patience import Patience
from driverenv.model.site import Index, Policy

if TYPE_CHECKING:
    import ssl

    import httpx

__all__ = [
    "PAGE_LIMIT",
    "ByteRange",
    "HttpTransport",
    "OnRequest",
    "Origin",
    "Response",
    "Stream",
    "Timeouts",
    "Transport",
    "TransportFailure",
    "is_loopback",
    "open_transport",
    "origin_of",
    "redacted",
    "refusal",
    "trouble_of",
]

_ERROR_BODY_LIMIT = 64 * 1024
_LOCAL_AT_ONCE = 4
_PUBLIC_AT_ONCE = 16
_USER_AGENT = f"driverenv/{__version__}"
_OK = 200
_PARTIAL = 206


@contextlib.contextmanager
def open_transport(
    policy: Policy,
    *,
    timeouts: Timeouts | None = None,
    proxies: Mapping[str, str] | None = None,
    on_request: OnRequest | None = None,
    tls: ssl.SSLContext | None = None,
) -> Iterator[HttpTransport]:
    """A transport for the indexes of `policy`, closed at the end.

    `proxies` has the values of ``http_proxy``, ``https_proxy``, ``all_proxy`` and ``no_proxy`` by these
    names; they count for the public index only. `tls` stands in for the system's trust store.
    """
    transport = HttpTransport(policy, timeouts or Timeouts(), proxies or {}, on_request, tls)
    try:
        yield transport
    finally:
        transport.close()


class HttpTransport:
    """The real transport; safe for threads. Nothing is imported or opened before the first request."""

    def __init__(
        self,
        policy: Policy,
        timeouts: Timeouts,
        proxies: Mapping[str, str],
        on_request: OnRequest | None,
        tls: ssl.SSLContext | None,
    ) -> None:
        self._policy = policy
        self._times = timeouts
        self._proxies = {name.lower(): value for name, value in proxies.items() if value}
        self._on_request = on_request
        self._tls = tls
        self._lock = threading.Lock()
        self._clients: dict[tuple[str, str], httpx.Client] = {}
        self._turns: dict[Origin, threading.BoundedSemaphore] = {}
        self._due = Due(timeouts.clock)

    def close(self) -> None:
        """Close every connection; the transport opens new ones if it is used again."""
        with self._lock:
            clients, self._clients = list(self._clients.values()), {}
        for client in clients:
            client.close()

    def get(
        self,
        index: Index,
        url: str,
        *,
        public: bool,
        accept: str = "",
        byte_range: ByteRange = None,
        limit: int = PAGE_LIMIT,
    ) -> Response:
        """See `Transport.get`. Raises `TransportFailure`."""
        headers = {"Accept": accept or "*/*", "Accept-Encoding": "identity" if byte_range else "gzip"}
        if byte_range is not None:
            headers["Range"] = _range_header(byte_range)
        patience = Patience(self._times, self._times.whole)
        while True:
            try:
                with self._open(index, url, public=public, headers=headers, patience=patience) as raw:
                    response = self._whole(raw, redacted(url), patience.end, limit)
            except TransportFailure as failure:
                patience.wait_after(failure)
            else:
                if not patience.waited_after(response):
                    return response

    @contextlib.contextmanager
    def stream(self, index: Index, url: str, *, public: bool, offset: int = 0) -> Iterator[Stream]:
        """See `Transport.stream`. Raises `TransportFailure`, from the chunks too."""
        headers = {"Accept": "*/*", "Accept-Encoding": "identity"}
        if offset:
            headers["Range"] = f"bytes={offset}-"
        patience = Patience(self._times, math.inf)
        while True:
            with contextlib.ExitStack() as opened:
                try:
                    raw = opened.enter_context(
                        self._open(index, url, public=public, headers=headers, patience=patience)
                    )
                except TransportFailure as failure:
                    patience.wait_after(failure)
                    continue
                answer = Response(raw.status_code, _headers(raw), b"", redacted(url))
                if not patience.may_heal(answer):
                    yield Stream(answer.status, answer.headers, self._chunks(raw, math.inf), answer.url)
                    return
            if not patience.waited_after(answer):
                raise TransportFailure("protocol", f"the answer was status {answer.status}")

    @contextlib.contextmanager
    def _open(
        self, index: Index, url: str, *, public: bool, headers: Mapping[str, str], patience: Patience
    ) -> Iterator[httpx.Response]:
        """One try: allowed, in turn, sent; gives the answer with its body still to be read."""
        reason = self._refusal(index, url, public=public)
        if reason:
            raise TransportFailure("forbidden", reason, again=False)
        proxy = self._proxy_for(url) if public else ""
        client = self._client(origin_of(url)[0], proxy)
        with self._turn(url, public=public), patience.one_try() as headers_end:
            if self._on_request is not None:
                self._on_request("GET", redacted(url), public)
            with _translated(receiving=False, proxy=redacted(proxy)):
                self._due.set(headers_end)
                response = self._send(client, index, url, headers)
            try:
                yield response
            finally:
                with contextlib.suppress(Exception):
                    response.close()

    def _send(
        self, client: httpx.Client, index: Index, url: str, headers: Mapping[str, str]
    ) -> httpx.Response:
        import httpx  # noqa: PLC0415 (150 ms that a site with folder indexes never pays)

        request = client.build_request("GET", url, headers={**headers, "User-Agent": _USER_AGENT})
        read = (request.url.scheme, request.url.host, request.url.port or DEFAULT_PORTS[request.url.scheme])
        target = origin_of(url)
        if read != target:
            raise TransportFailure("forbidden", "its host can be read in two ways", again=False)
        auth = None
        if index.username is not None and target == origin_of(index.location):
            auth = httpx.BasicAuth(index.username, index.password or "")
        return client.send(request, auth=auth, stream=True, follow_redirects=False)

    def _whole(self, raw: httpx.Response, url: str, end: float, limit: int) -> Response:
        headers = _headers(raw)
        wanted = raw.status_code in (_OK, _PARTIAL)
        limit = limit if wanted else min(limit, _ERROR_BODY_LIMIT)
        body = bytearray()
        for chunk in decoded(self._chunks(raw, end), headers.get("content-encoding", "")):
            body += chunk
            if len(body) > limit:
                break
        response = Response(raw.status_code, headers, bytes(body[:limit]), url)
        if wanted and len(body) > limit:
            detail = f"the answer has more than {limit:,} bytes"
            raise TransportFailure("too-large", detail, again=False, partial=response)
        if wanted and not is_complete(response):
            raise TransportFailure("truncated", "the answer has no length and no end: it may be cut off")
        return response

    def _chunks(self, raw: httpx.Response, end: float) -> Iterator[bytes]:
        times, started, received = self._times, self._times.clock(), 0
        self._due.set(end)
        with _translated(receiving=True):
            for chunk in raw.iter_raw():
                yield chunk
                received += len(chunk)
                now = times.clock()
                late = "it was not complete in time" if now > end else ""
                if now - started > times.grace and received < times.slowest * (now - started):
                    late = f"it came at less than {times.slowest:g} bytes per second"
                if late:
                    raise TransportFailure("timeout", f"the answer was too slow: {late}", again=False)

    def _refusal(self, index: Index, url: str, *, public: bool) -> str:
        if not public:
            known = index in self._policy.local
        elif self._policy.offline:
            return "the mode is offline: nothing leaves the site"
        else:
            known = index == self._policy.public
        return refusal(index, url, public=public) if known else "it is no index of the policy"

    def _turn(self, url: str, *, public: bool) -> threading.BoundedSemaphore:
        origin = origin_of(url)
        with self._lock:
            if origin not in self._turns:
                self._turns[origin] = threading.BoundedSemaphore(
                    _PUBLIC_AT_ONCE if public else _LOCAL_AT_ONCE
                )
            return self._turns[origin]

    def _client(self, scheme: str, proxy: str) -> httpx.Client:
        import httpx  # noqa: PLC0415

        with self._lock:
            if (scheme, proxy) not in self._clients:
                door = httpx.HTTPTransport(verify=self._context(scheme), trust_env=False, proxy=proxy or None)
                set_deadlines(door, self._due)
                timeout = httpx.Timeout(self._times.first_byte, connect=self._times.connect, pool=None)
                self._clients[scheme, proxy] = httpx.Client(transport=door, trust_env=False, timeout=timeout)
            return self._clients[scheme, proxy]

    def _context(self, scheme: str) -> ssl.SSLContext:
        """The system's trust, loaded once and for https only; plain http gets one that trusts nobody."""
        import ssl  # noqa: PLC0415

        if scheme == "http":
            return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        if self._tls is None:
            import truststore  # noqa: PLC0415

            self._tls = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        return self._tls

    def _proxy_for(self, url: str) -> str:
        scheme, host, port = origin_of(url)
        proxy = self._proxies.get(f"{scheme}_proxy") or self._proxies.get("all_proxy", "")
        if not proxy or is_loopback(host) or is_excepted(host, port, self._proxies.get("no_proxy", "")):
            return ""
        return proxy if "://" in proxy else f"http://{proxy}"


def _range_header(wanted: tuple[int, int] | int) -> str:
    return f"bytes=-{wanted}" if isinstance(wanted, int) else f"bytes={wanted[0]}-{wanted[1]}"


def _headers(raw: httpx.Response) -> dict[str, str]:
    return {name.lower(): value for name, value in raw.headers.items()}


@contextlib.contextmanager
def _translated(*, receiving: bool, proxy: str = "") -> Iterator[None]:
    """Turn whatever the HTTP library and what lies below it raise into a `TransportFailure`."""
    import httpx  # noqa: PLC0415

    try:
        yield
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError, UnicodeError) as error:
        raise _failure(error, receiving=receiving, proxy=proxy) from error


def _failure(error: Exception, *, receiving: bool, proxy: str = "") -> TransportFailure:
    import socket  # noqa: PLC0415
    import ssl  # noqa: PLC0415

    import httpx  # noqa: PLC0415

    causes = tuple(_causes(error))
    text = str(causes[-1]) or type(causes[-1]).__name__
    again = not receiving
    rows: tuple[tuple[bool, str, str, bool], ...] = (
        (_has(causes, ssl.SSLError), "tls", f"no trusted TLS connection could be made ({text})", False),
        (_has(causes, socket.gaierror), "dns", f"the name of its host could not be resolved ({text})", True),
        (isinstance(error, httpx.ConnectTimeout), "timeout", "no connection could be made in time", True),
        (_has(causes, httpx.TimeoutException, TimeoutError), "timeout", "it did not answer in time", again),
        (
            "407" in text and isinstance(error, httpx.ProxyError),
            "proxy-auth",
            f"the proxy {proxy} asks for a password",
            False,
        ),
        (
            isinstance(error, httpx.ProxyError),
            "down",
            f"the proxy {proxy} refused the connection ({text})",
            False,
        ),
        (receiving, "truncated", f"the answer broke off ({text})", True),
        (isinstance(error, httpx.NetworkError | OSError), "down", f"the connection failed ({text})", True),
        ("without sending a response" in text, "down", "the connection was closed without an answer", True),
    )
    for applies, kind, detail, may_heal in rows:
        if applies:
            return TransportFailure(kind, detail, again=may_heal)
    return TransportFailure("protocol", f"the answer was no proper HTTP ({text})", again=False)


def _has(causes: tuple[BaseException, ...], *kinds: type[BaseException]) -> bool:
    return any(isinstance(cause, kinds) for cause in causes)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """`error` and what lies below it, down to the first that is not the HTTP library's own."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        ours = type(cause).__module__.startswith(("httpx", "httpcore"))
        cause = (cause.__cause__ or cause.__context__) if ours else None
