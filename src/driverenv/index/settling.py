"""Files that are just being copied into a folder: looked at again while they move, for a few seconds at most."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeVar

T = TypeVar("T")
Stamp = tuple[int, int]


class Settling(NamedTuple):
    """How often a file is looked at, and how long is waited in between (seconds); tests bring their own sleep."""

    looks: int = 20
    pause: float = 0.25
    sleep: Callable[[float], None] = time.sleep

    def read(self, paths: Iterable[str], attempt: Callable[[str], T | None]) -> dict[str, T]:
        """What `attempt` makes of each file, tried again while the file's size or time moves.

        A file is missing here if nothing could be made of it, at rest or at the end.
        """
        found: dict[str, T] = {}
        waiting = {path: stamp(path) for path in paths}
        for _ in range(self.looks):
            for path in waiting:
                made = attempt(path)
                if made is not None:
                    found[path] = made
            waiting = {path: before for path, before in waiting.items() if path not in found}
            if not waiting:
                break
            self.sleep(self.pause)
            waiting = {path: now for path, before in waiting.items() if (now := stamp(path)) != before}
        return found

    def rest(self, path: str, before: Stamp | None) -> Stamp | None:
        """The stamp of a file that came to rest, `before` being its last one; None: it has not, or is gone."""
        for _ in range(self.looks):
            now = stamp(path)
            if now == before or now is None:
                return now
            before = now
            self.sleep(self.pause)
        return None


def stamp(path: str) -> Stamp | None:
    """Size in bytes and time of change (ns) of a file, links followed; None: it cannot be looked at."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns
