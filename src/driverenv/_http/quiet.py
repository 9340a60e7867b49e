"""No word of our requests in the host's logs: the HTTP library would quote headers and whole addresses.

Its loggers are shared with everybody else in the process, so what others ask is logged as ever.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Iterator

_LOGGERS = (
    "httpx",
    "httpcore.connection",
    "httpcore.http11",
    "httpcore.http2",
    "httpcore.proxy",
    "httpcore.socks",
)


class _Quiet(threading.local):
    """Whether this thread is inside a request of ours."""

    asking = False


_QUIET = _Quiet()


def _may_be_logged(_record: logging.LogRecord) -> bool:
    return not _QUIET.asking


def install() -> None:
    """From now on what `quietly` runs is not logged; to call it again changes nothing."""
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_may_be_logged)


@contextlib.contextmanager
def quietly() -> Iterator[None]:
    """What this thread does inside is not logged by the HTTP library."""
    before, _QUIET.asking = _QUIET.asking, True
    try:
        yield
    finally:
        _QUIET.asking = before
