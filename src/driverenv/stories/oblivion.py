"""What is only remembered to be quick, and was not written for long: it is found out again where it is needed."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from driverenv import _fs

MEMORIES = {
    "settled": "the last answers to requirements",
    "trodden": "which environments were made of these answers",
    "told": "what indexes say that distributions need",
    "proved": "what distributions say that they need",
    "public-page": "pages of the public index",
    "folder-file": "digests of files in folders",
    "errors": "errors that launches waited for",
    "refresh": "when the indexes were asked in the background",
    "spare": "when an environment was begun ahead",
}
"""Kinds of documents of the store; not those that anything else rests on, such as which file had which content."""
_ANSWERS = "what launches of the same moment were answered"


class Forgotten(NamedTuple):
    """Records of one kind that are old."""

    folder: Path
    what: str
    number: int
    size: int
    """Bytes."""


def forget(home: Path, since: float, *, dry_run: bool) -> Iterator[Forgotten]:
    """Remove what was written before `since` (seconds since the epoch), unless it is a `dry_run`. Raises `HomeUnusable`."""
    folders = [(home / "documents" / kind, "*/*", what) for kind, what in MEMORIES.items()]
    for folder, pattern, what in (*folders, (home / "answers", "*", _ANSWERS)):
        found = files(folder, pattern)
        sizes = [size for path in found if (size := _old(path, since, dry_run=dry_run)) is not None]
        if sizes:
            yield Forgotten(folder, what, len(sizes), sum(sizes))


def files(folder: Path, pattern: str) -> list[Path]:
    """What fits the pattern, and is not being written. Raises `HomeUnusable`."""
    try:
        return [path for path in folder.glob(pattern) if not path.name.startswith(".")]
    except OSError as error:
        raise _fs.unusable(folder, error) from error


def _old(path: Path, since: float, *, dry_run: bool) -> int | None:
    """The bytes of an old file, which is gone then; None where it is none."""
    with contextlib.suppress(OSError):
        status = path.lstat()
        if stat.S_ISREG(status.st_mode) and status.st_mtime < since:
            if not dry_run:
                os.unlink(path)
            return status.st_size
    return None
