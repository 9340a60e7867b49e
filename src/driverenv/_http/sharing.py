"""Answers that need not be asked for: another launch has just been told, or public's own word still holds."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from operator import attrgetter

from driverenv import warm
from driverenv._http import freshness
from driverenv._http.board import SHARED_STATUSES, Alone, Board
from driverenv._http.exchange import Response
from driverenv._http.large import LARGE
from driverenv._http.terms import Terms

Ask = Callable[[Mapping[str, str]], Response]
"""Asks, with these headers besides."""


class Sharing:
    """What one transport shares with others, and how new it wants public pages to be.

    Args:
        board: where it is shared; nowhere, unless it is given.
        now: when this launch begins (seconds since the epoch).
        refresh: whether every public page is to be asked for, however fresh.
    """

    def __init__(self, board: Board | None = None, *, now: float = 0.0, refresh: bool = False) -> None:
        self.board: Board = board or Alone()
        self.since = time.monotonic()
        """What was asked before is too old (`time.monotonic`)."""
        self._refresh = refresh
        self._epoch = now - self.since

    def renew(self) -> None:
        """From now on, what is known is too old."""
        self.since = time.monotonic()
        self._refresh = True

    def public_page(self, key: str, url: str, ask: Ask) -> Response:
        """A page of the public index: as it was kept while that holds (RFC 9111), else asked for. Raises what `ask` does."""
        raw = self.board.page(key)
        before = freshness.parsed(raw) if raw is not None else None
        asked = self._time()
        if before is not None and not self._refresh and before.is_fresh(asked):
            return before.response(url)
        conditions = before.conditions if before is not None else {}
        response = ask({**conditions, **({"Cache-Control": "no-cache"} if self._refresh else {})})
        page: freshness.Kept | None
        if before is not None and freshness.is_unchanged(response):
            page = freshness.renewed(before, response, asked=asked, came=self._time())
            response = replace(page.response(url), done=response.done)
        else:
            page = freshness.kept(response, asked=asked, came=self._time())
        if page is not None and not _SECRETIVE.search(page.body):
            self.board.keep_page(key, freshness.rendered(page))
        return response

    def _time(self) -> float:
        """Seconds since the epoch, by a clock that nobody sets meanwhile."""
        return self._epoch + time.monotonic()


_NEEDED = ("content-type", "link", "location")
_SECRETIVE = re.compile(rb"@|\?[\w%.~-]+=")
"""What may be credentials, or a query, in an address: what only its reader should have."""
_OK = 200
_all_of = attrgetter(*(one.name for one in fields(Terms)))
"""Passwords, too, which a representation leaves out."""


def shareable(response: Response) -> Response | None:
    """What others may have of an answer: no more than they need; None where it might bear somebody's secret."""
    if response.status not in SHARED_STATUSES or not response.whole or len(response.body) > LARGE:
        return None
    headers = {name: response.headers[name] for name in _NEEDED if name in response.headers}
    body = response.body if response.status == _OK else b""
    told = "\n".join(headers.values()).encode("utf-8", "replace") + body
    return None if _SECRETIVE.search(told) else Response(response.status, headers, body, "")


def question(url: str, accept: str, account: tuple[str, str] | None, terms: Terms, about: str) -> str:
    """The key of a question: whoever asks the same on the same terms may have the same answer."""
    parts = (url, accept, repr(account), repr(_all_of(terms)), about)
    return warm.key(tuple(part.encode("utf-8", "surrogateescape") for part in parts))
