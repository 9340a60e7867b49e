"""Kept edits: files that the site lets people edit in place, and what becomes of an edit in the next environment.

The site's `overlays` name such files, `cloudshell/logging/qs_config.ini` say. An edit of one is no damage. It is found by
comparing the file with the manifest, which says what was shipped, and goes along into whatever environment comes next; the
store keeps it when the environment is removed.
"""

from __future__ import annotations

import base64
import contextlib
import errno
import hashlib
import json
import os
import stat
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from driverenv import _fs, warm
from driverenv.environment import shipped
from driverenv.environment.naming import MANIFEST
from driverenv.environment.record import Laid, read_manifest
from driverenv.errors import foreign
from driverenv.events import Listener, Warned
from driverenv.model.plan import OVERLAY
from driverenv.store import Store

KIND = "edits"
MOST_BYTES = 4 << 20
"""A larger file is none that somebody edits."""
_READING = (
    os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
)


_NO_FILE = frozenset(
    {errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.EACCES, errno.EPERM, errno.ENXIO, errno.EISDIR}
)
"""There is nothing that could be read, now or later; a link is in its place, say."""


class Edit(NamedTuple):
    """What somebody made of a file."""

    original: str
    """The digest of what was shipped, as RECORD writes it."""
    data: bytes


Edits = Mapping[str, Edit]
"""By path below site-packages, `/`-separated."""


def overlays(at: Path) -> tuple[str, ...]:
    """The files of the environment whose prefix is `at` that may be edited, below site-packages; none where it is none."""
    try:
        return tuple(_rows(at))
    except (OSError, ValueError):
        return ()


def edits(at: Path, wanted: Iterable[str] | None = None) -> dict[str, Edit]:
    """What was edited in the environment whose prefix is `at`: of its overlays, or of the files `wanted`.

    Nothing where it is none. Raises `HomeUnusable`: what cannot be read at this moment must not be taken for unedited.
    """
    found = {}
    try:
        rows = _rows(at, None if wanted is None else frozenset(wanted))
        library = _library(at) if rows else ""
        for path, row in rows.items():
            data = _content(at / library / path)
            if data is not None and _digest(data) != row.sha256:
                found[path] = Edit(row.sha256, data)
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return {}
    except OSError as error:
        raise _fs.unusable(at, error) from error
    return found


def remember(at: Path, key: str, store: Store) -> None:
    """Keep in the store what was edited in the environment `key`, whose prefix is `at` now: it is about to be removed."""
    found = edits(at)
    if found:
        rows = {path: [one.original, base64.b64encode(one.data).decode()] for path, one in found.items()}
        store.write(KIND, key, json.dumps(rows, sort_keys=True).encode())
    elif overlays(at):
        store.forget(KIND, key)


def recall(key: str, store: Store) -> dict[str, Edit]:
    """What had been edited in the environment with this key when it was removed."""
    raw = store.read(KIND, key)
    if raw is None:
        return {}
    return {path: Edit(row[0], base64.b64decode(row[1])) for path, row in json.loads(raw).items()}


def latest(at: Path, store: Store, wanted: Iterable[str] | None = None) -> dict[str, Edit]:
    """What was edited in the environment whose prefix is, or was, `at`."""
    return edits(at, wanted) if (at.parent / MANIFEST).is_file() else recall(at.parent.name, store)


def lay(found: Edits, rows: Mapping[str, Laid], library: str, put: Callable[[str, bytes], None]) -> None:
    """Have `put` write each edit over its file, where there is one that may be edited: by path below the prefix."""
    for path, one in found.items():
        row = rows.get(f"{library}/{path}")
        if row is not None and row.kind == OVERLAY and _digest(one.data) != row.sha256:
            put(row.target, one.data)


def carry(found: Edits, at: Path) -> None:
    """Have the environment whose prefix is `at`, which was there before, go on with these edits."""
    try:
        rows = {row.target: row for row in read_manifest(_fs.read(at.parent / MANIFEST))}
        library = _library(at)
    except (OSError, ValueError):
        return

    def put(target: str, data: bytes) -> None:
        path = at / target
        if _content(path) != data:
            with contextlib.suppress(FileNotFoundError):
                _fs.write_atomically(path, data, mode=stat.S_IMODE(path.stat().st_mode))

    try:
        lay(found, rows, library, put)
    except OSError as error:
        raise _fs.unusable(at, error) from error


def tell(found: Edits, at: Path, on_event: Listener) -> None:
    """Warn (`EDIT_OUTDATED`) of each edit in the environment at `at` whose original is another one by now, or is gone."""
    try:
        rows = _rows(at) if found else {}
    except (OSError, ValueError):
        return
    for path, one in sorted(found.items()):
        row = rows.get(path)
        if row is None:
            text = f"{foreign(path)} was edited, and is not in the new environment any more: the edit has no effect"
        elif row.sha256 != one.original and row.sha256 != _digest(one.data):
            text = f"the edit of {foreign(path)} was kept, and what is shipped there is another file now: compare them"
        else:
            continue
        on_event(Warned("EDIT_OUTDATED", f"{text} ({foreign(at, limit=1000)})"))


def _rows(at: Path, wanted: frozenset[str] | None = None) -> dict[str, Laid]:
    """The rows of the manifest of files that may be edited, by path below site-packages."""
    library = f"{_library(at)}/"
    found = {}
    for row in read_manifest(_fs.read(at.parent / MANIFEST)):
        path = row.target.removeprefix(library)
        if path != row.target and (row.kind == OVERLAY if wanted is None else path in wanted):
            found[path] = row
    return found


def _library(at: Path) -> str:
    return shipped.parse(_fs.read(at.parent / warm.SHIPPED)).library


def _content(path: Path) -> bytes | None:
    """The content of a regular file that is not too large; links are not followed. Raises `OSError` for want of a system."""
    try:
        descriptor = os.open(path, _READING)
    except OSError as error:
        if error.errno not in _NO_FILE:
            raise
        return None
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size > MOST_BYTES:
            return None
        return file.read(MOST_BYTES + 1)


def _digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
