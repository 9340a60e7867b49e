"""Which projects a local index was shown to lack, by its own word on the project's page.

Below home: ``absent/<index>/<project>``, a file for each, with the day. Where the listing of a pypiserver
lacks such a project still, that settles it, and its page is not asked for again: it costs the server as
much as a page with files. After a week the page is asked for once more.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

from driverenv import _fs

HOLDS_SECONDS = 7 * 86_400


class Absences:
    """The memory of absences below `home`, as of `now` (seconds since the epoch). Nothing depends on its being kept."""

    def __init__(self, home: Path, now: float) -> None:
        self._root = home / "absent"
        self._now = int(now)

    def known(self, index_key: str, file_name: str) -> bool:
        """Whether the project was absent not long ago."""
        try:
            since = int(_fs.read(self._root / index_key / file_name))
        except (OSError, ValueError):
            return False
        return since <= self._now < since + HOLDS_SECONDS

    def note(self, index_key: str, file_name: str) -> None:
        """The project's own page says that it is absent."""
        with contextlib.suppress(OSError):
            _fs.write_atomically(self._root / index_key / file_name, b"%d" % self._now)

    def forget(self, index_key: str, file_name: str) -> None:
        """The project is there."""
        with contextlib.suppress(OSError):
            (self._root / index_key / file_name).unlink(missing_ok=True)
