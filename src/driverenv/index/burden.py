"""How much one resolve may keep of what pages list: a hostile index must not fill the memory. Pure counting.

A page is bounded by itself (bytes, links); here is the bound for all of them together, whichever index
they are from. What counts is what is kept, not what was sent.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable

from driverenv.model.answers import ProjectFile

LIMIT = 48 * 1024 * 1024
"""Bytes, about: 50,000 files as public PyPI describes them, several times what the largest driver needs."""
_FILE = 350
_PAIR = 200
"""Bytes, about, that Python takes for a file without its texts, and for a digest."""


class Burden:
    """Counts what is kept of pages, for all indexes of one resolve; safe for threads."""

    def __init__(self, limit: int = LIMIT) -> None:
        self.reading = threading.Lock()
        """Held while a page is parsed: that takes several times what is kept of it."""
        self._limit = limit
        self._lock = threading.Lock()
        self._kept = 0
        self._is_over = False

    @property
    def is_over(self) -> bool:
        """Whether something was refused: then nobody needs to ask for more."""
        return self._is_over

    def take(self, files: Iterable[ProjectFile]) -> None:
        """Count these; where they are too many, nothing may be kept from then on."""
        weight = weight_of(files)
        with self._lock:
            self._is_over = self._is_over or self._kept + weight > self._limit
            self._kept += 0 if self._is_over else weight

    def told(self) -> str:
        """Why nothing more is kept, as a sentence's end."""
        return f"the pages of this launch list more files than can be kept: more than {self._limit >> 20} MiB of them"


def weight_of(files: Iterable[ProjectFile]) -> int:
    """About how many bytes these files take."""
    return sum(
        _FILE
        + len(file.filename)
        + len(file.url)
        + len(file.requires_python or "")
        + len(file.yanked or "")
        + len(file.upload_time or "")
        + _PAIR * (len(file.hashes) + len(file.core_metadata or ()))
        for file in files
    )
