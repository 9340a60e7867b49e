"""So many requests to one origin at once; who waits while it falls silent shares the fate of who asked.

Where an origin says when to come again (Retry-After, RFC 9110 section 10.2.3), nobody asks it before that.
"""

from __future__ import annotations

import contextlib
import math
import threading
from collections.abc import Iterator

from driverenv._http.board import Kind
from driverenv._http.exchange import SILENCE, Timeouts, TransportFailure
from driverenv._http.origins import Origin

_SHARED = (*SILENCE, "too-large")


class Turns:
    """Hands out turns, for each origin and for pages and files apart; safe for threads.

    An origin that hangs or never ends costs its deadline once, not once for every four names: those who
    were waiting when a request ended so fail with it, unless another got its answer since.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._queues: dict[tuple[Origin, Kind], _Queue] = {}
        self._quiet_until: dict[Origin, float] = {}

    @contextlib.contextmanager
    def turn(self, origin: Origin, kind: Kind, *, at_once: int) -> Iterator[None]:
        """Wait for a turn and have it. Raises `TransportFailure`."""
        with self._lock:
            queue = self._queues.setdefault((origin, kind), _Queue(at_once))
        failures = queue.failures
        with queue.places:
            last = queue.last
            if last is not None and queue.failures != failures:
                detail = f"nobody asked any more, after this: {last.detail}"
                raise TransportFailure(last.kind, detail, again=False)
            try:
                yield
            except TransportFailure as failure:
                if failure.kind in _SHARED:
                    queue.last = failure
                    queue.failures += 1
                raise
            else:
                queue.last = None

    def hush(self, origin: Origin, times: Timeouts, seconds: float) -> None:
        """Nobody asks anything for so long."""
        with self._lock:
            until = self._quiet_until.get(origin, -math.inf)
            self._quiet_until[origin] = max(until, times.clock() + seconds)

    def keep_quiet(self, origin: Origin, times: Timeouts) -> None:
        """Wait until one may ask again; for whoever has its turn."""
        left = self._quiet_until.get(origin, -math.inf) - times.clock()
        if left > 0:
            times.sleep(left)


class _Queue:
    """The turns of one origin."""

    def __init__(self, at_once: int) -> None:
        self.places = threading.BoundedSemaphore(at_once)
        self.failures = 0
        """How many requests have ended in silence, or would never have ended."""
        self.last: TransportFailure | None = None
        """How the last request ended; None: with an answer."""
