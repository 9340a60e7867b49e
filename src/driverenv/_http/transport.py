"""The real transport: allowed, in turn, sent, and read to its end or to its limit."""

from __future__ import annotations

import contextlib
import io
import itertools
import math
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from driverenv import __version__
from driverenv._http.accounts import Accounts, Credentials, given
from driverenv._http.board import Kind
from driverenv._http.body import decoded, is_complete
from driverenv._http.clients import Clients
from driverenv._http.deadline import Due
from driverenv._http.errand import Errand, send
from driverenv._http.exchange import (
    PAGE_LIMIT,
    PROXY_STATUSES,
    Body,
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
    forbidden,
    origin_of,
    without_credentials,
)
from driverenv._http.patience import Patience
from driverenv._http.quiet import quietly
from driverenv._http.sharing import Sharing, question, shareable
from driverenv._http.terms import terms_of
from driverenv._http.turns import Turns
from driverenv.model.site import Index, Policy

if TYPE_CHECKING:
    import ssl

    import httpx

    from driverenv._http.reach import Reach

_SAID_CHUNKS = 4
_ERROR_BODY_LIMIT = 64 * 1024
_BEGINNING = 64 * 1024
_LARGE_UNTIL_READ = 8 * 1024 * 1024
"""Whoever allows for more gets a page, which is large still when it is parsed."""
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
    sharing: Sharing | None = None,
) -> Iterator[HttpTransport]:
    """A transport for the indexes of `policy`, closed at the end.

    `proxies` has the values of ``http_proxy``, ``https_proxy``, ``all_proxy`` and ``no_proxy`` by these
    names; they count for the public index only. `tls` stands in for the system's trust store, `lookup`
    for its resolver. `credentials` finds user and password of an index that does not give them itself;
    it is called once for each such index, at its first request. `sharing` says what is shared with the
    other launches of this machine; without it nothing is.
    """
    transport = HttpTransport(
        policy,
        timeouts=timeouts,
        proxies=proxies,
        on_request=on_request,
        tls=tls,
        credentials=credentials,
        lookup=lookup,
        sharing=sharing,
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
        sharing: Sharing | None = None,
    ) -> None:
        """See `open_transport`."""
        self._policy = policy
        self._times = timeouts or Timeouts()
        self._proxies = {name.lower(): value for name, value in (proxies or {}).items() if value}
        self._proxies_from = dict(policy.proxies_from)
        self._on_request = on_request or _unobserved
        self._accounts = Accounts(credentials)
        self._due = Due(self._times.clock)
        self._lookup = lookup or Lookup()
        self._clients = Clients(self._due, self._lookup, None if tls is None else lambda: tls)
        self._turns = Turns()
        self._sharing = sharing or Sharing()
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
        if not accept or byte_range is not None:
            return self._ask(errand, limit, "file")
        key = question(errand.url, accept, errand.account, errand.terms, index.described())
        if not public:
            return self._ask(errand, limit, "page", key)

        def ask(more: Mapping[str, str]) -> Response:
            asked = replace(errand, headers={**errand.headers, **more})
            return self._ask(asked, limit, "page", "" if more else key)

        return self._sharing.public_page(key, errand.shown, ask)

    def _ask(self, errand: Errand, limit: int, kind: Kind, key: str = "") -> Response:
        """The answer; under a `key` it is shared with those who ask the same."""
        board = self._sharing.board
        with self._turn(errand, kind):
            shared = board.answer(errand.origin, key, since=self._sharing.since) if key else None
            if shared is not None:
                return replace(shared, url=errand.shown)
            asked = time.monotonic()
            response = self._answer(errand, limit)
            if key and (mine := shareable(response)) is not None:
                board.post(errand.origin, key, mine, asked=asked)
            return response

    def _answer(self, errand: Errand, limit: int) -> Response:
        """The answer, asked for until it is had. Raises `TransportFailure`."""
        patience = self._patience(errand, errand.times.whole)
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
    def _turn(self, errand: Errand, kind: Kind) -> Iterator[None]:
        """A turn among our own questions, and, at a local index, among those of all launches."""
        with contextlib.ExitStack() as held:
            held.enter_context(self._turns.turn(errand.origin, kind, at_once=errand.at_once))
            if not errand.public:
                held.enter_context(self._sharing.board.turn(errand.origin, kind))
            yield

    @contextlib.contextmanager
    def stream(self, index: Index, url: str, *, public: bool, offset: int = 0) -> Iterator[Stream]:
        """See `Transport.stream`. Raises what `get` does; `TransportFailure` from the chunks too."""
        headers = {"Accept": "*/*", "Accept-Encoding": "identity"}
        if offset:
            headers["Range"] = f"bytes={offset}-"
        errand = self._errand(index, url, headers, public=public)
        patience = self._patience(errand, math.inf)
        with self._turn(errand, "file"):
            while True:
                with contextlib.ExitStack() as opened:
                    try:
                        raw = opened.enter_context(self._open(errand, patience))
                    except TransportFailure as failure:
                        patience.wait_after(failure)
                        continue
                    answer = Response(raw.status_code, _headers(raw), b"", errand.shown)
                    if not patience.may_heal(answer):
                        chunks = self._chunks(raw, errand, math.inf)
                        yield Stream(answer.status, answer.headers, chunks, answer.url)
                        return
                if not patience.waited_after(answer):
                    raise TransportFailure("protocol", f"the answer was status {answer.status}")

    def reach(self, index: Index, *, public: bool) -> Reach:
        """The way to `index`, step by step; nothing is asked there.

        Raises `TransportFailure`: it may not be asked, or not on these terms (a proxy or a file that is none).
        """
        from driverenv._http.reach import reach  # noqa: PLC0415 (for those who look after an index)

        errand = self._errand(index, index.location, {}, public=public, as_nobody=True)
        self._clients.on(errand.terms)
        return reach(
            errand.terms,
            errand.origin,
            times=errand.times,
            lookup=self._lookup,
            system=self._clients.system,
        )

    def knock(self, index: Index, url: str, *, public: bool) -> Response:
        """The answer to a POST without a body and without a login, tried once. Raises `TransportFailure`."""
        errand = self._errand(index, url, {"Accept": "*/*"}, public=public, as_nobody=True)
        errand = replace(errand, method="POST")
        patience = self._patience(errand, errand.times.whole)
        with self._turn(errand, "page"), self._open(errand, patience) as raw:
            return self._whole(raw, errand, patience.end, _ERROR_BODY_LIMIT)

    def post(self, index: Index, url: str, body: Body) -> Response:
        """Send `body` to `url` on behalf of `index`, once; the answer's own body is cut to its beginning.

        Raises `TransportFailure`, and what the finder of credentials raises.
        """
        return self._send(self._errand(index, url, {"Accept": "*/*"}, public=False).with_body(body))

    def put(self, index: Index, url: str, body: Body) -> Response:
        """Have `url` be `body`, once, within the time for a whole answer; otherwise as `post`."""
        errand = self._errand(index, url, {"Accept": "*/*"}, public=False)
        return self._send(errand.with_body(body, "PUT", errand.times.whole))

    def _send(self, errand: Errand) -> Response:
        patience = self._patience(errand, math.inf)
        with self._turn(errand, "file"), self._open(errand, patience) as raw:
            said = b"".join(itertools.islice(self._chunks(raw, errand, math.inf), _SAID_CHUNKS))
            return Response(raw.status_code, _headers(raw), said, errand.shown)

    def _errand(
        self, index: Index, url: str, headers: Mapping[str, str], *, public: bool, as_nobody: bool = False
    ) -> Errand:
        """What is to be asked, once it is known that it may be. Raises `TransportFailure`."""
        reason = forbidden(self._policy, index, url, public=public)
        if reason:
            raise TransportFailure("forbidden", reason, again=False)
        origin = origin_of(url)
        return Errand(
            index=str(index),
            url=without_credentials(url),
            origin=origin,
            public=public,
            headers={**headers, "User-Agent": _USER_AGENT},
            account=None if as_nobody else self._accounts.of(index, origin),
            terms=terms_of(index, url, self._proxies, public=public, sources=self._proxies_from),
            times=self._times.of(index),
        )

    def _patience(self, errand: Errand, whole: float) -> Patience:
        return Patience(errand.times, whole, on_wish=partial(self._turns.hush, errand.origin, errand.times))

    @contextlib.contextmanager
    def _open(self, errand: Errand, patience: Patience) -> Iterator[httpx.Response]:
        """One try: gives the answer with its body still to be read."""
        pool = self._clients.on(errand.terms)
        self._turns.keep_quiet(errand.origin, errand.times)
        observed = self._on_request(errand.index, errand.method, errand.shown, errand.public)
        with patience.one_try() as headers_end, observed:
            offered: list[str] = []
            with translated(errand.terms, receiving=False, offered=offered), quietly():
                self._due.set(headers_end)
                response = send(pool, errand, offered)
            try:
                if response.status_code in PROXY_STATUSES:
                    raise refused_by_proxy(response.status_code, errand.terms, ", ".join(offered))
                yield response
            finally:
                with contextlib.suppress(Exception), quietly():
                    response.close()

    def _whole(self, raw: httpx.Response, errand: Errand, end: float, limit: int) -> Response:
        headers = _headers(raw)
        wanted = raw.status_code in (_OK, _PARTIAL)
        limit = limit if wanted else min(limit, _ERROR_BODY_LIMIT)
        buffer = io.BytesIO()  # gives its content away without a copy
        with contextlib.ExitStack() as held:
            large = min(limit, LARGE)
            for chunk in decoded(self._chunks(raw, errand, end), headers.get("content-encoding", "")):
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

    def _chunks(self, raw: httpx.Response, errand: Errand, end: float) -> Iterator[bytes]:
        times = errand.times
        started, received = times.clock(), 0
        self._due.set(end)
        arriving = raw.iter_raw()
        while True:
            with translated(errand.terms, receiving=True), quietly():
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


def _unobserved(*_: object) -> contextlib.AbstractContextManager[None]:
    return contextlib.nullcontext()


def _too_large(response: Response, limit: int) -> TransportFailure:
    return TransportFailure(
        "too-large", f"the answer has more than {limit:,} bytes", again=False, partial=response
    )


def _range_header(wanted: tuple[int, int] | int) -> str:
    return f"bytes=-{wanted}" if isinstance(wanted, int) else f"bytes={wanted[0]}-{wanted[1]}"


def _headers(raw: httpx.Response) -> dict[str, str]:
    return {name.lower(): value for name, value in raw.headers.items()}
