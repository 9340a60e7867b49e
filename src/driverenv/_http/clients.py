"""The HTTP library's connections, a pool for each set of terms, opened when the first request needs it.

Its client is not used: it keeps cookies, looks up variables, and reads where a redirect leads though
nobody follows it, with an error that quotes it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from driverenv._http.certificates import system_trust, trust_for
from driverenv._http.deadline import Due, set_deadlines
from driverenv._http.exchange import TransportFailure
from driverenv._http.lookup import Lookup
from driverenv._http.origins import origin_of
from driverenv._http.quiet import install
from driverenv._http.terms import Terms

if TYPE_CHECKING:
    import ssl

    import httpx


class Clients:
    """Connections are shared among requests on the same terms, and never across; safe for threads."""

    def __init__(self, due: Due, lookup: Lookup, trust: Callable[[], ssl.SSLContext] | None = None) -> None:
        self._due = due
        self._lookup = lookup
        self.system = trust or system_trust
        self._lock = threading.Lock()
        self._open: dict[Terms, httpx.HTTPTransport] = {}

    def __len__(self) -> int:
        """How many are open."""
        return len(self._open)

    def on(self, terms: Terms) -> httpx.HTTPTransport:
        """The pool for these terms. Raises `TransportFailure`: they cannot be kept."""
        with self._lock:
            if terms not in self._open:
                self._open[terms] = self._made(terms)
            return self._open[terms]

    def close(self) -> None:
        """Close every connection; new ones are opened if it is used again."""
        with self._lock:
            pools, self._open = list(self._open.values()), {}
        for pool in pools:
            pool.close()

    def _made(self, terms: Terms) -> httpx.HTTPTransport:
        import httpx  # noqa: PLC0415 (150 ms that a site with folder indexes never pays)

        install()
        # Anything with a context's methods will do.
        trust = cast("ssl.SSLContext", trust_for(terms, self.system))
        door = httpx.HTTPTransport(verify=trust, trust_env=False, proxy=self._proxy(terms))
        set_deadlines(door, self._due, self._lookup)
        return door

    def _proxy(self, terms: Terms) -> httpx.Proxy | None:
        import httpx  # noqa: PLC0415

        if not terms.proxy:
            return None
        try:
            system = cast("ssl.SSLContext", trust_for(Terms(), self.system))
            secure = origin_of(terms.proxy)[0] == "https"
            return httpx.Proxy(terms.proxy, ssl_context=system if secure else None)
        except (ValueError, httpx.InvalidURL):
            detail = f"the proxy {terms.told_proxy} cannot be used: a proxy is an http:// or https:// URL"
            raise TransportFailure("down", detail, again=False) from None
