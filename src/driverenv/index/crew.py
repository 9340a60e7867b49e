"""The threads that ask the indexes for one launch: started when the first question needs one, kept until the last."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

THREADS = 16
"""As many as the public index is asked at once."""
EACH = 2
"""For each local index, which is asked so many questions at once: threads that wait for a turn cost a sixth of a launch."""
_T = TypeVar("_T")
_R = TypeVar("_R")


class Crew:
    """Does leaf work in threads: what is done here must not wait for other work that is done here."""

    def __init__(self, threads: int = THREADS) -> None:
        self._threads = threads
        self._lock = threading.Lock()
        self._pool: ThreadPoolExecutor | None = None

    def begin(self, work: Callable[[], object]) -> None:
        """Have it done beside whatever goes on; nobody learns what came of it."""
        self._hands().submit(work)

    def all(self, work: Callable[[_T], _R], items: Sequence[_T]) -> list[_R]:
        """`work` of each item, in the items' order. Raises what one of them raised first, in that order."""
        futures = [self._hands().submit(work, item) for item in items]
        try:
            return [future.result() for future in futures]
        finally:
            for future in futures:
                future.cancel()

    def close(self) -> None:
        """Begin nothing more, and wait for what was begun."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=True, cancel_futures=True)

    def _hands(self) -> ThreadPoolExecutor:
        from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 (a folder index never pays for it)

        with self._lock:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(self._threads, thread_name_prefix="driverenv-index")
            return self._pool
