"""A fake `Transport` over the kit's `Web`: no socket, no waiting, every request in the web's log.

Patience and refusals are driverenv's own rules; only the wire is played, and the clock.
"""

from __future__ import annotations

import contextlib
import math
import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace

from driverenv._http import (
    PAGE_LIMIT,
    ByteRange,
    Response,
    Stream,
    Timeouts,
    TransportFailure,
    is_known,
    redacted,
    refusal,
)
from driverenv._http.patience import Patience
from driverenv.model.site import Index, Policy
from tests.kit import Answer, TransportFault, Web

_FAILURES = {
    "refused": ("down", "the connection failed (connection refused)"),
    "reset": ("down", "the connection failed (connection reset by peer)"),
    "close": ("down", "the connection was closed without an answer"),
    "hang": ("timeout", "it did not answer in time"),
}
_CHUNK = 1000


class FakeTransport:
    """Implements `Transport` for the indexes of `policy`."""

    def __init__(self, web: Web, policy: Policy) -> None:
        self._web = web
        self._policy = policy
        self._clock = _Clock()
        self._times = replace(Timeouts(), clock=self._clock.now, sleep=self._clock.sleep)

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
        """See `Transport.get`; ranges are answered with everything, as servers may."""
        del byte_range
        patience = Patience(self._times, self._times.whole)
        while True:
            try:
                with patience.one_try():
                    answer, body = self._ask(index, url, public=public, accept=accept)
                    response = _whole(answer, body, redacted(url), limit)
            except TransportFailure as failure:
                patience.wait_after(failure)
            else:
                if not patience.waited_after(response):
                    return response

    @contextlib.contextmanager
    def stream(self, index: Index, url: str, *, public: bool, offset: int = 0) -> Iterator[Stream]:
        """See `Transport.stream`; always from the beginning, as servers may."""
        del offset
        patience = Patience(self._times, math.inf)
        while True:
            try:
                with patience.one_try():
                    answer, body = self._ask(index, url, public=public)
            except TransportFailure as failure:
                patience.wait_after(failure)
                continue
            response = Response(answer.status, _headers(answer), b"", redacted(url))
            if not patience.waited_after(response):
                chunks = _chunks(body, whole=len(body) == len(answer.body))
                yield Stream(response.status, response.headers, chunks, response.url)
                return

    def _ask(self, index: Index, url: str, *, public: bool, accept: str = "") -> tuple[Answer, bytes]:
        """One try: the answer, and as much of its body as comes."""
        reason = self._refusal(index, url, public=public)
        if reason:
            raise TransportFailure("forbidden", reason, again=False)
        try:
            answer = self._web.ask("GET", url, {"Accept": accept or "*/*"})
        except TransportFault as fault:
            if fault.answer is not None:
                return fault.answer, fault.answer.body[: len(fault.answer.body) // 2]
            kind, detail = _FAILURES[fault.fault.kind]
            if kind == "timeout":
                self._clock.sleep(self._times.first_byte)
            raise TransportFailure(kind, detail) from fault
        return answer, answer.body

    def _refusal(self, index: Index, url: str, *, public: bool) -> str:
        if self._policy.offline and (public or index not in self._policy.local):
            return "the mode is offline: nothing leaves the site"
        known = is_known(self._policy, index, url, public=public)
        return refusal(index, url, public=public) if known else "it is no index of the policy"


class _Clock(threading.local):
    """Each thread has its own time: what one waits, no other loses."""

    def __init__(self) -> None:
        self._seconds = 0.0

    def now(self) -> float:
        return self._seconds

    def sleep(self, seconds: float) -> None:
        self._seconds += seconds


def _whole(answer: Answer, body: bytes, url: str, limit: int) -> Response:
    response = Response(answer.status, _headers(answer), body, url)
    if len(body) < len(answer.body):
        raise _broken_off()
    if len(body) > limit:
        detail = f"the answer has more than {limit:,} bytes"
        raise TransportFailure("too-large", detail, again=False, partial=replace(response, body=body[:limit]))
    return response


def _headers(answer: Answer) -> Mapping[str, str]:
    named = {name.lower(): value for name, value in answer.headers.items()}
    return {"content-length": str(len(answer.body))} | named


def _chunks(body: bytes, *, whole: bool) -> Iterator[bytes]:
    for start in range(0, len(body), _CHUNK):
        yield body[start : start + _CHUNK]
    if not whole:
        raise _broken_off()


def _broken_off() -> TransportFailure:
    return TransportFailure("truncated", "the answer broke off (incomplete read)")
