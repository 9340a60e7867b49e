"""A plugin of proxy.py, loaded in its own process: names below ``.test`` are this machine, and nothing else is reached.

Each host that it makes a way to is a line in the file that the variable names.
"""

from __future__ import annotations

import os
from pathlib import Path

from proxy.http.exception import HttpRequestRejected
from proxy.http.parser import HttpParser
from proxy.http.proxy import HttpProxyBasePlugin

LOG_VARIABLE = "KIT_FORWARD_PROXY_LOG"
HERE = "127.0.0.1"


class OnlyHere(HttpProxyBasePlugin):
    """Stands in for the name servers that a proxy has, and for its list of forbidden hosts."""

    def resolve_dns(self, host: str, port: int) -> tuple[str | None, tuple[str, int] | None]:
        """The address of a name."""
        return HERE, None

    def before_upstream_connection(self, request: HttpParser) -> HttpParser | None:
        """Refuse what is not here, and note down the rest."""
        host = (request.host or b"").decode()
        if host != HERE and not host.endswith(".test"):
            raise HttpRequestRejected(status_code=403, reason=b"Forbidden by the kit")
        method = (request.method or b"").decode()
        with Path(os.environ[LOG_VARIABLE]).open("a", encoding="utf-8") as log:
            log.write(f"{method} {host}:{request.port}\n")
        return request
