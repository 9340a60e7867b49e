"""The real transport: allowed, in turn, sent, and read to its end or to its limit."""

from __future__ import annotations

import contextlib
import io
import math
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from driverenv import __version__
from driverenv._http.accounts import Accounts, Credentials, given
from driverenv._http.body import decoded, is_complete
from driverenv._http.clients import Clients
from driverenv._http.deadline import Due
from driverenv._http.exchange import (
    PAGE_LIMIT,
    PROXY_STATUSES,
    ByteRange,
    OnRequest,
    Response,
    Stream,
    Timeouts,
    TransportFailure,
)
from driverenv._http.failure import refused_by_proxy, translated
from driverenv._http.large import LARGE, LargeAnswers
from driverenv._http.lookup import Lookup
from driverenv._http.origins import (
    DEFAULT_PORTS,
    Origin,
    origin_of,
    redacted,
    refusal,
    without_credentials,
)
from driverenv._http.patience import Patience
from driverenv._http.quiet import quietly
from driverenv._http.terms import Terms, terms_of
from driverenv._http.turns import Turns
from driverenv.model.site import Index, Policy

if TYPE_CHECKING:
    import ssl

    import httpx

_ERROR_BODY_LIMIT = 64 * 1024
_BEGINNING = 64 * 1024
_LARGE_UNTIL_READ = 8 * 1024 * 1024
"""Whoever allows for more gets a page, which is large still when it is parsed."""
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
    credentials: Credentials = given,
    lookup: Lookup | None = None,
) -> Iterator[HttpTransport]:
    """A transport for the indexes of `policy`, closed at the end.

    `proxies` has the values of ``http_proxy``, ``https_proxy``, ``all_proxy`` and ``no_proxy`` by these
    names; they count for the public index only. `tls` stands in for the system's trust store, `lookup`
    for its resolver. `credentials` finds user and password of an index that does not give them itself;
    it is called once for each such index, at its first request.
    """
    transport = HttpTransport(
        policy,
        timeouts=timeouts,
        proxies=proxies,
        on_request=on_request,
        tls=tls,
        credentials=credentials,
        lookup=lookup,
    )
    try:
        yield transport
    finally:
        transport.close()


class HttpTransport:
    """The real transport; safe for threads. Nothing is imported or opened before the first request."""

    def __init__(
        self,
        policy: Policy,
        *,
        timeouts: Timeouts | None = None,
        proxies: Mapping[str, str] | None = None,
        on_request: OnRequest | None = None,
        tls: ssl.SSLContext | None = None,
        credentials: Credentials = given,
        lookup: Lookup | None = None,
    ) -> None:
        """See `open_transport`."""
        self._policy = policy
        self._times = timeouts or Timeouts()
        self._proxies = {name.lower(): value for name, value in (proxies or {}).items() if value}
        self._on_request = on_request
        self._accounts = Accounts(credentials)
        self._due = Due(self._times.clock)
        self._clients = Clients(self._due, lookup or Lookup(), None if tls is None else lambda: tls)
        self._turns = Turns()
        self._large = LargeAnswers()

    def close(self) -> None:
        """Close every connection; the transport opens new ones if it is used again."""
        self._clients.close()

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
        """See `Transport.get`. Raises `TransportFailure`, and what the finder of credentials raises."""
        headers = {"Accept": accept or "*/*", "Accept-Encoding": "identity" if byte_range else "gzip"}
        if byte_range is not None:
            headers["Range"] = _range_header(byte_range)
        errand = self._errand(index, url, headers, public=public)
        patience = Patience(errand.times, errand.times.whole)
        with self._turns.turn(errand.origin, at_once=errand.at_once):
            while True:
                try:
                    with self._open(errand, patience) as raw:
                        response = self._whole(raw, errand, patience.end, limit)
                except TransportFailure as failure:
                    patience.wait_after(failure)
                else:
                    if not patience.waited_after(response):
                        return response

    @contextlib.contextmanager
    def stream(self, index: Index, url: str, *, public: bool, offset: int = 0) -> Iterator[Stream]:
        """See `Transport.stream`. Raises what `get` does; `TransportFailure` from the chunks too."""
        headers = {"Accept": "*/*", "Accept-Encoding": "identity"}
        if offset:
            headers["Range"] = f"bytes={offset}-"
        errand = self._errand(index, url, headers, public=public)
        patience = Patience(errand.times, math.inf)
        with self._turns.turn(errand.origin, at_once=errand.at_once):
            while True:
                with contextlib.ExitStack() as opened:
                    try:
                        raw = opened.enter_context(self._open(errand, patience))
                    except TransportFailure as failure:
                        patience.wait_after(failure)
                        continue
                    answer = Response(raw.status_code, _headers(raw), b"", errand.shown)
                    if not patience.may_heal(answer):
                        chunks = self._chunks(raw, errand.times, math.inf)
                        yield Stream(answer.status, answer.headers, chunks, answer.url)
                        return
                if not patience.waited_after(answer):
                    raise TransportFailure("protocol", f"the answer was status {answer.status}")

    def _errand(self, index: Index, url: str, headers: Mapping[str, str], *, public: bool) -> _Errand:
        """What is to be asked, once it is known that it may be. Raises `TransportFailure`."""
        reason = self._refusal(index, url, public=public)
        if reason:
            raise TransportFailure("forbidden", reason, again=False)
        origin = origin_of(url)
        return _Errand(
            url=without_credentials(url),
            origin=origin,
            public=public,
            headers={**headers, "User-Agent": _USER_AGENT},
            account=self._accounts.of(index, origin),
            terms=terms_of(index, url, self._proxies, public=public),
            times=self._times.of(index),
        )

    def _refusal(self, index: Index, url: str, *, public: bool) -> str:
        policy = self._policy
        if policy.offline and (public or index not in policy.local):
            return "the mode is offline: nothing leaves the site"
        known = index == policy.public if public else index in (*policy.local, *policy.extra)
        return refusal(index, url, public=public) if known else "it is no index of the policy"

    @contextlib.contextmanager
    def _open(self, errand: _Errand, patience: Patience) -> Iterator[httpx.Response]:
        """One try: gives the answer with its body still to be read."""
        pool = self._clients.on(errand.terms)
        with patience.one_try() as headers_end:
            if self._on_request is not None:
                self._on_request("GET", errand.shown, errand.public)
            proxy = errand.terms.told_proxy
            with translated(receiving=False, proxy=proxy), quietly():
                self._due.set(headers_end)
                response = _send(pool, errand)
            try:
                if response.status_code in PROXY_STATUSES:
                    raise refused_by_proxy(response.status_code, proxy)
                yield response
            finally:
                with contextlib.suppress(Exception), quietly():
                    response.close()

    def _whole(self, raw: httpx.Response, errand: _Errand, end: float, limit: int) -> Response:
        headers = _headers(raw)
        wanted = raw.status_code in (_OK, _PARTIAL)
        limit = limit if wanted else min(limit, _ERROR_BODY_LIMIT)
        buffer = io.BytesIO()  # gives its content away without a copy
        with contextlib.ExitStack() as held:
            large = min(limit, LARGE)
            for chunk in decoded(self._chunks(raw, errand.times, end), headers.get("content-encoding", "")):
                buffer.write(chunk)
                if buffer.tell() > large < limit:
                    large = limit
                    held.enter_context(self._large.alone(errand.times, end))
                if buffer.tell() > limit:
                    break
            size = buffer.tell()
            self._large.came(size)
            is_whole = size <= limit
            buffer.truncate(limit if is_whole or not wanted else _BEGINNING)
            response = Response(raw.status_code, headers, buffer.getvalue(), errand.shown, whole=is_whole)
            if wanted and not is_whole:
                raise _too_large(response, limit)
            if wanted and not is_complete(response):
                raise TransportFailure("truncated", "the answer has no length and no end: it may be cut off")
            if raw.status_code == _OK and limit > _LARGE_UNTIL_READ:
                return replace(response, done=held.pop_all().close)
            return response

    def _chunks(self, raw: httpx.Response, times: Timeouts, end: float) -> Iterator[bytes]:
        started, received = times.clock(), 0
        self._due.set(end)
        arriving = raw.iter_raw()
        while True:
            with translated(receiving=True), quietly():
                chunk = next(arriving, b"")
            if not chunk:
                return
            yield chunk
            received += len(chunk)
            now = times.clock()
            late = "it was not complete in time" if now > end else ""
            if now - started > times.grace and received < times.slowest * (now - started):
                late = f"it came at less than {times.slowest:g} bytes per second"
            if late:
                raise TransportFailure("timeout", f"the answer was too slow: {late}", again=False)


@dataclass(frozen=True, slots=True)
class _Errand:
    """A question that may be asked, with all that it takes."""

    url: str
    origin: Origin
    public: bool
    headers: Mapping[str, str]
    account: tuple[str, str] | None = field(repr=False)
    terms: Terms
    times: Timeouts

    @property
    def shown(self) -> str:
        """The address as messages show it."""
        return redacted(self.url)

    @property
    def at_once(self) -> int:
        """How many such questions its origin is asked at once."""
        return _PUBLIC_AT_ONCE if self.public else _LOCAL_AT_ONCE


def _send(pool: httpx.HTTPTransport, errand: _Errand) -> httpx.Response:
    import httpx  # noqa: PLC0415 (150 ms that a site with folder indexes never pays)

    times, headers = errand.times, dict(errand.headers)
    if errand.account is not None:
        headers["Authorization"] = "Basic " + b64encode(":".join(errand.account).encode()).decode()
    timeout = httpx.Timeout(times.first_byte, connect=times.connect, pool=None)
    request = httpx.Request("GET", errand.url, headers=headers, extensions={"timeout": timeout.as_dict()})
    port = request.url.port if request.url.port is not None else DEFAULT_PORTS[request.url.scheme]
    if (request.url.scheme, request.url.host, port) != errand.origin:
        raise TransportFailure("forbidden", "its host can be read in two ways", again=False)
    return pool.handle_request(request)


def _too_large(response: Response, limit: int) -> TransportFailure:
    return TransportFailure(
        "too-large", f"the answer has more than {limit:,} bytes", again=False, partial=response
    )


def _range_header(wanted: tuple[int, int] | int) -> str:
    return f"bytes=-{wanted}" if isinstance(wanted, int) else f"bytes={wanted[0]}-{wanted[1]}"


def _headers(raw: httpx.Response) -> dict[str, str]:
    return {name.lower(): value for name, value in raw.headers.items()}
