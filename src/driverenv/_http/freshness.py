"""How long a page of a public index may be used again: HTTP caching for one user (RFC 9111), without guesses. Pure.

Only what the answer itself says counts (``Cache-Control``, ``Expires``); a page that says nothing is asked
for each time. What is over is asked for again on condition that it changed (RFC 9110 section 13).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import NamedTuple

from driverenv._http.exchange import Response
from driverenv._http.patience import instant

LARGEST = 8 * 1024 * 1024
"""Bytes of a page that is kept."""
_OK, _NOT_MODIFIED = 200, 304
_TOLD = ("age", "cache-control", "content-type", "date", "etag", "expires", "last-modified", "link")
"""The headers that are kept."""
_DIRECTIVE = re.compile(r"([\w-]+)(?:\s*=\s*\"?([^\",]*)\"?)?")
_ASKED_ALIKE = frozenset({"accept", "accept-encoding", "user-agent"})
"""Request headers that are the same each time, or part of the key."""


class Kept(NamedTuple):
    """A page as it was kept."""

    asked: float
    """When it was asked for (seconds since the epoch)."""
    came: float
    """When it came."""
    headers: Mapping[str, str]
    body: bytes

    def is_fresh(self, now: float) -> bool:
        """Whether it may be used at `now` without a question (RFC 9111 section 4.2)."""
        directives = _directives(self.headers)
        if "no-cache" in directives or now < self.came:
            return False
        return self._age(now) < _lifetime(self.headers, directives)

    def _age(self, now: float) -> float:
        """RFC 9111 section 4.2.3."""
        date = instant(self.headers.get("date", ""))
        apparent = max(0.0, self.came - date) if date is not None else 0.0
        told = _seconds(self.headers.get("age", "")) + self.came - self.asked
        return max(apparent, told) + now - self.came

    @property
    def conditions(self) -> dict[str, str]:
        """Headers that ask for it only if it changed; empty where it has nothing to go by."""
        pairs = (("If-None-Match", "etag"), ("If-Modified-Since", "last-modified"))
        return {name: self.headers[header] for name, header in pairs if self.headers.get(header)}

    def response(self, url: str) -> Response:
        """As an answer."""
        return Response(_OK, self.headers, self.body, url)


def is_unchanged(response: Response) -> bool:
    """Whether the answer says that the page is what it was."""
    return response.status == _NOT_MODIFIED


def kept(response: Response, *, asked: float, came: float) -> Kept | None:
    """`response` as it may be kept; None where it may not (RFC 9111 section 3)."""
    if response.status != _OK or not response.whole or len(response.body) > LARGEST:
        return None
    varies = {one.strip().lower() for one in response.headers.get("vary", "").split(",") if one.strip()}
    headers = _told(response.headers)
    if "no-store" in _directives(headers) or varies - _ASKED_ALIKE:
        return None
    found = Kept(asked, came, headers, response.body)
    return found if found.conditions or _lifetime(headers, _directives(headers)) > 0 else None


def renewed(before: Kept, response: Response, *, asked: float, came: float) -> Kept:
    """What was kept, with the headers of the answer that says that it still holds (RFC 9111 section 4.3.4)."""
    kind = {name: before.headers[name] for name in ("content-type",) if name in before.headers}
    return Kept(asked, came, {**before.headers, **_told(response.headers), **kind}, before.body)


def rendered(page: Kept) -> bytes:
    """As a document."""
    about = {"asked": page.asked, "came": page.came, "headers": dict(page.headers)}
    return json.dumps(about).encode() + b"\n" + page.body


def parsed(data: bytes) -> Kept | None:
    """What was rendered; None where it cannot be read."""
    about, newline, body = data.partition(b"\n")
    try:
        found = json.loads(about)
        return (
            Kept(float(found["asked"]), float(found["came"]), dict(found["headers"]), body)
            if newline
            else None
        )
    except (ValueError, KeyError, TypeError):
        return None


def _told(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: headers[name] for name in _TOLD if name in headers}


def _directives(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in _DIRECTIVE.findall(headers.get("cache-control", ""))}


def _lifetime(headers: Mapping[str, str], directives: Mapping[str, str]) -> float:
    """RFC 9111 section 4.2.1, for a private cache; seconds."""
    if "max-age" in directives:
        return _seconds(directives["max-age"])
    expires, date = instant(headers.get("expires", "")), instant(headers.get("date", ""))
    return 0.0 if expires is None or date is None else expires - date


def _seconds(text: str) -> float:
    text = text.strip()
    return float(text[:9]) if text.isascii() and text.isdigit() else 0.0
