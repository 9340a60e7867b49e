"""Have the system write to the disk what was made below a home folder, and note that it did.

A launch never waits for the disk. What was made and is not known to be there is looked at by its contents after the
machine was started anew (`unsynced`). This module is also the program that does the waiting on its own, in a Python without
any other package: it uses no other room.

    HOME/unsynced/<owner>      somebody makes things in HOME/staging/<owner>, or made them: it says in which run of the machine
    HOME/environments/<key>/synced      the disk has that environment
"""

from __future__ import annotations

import ctypes
import os
import sys

SYNCED = "synced"
UNSYNCED = "unsynced"
_STAGING = "staging"


def settle(home: str, folders: list[str]) -> bool:
    """Wait until the disk has everything below `home`, then note it for these folders of environments.

    What others are making meanwhile is not counted as written. Gives whether anything is known now.
    """
    owners = _over(home)
    descriptors = [one for one in map(_opened, folders) if one is not None]
    try:
        if not _flushed(home):
            return False
        for one in descriptors:
            _note(one)
        for name in owners:
            if not _is_at_work(home, name):  # it may have begun just then
                _remove(os.path.join(home, UNSYNCED, name))
    finally:
        for one in descriptors:
            os.close(one)
    return True


def _over(home: str) -> list[str]:
    """The owners that make nothing any more; what begins with a dot is being written."""
    try:
        names = os.listdir(os.path.join(home, UNSYNCED))
    except OSError:
        return []
    return [name for name in names if not name.startswith(".") and not _is_at_work(home, name)]


def _is_at_work(home: str, owner: str) -> bool:
    return os.path.isdir(os.path.join(home, _STAGING, owner))


def _opened(folder: str) -> int | None:
    """The folder itself: another one may stand in its place when the disk is done."""
    if os.open not in os.supports_dir_fd:
        return None
    try:
        return os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        return None


def _note(folder: int) -> None:
    try:
        os.close(os.open(SYNCED, os.O_WRONLY | os.O_CREAT, 0o644, dir_fd=folder))
    except OSError:
        return


def _remove(path: str) -> None:
    try:
        os.unlink(path)
    except OSError:
        return


def _flushed(home: str) -> bool:
    """Whether the system has written all of the file system that `home` is on; False where it cannot be asked."""
    try:
        descriptor = os.open(home, os.O_RDONLY)
    except OSError:
        return False
    try:
        flush = getattr(ctypes.CDLL(None), "syncfs", None) if sys.platform == "linux" else None
        if flush is not None and flush(descriptor) == 0:
            return True
        if not hasattr(os, "sync"):
            return False
        os.sync()
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return True


if __name__ == "__main__":
    if hasattr(os, "nice"):
        os.nice(10)
    settle(sys.argv[1], sys.argv[2:])
