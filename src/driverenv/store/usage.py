"""When what is kept of an archive was in use last, and taking it away when nobody needs it any more."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from driverenv import _fs
from driverenv.store import stamps
from driverenv.store.shelves import Store

_SHELVES = ("wheels", "archives")
"""In the order in which they go: without its archive a wheel could not be mended."""


def touch(home: Path, sha256: str) -> bool:
    """Note that the archive with this digest, and the wheel in it, are in use; whether the archive is there.

    What nobody uses goes one day; what is touched before it is out of sight comes back.
    """
    is_there = False
    root, archive = _kept(home, sha256)
    for path in (root / stamps.FILE_NAME, archive):
        try:
            os.utime(path)
            is_there = True
        except PermissionError:  # it belongs to another account
            is_there = True
        except OSError:
            is_there = False
    return is_there


def used(home: Path, sha256: str) -> float:
    """When they were touched last, or a link was made to the wheel; seconds since the epoch, 0 where neither is there."""
    return max(map(_time, _kept(home, sha256)))


def evict(store: Store, sha256: str, *, unless_used_since: float) -> bool:
    """Take the archive and its wheel out of everybody's sight, and then away; whether anything was there.

    Not where they were touched since, up to the last moment. Whoever is about to use them has them fetched
    again. Where this process dies before the end, the next one that stages sweeps. Raises `HomeUnusable`.
    """
    gone = False
    with store.lock("wheel", sha256), _fs.translated(store.home), store.staging() as staging:
        for path in _kept(store.home, sha256):
            aside = staging / path.parents[1].name
            if _time(path) > unless_used_since:
                continue
            with contextlib.suppress(FileNotFoundError):
                path.rename(aside)
                gone = True
            if _time(aside) > unless_used_since:
                with contextlib.suppress(OSError):  # somebody has it anew
                    aside.rename(path)
                    gone = False
    return gone


def _kept(home: Path, sha256: str) -> tuple[Path, ...]:
    return tuple(home / shelf / sha256[:2] / sha256 for shelf in _SHELVES)


def _time(path: Path) -> float:
    """The time of an archive, or of a wheel's record of stamps: renames leave it as it is."""
    for one in (path / stamps.FILE_NAME, path):
        with contextlib.suppress(OSError):
            return one.lstat().st_mtime
    return 0.0
