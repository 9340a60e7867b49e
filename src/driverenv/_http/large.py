"""Large answers come one at a time, and not too many of them: they must not fill the memory.

An answer that was dropped may stay with the process all the same: the C library keeps what each thread
had at most. So what counts is the sum, not what is held at once.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

from driverenv._http.exchange import Timeouts, TransportFailure

LARGE = 1024 * 1024
"""Bytes: below that an answer is none of those that are meant here."""
IN_ALL = 64 * 1024 * 1024
"""Bytes: so much may come in large answers through one transport."""


class LargeAnswers:
    """The turns of one transport's large answers; safe for threads."""

    def __init__(self, in_all: int = IN_ALL) -> None:
        self._lock = threading.Lock()
        self._in_all = in_all
        self._come = 0

    def locked(self) -> bool:
        """Whether one is being read just now."""
        return self._lock.locked()

    @contextlib.contextmanager
    def alone(self, times: Timeouts, end: float) -> Iterator[None]:
        """Until no other one is read; `end` is by the clock of `times`. Raises `TransportFailure`."""
        if not self._lock.acquire(timeout=min(max(end - times.clock(), 0), threading.TIMEOUT_MAX)):
            raise TransportFailure(
                "timeout", "the answer was too slow: it was not complete in time", again=False
            )
        try:
            if self._come > self._in_all:
                detail = f"the large answers of this launch have more than {self._in_all:,} bytes in sum"
                raise TransportFailure("too-large", detail, again=False)
            yield
        finally:
            self._lock.release()

    def came(self, size: int) -> None:
        """One has come, with so many bytes; it is still its turn."""
        self._come += size if size > LARGE else 0
