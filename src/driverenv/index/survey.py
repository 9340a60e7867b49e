"""What an index over HTTP is like, for those who look after it: who serves it, how, how fast, and who may upload."""

from __future__ import annotations

import html
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from packaging.utils import NormalizedName

from driverenv._http import Response, Transport, TransportFailure, instant
from driverenv.index import trouble
from driverenv.index.page import ACCEPT
from driverenv.index.pages import Missing, Pages
from driverenv.index.root_page import says_simple
from driverenv.index.trouble import Question
from driverenv.model.answers import ProjectFile
from driverenv.model.site import Index

OPEN, CLOSED, UNKNOWN = "open", "closed", "unknown"
"""Whether anybody may upload."""
_RANGE_LIMIT = 64 * 1024
_BANNER_LIMIT = 256 * 1024
_PYPISERVER = re.compile(rb"Welcome to pypiserver|>pypiserver</a> software")
_VERSION = re.compile(rb"running version (\d[\w.+-]{0,30}) of the <a[^>]*>pypiserver")
_BY_HEADER = (
    ("x-artifactory-id", "Artifactory"),
    ("x-devpi-server-version", "devpi"),
    ("x-gitlab-meta", "GitLab"),
)


class Knocking(Transport, Protocol):
    """A transport that can also knock."""

    def knock(self, index: Index, url: str, *, public: bool) -> Response:
        """The answer to a POST of nothing by nobody."""


@dataclass(frozen=True, slots=True)
class Surveyor:
    """Asks one index."""

    index: Index
    public: bool
    transport: Knocking
    public_index: Index | None
    clock: Callable[[], float]

    @property
    def base(self) -> str:
        """Its address without ``simple/``, ending in a slash."""
        whole = self.index.location.rstrip("/") + "/"
        return whole.removesuffix("simple/") if says_simple(whole) else whole


class Banner(NamedTuple):
    """Who answers at the index's address."""

    status: int
    kind: str
    """ "pypiserver", "devpi" ...; "" where it does not say."""
    version: str
    software: str
    """What its Server header says; foreign text."""
    title: str
    """The title of its page; foreign text."""
    date: float | None
    """Its own clock (seconds since the epoch)."""


def banner(at: Surveyor) -> Banner:
    """Who answers. Raises `IndexUnavailable`: nobody does."""
    response = _get(at, at.base, limit=_BANNER_LIMIT)
    headers, body = response.headers, response.body
    kind = next((name for header, name in _BY_HEADER if header in headers), "")
    version = headers.get("x-devpi-server-version", "")
    software = headers.get("server", "")
    if _PYPISERVER.search(body):
        kind, found = "pypiserver", _VERSION.search(body)
        version = found[1].decode() if found else ""
    elif not kind and (named := re.match(r"(Nexus|Artifactory)/(\S{1,30})", software)):
        kind, version = named[1], named[2]
    title = re.search(rb"<title[^>]*>([^<]{1,200})", body, re.IGNORECASE)
    shown = html.unescape(title[1].decode("utf-8", "replace")).strip() if title else ""
    return Banner(response.status, kind, version, software, shown, instant(headers.get("date", "")))


class PageCost(NamedTuple):
    """What one page takes."""

    seconds: float
    """The shorter of two times."""
    size: int
    is_json: bool
    validators: tuple[str, ...]
    """Headers by which an unchanged page need not be sent again, and for how long it may be kept."""


def page_cost(at: Surveyor, url: str) -> PageCost:
    """Ask twice for a page that is there. Raises `IndexUnavailable`."""

    def once() -> tuple[float, Response]:
        began = at.clock()
        response = _get(at, url, accept=ACCEPT)
        response.done()
        return at.clock() - began, response

    first, (second, response) = once()[0], once()
    headers = response.headers
    return PageCost(
        min(first, second),
        len(response.body),
        "json" in headers.get("content-type", ""),
        tuple(name for name in ("etag", "last-modified", "cache-control") if headers.get(name)),
    )


def gives_ranges(at: Surveyor, file: ProjectFile) -> bool | None:
    """Whether the first byte of a file can be had by itself; None where the file cannot be had at all.

    Raises `TransportFailure`.
    """
    try:
        answer = at.transport.get(at.index, file.url, public=at.public, byte_range=(0, 0), limit=_RANGE_LIMIT)
    except TransportFailure as failure:
        if failure.kind == "too-large" and failure.partial is not None:
            return False  # all of it came
        raise
    return {200: False, 206: True}.get(answer.status)


def uploads(at: Surveyor) -> str:
    """Whether anybody may upload, as far as that can be known without doing it: `OPEN`, `CLOSED` or `UNKNOWN`.

    An upload without content, of nobody, is refused in any case: for want of a login, or of content (pypiserver's
    own words). Raises `TransportFailure`.
    """
    answer = at.transport.knock(at.index, at.base, public=at.public)
    if answer.status in (401, 403):
        return CLOSED
    is_open = answer.status == 400 and b":action" in answer.body  # noqa: PLR2004 (Bad Request)
    return OPEN if is_open else UNKNOWN


def fallback(at: Surveyor) -> str:
    """Where it sends those who ask for a project that nobody has; "" where it does not. Raises `IndexUnavailable`."""
    project = NormalizedName(f"driverenv-asks-whether-there-is-a-fallback-{secrets.token_hex(4)}")
    question = Question(project, at.index, at.public, f"{at.base}simple/{project}/")
    pages = Pages(at.index, public=at.public, transport=at.transport, public_index=at.public_index)
    answer = pages.ask(question)
    if isinstance(answer, Missing):
        return answer.how.partition(" to ")[2].removesuffix(", its fallback")
    answer.done()
    return ""


def _get(at: Surveyor, url: str, *, accept: str = "*/*", limit: int | None = None) -> Response:
    """An answer, whatever its status. Raises `IndexUnavailable`: there was none."""
    more = {} if limit is None else {"limit": limit}
    try:
        return at.transport.get(at.index, url, public=at.public, accept=accept, **more)
    except TransportFailure as failure:
        if failure.partial is not None:
            return failure.partial
        raise trouble.of_failure(Question(None, at.index, at.public, url), failure) from failure


__all__ = [
    "CLOSED",
    "OPEN",
    "UNKNOWN",
    "Banner",
    "PageCost",
    "Surveyor",
    "banner",
    "fallback",
    "gives_ranges",
    "page_cost",
    "uploads",
]
