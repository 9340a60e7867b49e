"""User and password of an index, found out at its first request and told to nobody else."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import NamedTuple

from driverenv._http.origins import Origin, origin_of
from driverenv.model.site import Index

Credentials = Callable[[Index], tuple[str, str] | None]
"""User and password of an index (RFC 7617), or None for none; may raise a `DriverEnvError`."""


def given(index: Index) -> tuple[str, str] | None:
    """Those that the policy gives itself."""
    return None if index.username is None else (index.username, index.password or "")


class Accounts:
    """Asks `find` once for each index that needs it, and remembers what came of it; safe for threads."""

    def __init__(self, find: Credentials) -> None:
        self._find = find
        self._lock = threading.Lock()
        self._locks: dict[Index, threading.Lock] = {}
        self._known: dict[Index, _Outcome] = {}

    def of(self, index: Index, target: Origin) -> tuple[str, str] | None:
        """What a request on behalf of `index` to `target` may carry: nothing beyond the index's own origin."""
        if target != origin_of(index.location):
            return None
        if index.credentials == "given":
            return given(index)
        with self._lock:
            lock = self._locks.setdefault(index, threading.Lock())
        with lock:
            if index not in self._known:
                self._known[index] = self._outcome(index)
        found, error = self._known[index]
        if error is not None:
            raise error
        return found

    def _outcome(self, index: Index) -> _Outcome:
        try:
            return _Outcome(self._find(index), None)
        except Exception as error:  # noqa: BLE001 (raised for everyone who needs it)
            return _Outcome(None, error)


class _Outcome(NamedTuple):
    """What became of one question."""

    found: tuple[str, str] | None
    error: Exception | None
