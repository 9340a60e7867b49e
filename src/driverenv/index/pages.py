"""One question to a simple repository over HTTP, redirects judged by hand: a page, a proven absence, or an error.

Only 404, 410 and a redirect to the public page of the same project say "it is not here" (RFC 9110,
PEP 503). Whatever else is no page raises.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple
from urllib.parse import unquote, urljoin

from packaging.utils import canonicalize_name

from driverenv._http import PAGE_LIMIT, Origin, Response, Transport, TransportFailure, origin_of, redacted
from driverenv.index import trouble
from driverenv.index.page import ACCEPT
from driverenv.index.trouble import Question
from driverenv.model.site import PUBLIC_PYPI, Index

_MAX_HOPS = 5
_OK = 200
_REDIRECTS = (301, 302, 303, 307, 308)
_ABSENT = (404, 410)
_INDEX_WIDE = ("down", "dns", "timeout", "tls")
_PUBLIC_PYPI_HOSTS = (origin_of(PUBLIC_PYPI)[1], "pypi.python.org")
"""The second is the former host, which pypiserver 1.x still redirects to."""
_WEB = (("http", 80), ("https", 443))


class Missing(NamedTuple):
    """The index says that it does not have what was asked; `how` is its answer in words."""

    how: str


class Pages:
    """Asks one index; remembers for one resolve that it cannot be reached, so that this is waited for once."""

    def __init__(
        self, index: Index, *, public: bool, transport: Transport, public_index: Index | None
    ) -> None:
        self._index = index
        self._public = public
        self._transport = transport
        self._fallbacks = _public_origins(public_index) - {origin_of(index.location)}
        self._public_base = _base(public_index) if public_index and not public else ""
        if _base(index).startswith(self._public_base or "-"):
            self._public_base = ""  # they are one and the same
        self._dead: TransportFailure | None = None

    def ask(
        self, question: Question, *, limit: int = PAGE_LIMIT, is_root: bool = False
    ) -> Response | Missing:
        """The page at the end of the index's own redirects. Raises `IndexUnavailable`.

        A project's page that cannot be had since the index cannot be reached makes all others fail at once
        from then on. Of a root page that is larger than `limit` the beginning is enough.
        """
        seen = [question.url]
        while True:
            response = self._get(replace(question, url=seen[-1]), limit, is_root=is_root)
            if response.status == _OK:
                return response
            if response.status in _ABSENT:
                return Missing(str(response.status))
            if response.status not in _REDIRECTS:
                raise trouble.of_status(question, response.status)
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
        if not self._public and self._is_public(target, origin):
            if _name(target) == _name(question.url):
                return Missing(f"{response.status} to {redacted(target)}, its fallback")
            raise trouble.unavailable(question, "redirect-name", told)
        if origin == here or (here[0] == "http" and origin[:2] == ("https", here[1])):
            return target
        downgrade = here[0] == "https" and origin[:2] == ("http", here[1])
        raise trouble.unavailable(question, "redirect-http" if downgrade else "redirect", told)

    def _is_public(self, target: str, origin: Origin) -> bool:
        """Whether a redirect leads to the public index, which is asked by driverenv's own rules or not at all."""
        return origin in self._fallbacks or bool(self._public_base and target.startswith(self._public_base))


def _public_origins(index: Index | None) -> frozenset[Origin]:
    """Where public PyPI is and was, and the configured public index; on default ports with and without TLS."""
    origins = {(scheme, host, port) for host in _PUBLIC_PYPI_HOSTS for scheme, port in _WEB}
    if index is not None:
        own = origin_of(index.location)
        origins.add(own)
        if (own[0], own[2]) in _WEB:
            origins |= {(scheme, own[1], port) for scheme, port in _WEB}
    return frozenset(origins)


def _base(index: Index) -> str:
    return index.location.rstrip("/") + "/"


def _name(url: str) -> str:
    """The project whose page this would be: the last segment of the path, normalised."""
    return canonicalize_name(unquote(url.partition("?")[0].rstrip("/").rpartition("/")[2]))
