"""One question to a simple repository over HTTP, redirects judged by hand: a page, a proven absence, or an error.

Only 404, 410 and a redirect to the public page of the same project say "it is not here" (RFC 9110,
PEP 503), and only where the index itself says so. Whatever else is no page raises.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple
from urllib.parse import unquote, urljoin, urlsplit

from packaging.utils import canonicalize_name

from driverenv._http import (
    PAGE_LIMIT,
    Origin,
    Response,
    Transport,
    TransportFailure,
    origin_of,
    redacted,
    refusal,
    without_credentials,
)
from driverenv.index import trouble
from driverenv.index.page import ACCEPT
from driverenv.index.root_page import says_simple
from driverenv.index.trouble import Question
from driverenv.model.site import PUBLIC_PYPI, Index

_MAX_HOPS = 5
_OK = 200
_REDIRECTS = (301, 302, 303, 307, 308)
_ABSENT = (404, 410)
_INDEX_WIDE = ("down", "dns", "timeout", "tls")
_PUBLIC_PYPI = (
    (origin_of(PUBLIC_PYPI)[1], "/simple/"),
    ("pypi.python.org", "/simple/"),
    ("pypi.python.org", "/pypi/"),
)
"""Hosts and folders of its pages; the second host is the former one, which pypiserver 1.x still redirects to."""
_WEB = (("http", 80), ("https", 443))


class Missing(NamedTuple):
    """The index says that it does not have what was asked; `how` is its answer in words."""

    how: str
    is_empty: bool = False
    """It has a page, without a file; the site's policy takes that for absence."""


class Pages:
    """Asks one index; remembers for one resolve that it cannot be reached, so that this is waited for once."""

    def __init__(
        self, index: Index, *, public: bool, transport: Transport, public_index: Index | None
    ) -> None:
        self._index = index
        self._public = public
        self._transport = transport
        self._alone = index.replace(redirect_hosts=(), file_hosts=())
        self._own = origin_of(index.location)
        self._places = () if public else _places(index, public_index)
        self._dead: TransportFailure | None = None

    def ask(
        self, question: Question, *, limit: int = PAGE_LIMIT, is_root: bool = False
    ) -> Response | Missing:
        """The page at the end of the index's own redirects, with the address that its links are relative to.

        Raises `IndexUnavailable`. Call the answer's `done` when it was read: large pages come one at a time.

        A project's page that cannot be had since the index cannot be reached makes all others fail at once
        from then on. Of a root page that is larger than `limit` the beginning is enough.
        """
        seen = [question.url]
        while True:
            response = self._get(replace(question, url=seen[-1]), limit, is_root=is_root)
            if response.status == _OK:
                return replace(response, url=without_credentials(seen[-1]))
            if response.status in _ABSENT:
                return self._missing(question, response.status, seen[-1])
            if response.status not in _REDIRECTS:
                raise trouble.of_status(question, response)
            target = self._target(question, response, seen[-1])
            if isinstance(target, Missing):
                return target
            if target in seen or len(seen) > _MAX_HOPS:
                detail = f"redirect after redirect, the last one to {redacted(target)}"
                raise trouble.unavailable(question, "redirect-loop", detail)
            seen.append(target)

    def _get(self, question: Question, limit: int, *, is_root: bool) -> Response:
        if self._dead is not None and not is_root:
            raise trouble.of_failure(question, self._dead)
        try:
            return self._transport.get(
                self._index, question.url, public=self._public, accept=ACCEPT, limit=limit
            )
        except TransportFailure as failure:
            if not is_root and failure.kind in _INDEX_WIDE:
                self._dead = failure
            if failure.kind == "too-large" and is_root and failure.partial is not None:
                return failure.partial
            raise trouble.of_failure(question, failure) from failure

    def _missing(self, question: Question, status: int, url: str) -> Missing:
        """404 or 410 of the index itself; another host's proves nothing."""
        if not self._public and not self._is_own(url):
            detail = (
                f"HTTP status {status} at {redacted(url)}, where it sends us: another host proves no absence"
            )
            raise trouble.unavailable(question, "error", detail)
        return Missing(str(status))

    def _target(self, question: Question, response: Response, current: str) -> str | Missing:
        """Where a redirect leads, if one may go there."""
        location = response.headers.get("location", "")
        told = f"HTTP status {response.status} to {redacted(location) or 'nowhere'}"
        try:
            target = urljoin(current, location.partition("#")[0])
            origin, here = origin_of(target), origin_of(current)
        except ValueError:
            raise trouble.unavailable(question, "redirect-nowhere", told) from None
        if not location:
            raise trouble.unavailable(question, "redirect-nowhere", told)
        names = [name for place in self._places if (name := place.name_at(target, origin)) is not None]
        if names or any(origin in place.origins for place in self._places if self._own not in place.origins):
            if question.project in names and self._is_own(current):
                return Missing(f"{response.status} to {redacted(target)}, its fallback")
            raise trouble.unavailable(question, "redirect-name" if any(names) else "redirect", told)
        if (here[0], origin[0]) == ("https", "http"):
            raise trouble.unavailable(question, "redirect-http" if here[1] == origin[1] else "redirect", told)
        if refusal(self._index, target, public=self._public, what="page"):
            raise trouble.unavailable(question, "redirect", told)
        return target

    def _is_own(self, url: str) -> bool:
        """Whether the index itself answers there, not a host that its pages may be redirected to."""
        return not refusal(self._alone, url, public=self._public, what="page")


class _Place(NamedTuple):
    """A folder of pages of a public index, on the origins that it has."""

    origins: frozenset[Origin]
    folder: str

    def name_at(self, url: str, origin: Origin) -> str | None:
        """The project whose page in this folder `url` is; "" for another page in it, None for one elsewhere."""
        parts = urlsplit(url)
        if origin not in self.origins or not parts.path.startswith(self.folder):
            return None
        name = unquote(parts.path.removeprefix(self.folder).removesuffix("/"))
        return "" if parts.query or "/" in name else canonicalize_name(name)


def _places(index: Index, public_index: Index | None) -> tuple[_Place, ...]:
    """Where a redirect means "look at public": public PyPI, on both schemes, and the configured public index."""
    places = [
        _Place(frozenset((scheme, host, port) for scheme, port in _WEB), folder)
        for host, folder in _PUBLIC_PYPI
    ]
    if public_index is not None:
        own = origin_of(public_index.location)
        is_usual = (own[0], own[2]) in _WEB
        origins = frozenset({own, *((scheme, own[1], port) for scheme, port in _WEB if is_usual)})
        folder = urlsplit(public_index.location).path.rstrip("/") + "/"
        folders = (folder,) if says_simple(folder) else (folder, f"{folder}simple/")
        places += [_Place(origins, one) for one in folders]
    here, folder = origin_of(index.location), urlsplit(index.location).path.rstrip("/") + "/"
    return tuple(
        place for place in places if here not in place.origins or not folder.startswith(place.folder)
    )
