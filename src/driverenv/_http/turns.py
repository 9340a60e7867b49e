"""So many requests to one origin at once; who waits while it falls silent shares the fate of who asked."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

from driverenv._http.exchange import SILENCE, TransportFailure
from driverenv._http.origins import Origin


class Turns:
    """Hands out turns, for each origin apart; safe for threads.

    An origin that hangs costs its deadline once, not once for every four names: those who were
    waiting when a request ended in silence fail with it, unless another got its answer since.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._queues: dict[Origin, _Queue] = {}

    @contextlib.contextmanager
    def turn(self, origin: Origin, *, at_once: int) -> Iterator[None]:
        """Wait for a turn and have it. Raises `TransportFailure`."""
        with self._lock:
            queue = self._queues.setdefault(origin, _Queue(at_once))
        silences = queue.silences
        with queue.places:
            last = queue.last
            if last is not None and queue.silences != silences:
                raise TransportFailure(last.kind, last.detail, again=False)
            try:
                yield
            except TransportFailure as failure:
                if failure.kind in SILENCE:
                    queue.last = failure
                    queue.silences += 1
                raise
            else:
                queue.last = None


class _Queue:
    """The turns of one origin."""

    def __init__(self, at_once: int) -> None:
        self.places = threading.BoundedSemaphore(at_once)
        self.silences = 0
        """How many requests have ended without an answer."""
        self.last: TransportFailure | None = None
        """How the last request ended; None: with an answer."""
