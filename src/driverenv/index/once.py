"""Work that many threads may want and one does: its result, or what it raised, is there for all."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from driverenv.errors import DriverEnvError

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Once(Generic[V]):
    """A value made at the first `get`; those who come meanwhile wait for it. A failure stays one."""

    def __init__(self, make: Callable[[], V]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._made: list[V] = []
        self._failed: Exception | None = None

    def get(self) -> V:
        """The value. Raises what making it raised, each time."""
        with self._lock:
            if self._failed is not None:
                raise self._failed
            if not self._made:
                try:
                    self._made.append(self._make())
                except Exception as error:
                    self._failed = error
                    if isinstance(error, DriverEnvError):
                        _let_go(error)
                    raise
            return self._made[0]


class Memo(Generic[K, V]):
    """A value for each key, made once; different keys do not wait for each other."""

    def __init__(self, make: Callable[[K], V]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._known: dict[K, Once[V]] = {}

    def get(self, key: K) -> V:
        """The value for `key`. Raises what making it raised, each time."""
        with self._lock:
            if key not in self._known:
                self._known[key] = Once(lambda: self._make(key))
            once = self._known[key]
        return once.get()


def _let_go(error: BaseException | None) -> None:
    """Drop the frames of an error that is kept, and of what led to it: a whole page may hang on them."""
    while error is not None:
        error.__traceback__ = None
        error = error.__cause__ or error.__context__
