"""The nouns of an exchange over HTTP: what comes back, what may go wrong, how long to wait."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import Protocol

from driverenv.model.site import Index

PAGE_LIMIT = 32 * 1024 * 1024
"""Bytes of a decoded body, unless the caller says otherwise."""

OnRequest = Callable[[str, str, str, bool], AbstractContextManager[object]]
"""Called with the index, method, URL and whether it is a public one; each try, its answer with it, goes on in it."""
SILENCE = ("down", "dns", "timeout")
"""Kinds of failure that say nothing but that nobody answers."""
ByteRange = tuple[int, int] | int | None
"""First and last byte, or how many bytes of the end (RFC 9110 section 14), or everything."""


class TransportFailure(Exception):
    """No usable answer came. `detail` ends a sentence: "the connection was refused".

    `kind`: "down", "dns", "timeout", "tls", "truncated", "too-large", "proxy-auth", "protocol",
    or "forbidden" (nothing was sent: the policy does not allow that address).
    """

    def __init__(
        self,
        kind: str,
        detail: str,
        *,
        again: bool = True,
        partial: Response | None = None,
        case: str = "",
    ) -> None:
        super().__init__(kind, detail)
        self.kind = kind
        self.detail = detail
        self.case = case
        """Which of those of one kind it is, where the remedies differ: see `tls.case_of` and `failure.refused_by_proxy`."""
        self.again = again
        """Whether another try may heal it."""
        self.partial = partial
        """The beginning of what had come when it was "too-large"."""

    def __str__(self) -> str:
        """The detail alone."""
        return self.detail

    @property
    def trouble(self) -> str:
        """What `IndexUnavailable.code_for` calls it: an address that is not allowed is a "redirect"."""
        return "redirect" if self.kind == "forbidden" else self.kind


def trouble_of(status: int) -> str:
    """What `IndexUnavailable.code_for` calls an HTTP status that is no answer (RFC 9110 section 15)."""
    return _TROUBLES.get(status, "error")


PROXY_STATUSES = (407, 511)
"""What only a proxy answers."""
_TROUBLES = {401: "auth", 403: "auth"} | dict.fromkeys(PROXY_STATUSES, "proxy-auth")


def _nothing() -> None:
    """What most answers leave to be done."""


@dataclass(frozen=True, slots=True)
class Response:
    """A whole answer; `headers` by lower-case name, `body` with its content encoding taken off."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str
    whole: bool = True
    """Whether `body` is all of it; what was "too-large" has its beginning alone."""
    done: Callable[[], None] = field(default=_nothing, repr=False, compare=False)
    """To be called when `body` was read and dropped: no other large page comes before that. Harmless if repeated."""


@dataclass(frozen=True, slots=True)
class Body:
    """What is sent with a request."""

    content_type: str
    length: int
    """Bytes."""
    chunks: Callable[[], Iterator[bytes]] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Stream:
    """An answer whose body is still coming; `chunks` raises `TransportFailure` where it breaks off."""

    status: int
    headers: Mapping[str, str]
    chunks: Iterator[bytes]
    url: str


class Transport(Protocol):
    """What the stages know of HTTP; tests put a fake here."""

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
        """The whole answer, of at most `limit` bytes; redirects are answers like others."""

    def stream(
        self, index: Index, url: str, *, public: bool, offset: int = 0
    ) -> AbstractContextManager[Stream]:
        """The answer as it comes, from byte `offset` on where the server can do that (status 206)."""


class Sending(Transport, Protocol):
    """One that also takes things there."""

    def put(self, index: Index, url: str, body: Body) -> Response:
        """Have `url` be `body`: asked once, within the time for a whole answer."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long to wait (seconds), and by which clock; tests bring their own clock and sleep."""

    connect: float = 3.0
    first_byte: float = 10.0
    """Until the headers are there, and between any two reads."""
    answer: float = 11.0
    """Until the headers are there, all tries together: a launch that waits for nothing ends within 12."""
    whole: float = 29.5
    """For a whole page, all tries together; streams have no such limit."""
    slowest: float = 1024.0
    """Bytes per second, looked at after `grace` seconds."""
    grace: float = 5.0
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep

    def of(self, index: Index) -> Timeouts:
        """Those of `index`, where it has its own; what it leaves open is never shorter than what it says."""
        connect = index.connect_timeout or self.connect
        first_byte = index.answer_timeout or max(self.first_byte, index.connect_timeout or 0)
        answer = first_byte + self.answer - self.first_byte
        whole = index.whole_timeout or (
            self.whole if first_byte == self.first_byte else max(self.whole, answer)
        )
        return replace(self, connect=connect, first_byte=first_byte, answer=answer, whole=whole)
