"""What Linux tells of changes to files: inotify(7), by way of ctypes.

A watch sits on a file itself (its inode), not on its name: it tells of a write through whichever hard link. What it does
not tell: writes by other machines, through a disk's device, below a layered file system, and those to a shared mapping of
memory before that is given up (``IN_CLOSE_WRITE`` comes then).
"""

from __future__ import annotations

import os
from ctypes import CDLL, c_char_p, c_int, c_uint32, create_string_buffer, get_errno
from errno import EBADF
from fcntl import ioctl
from functools import cache
from termios import FIONREAD

CHANGED = 0x2 | 0x4 | 0x8 | 0x400 | 0x800  # MODIFY, ATTRIB, CLOSE_WRITE, DELETE_SELF, MOVE_SELF
"""A file's content, mode, times, number of links or name."""
MOVED = 0x4 | 0x400 | 0x800
"""A file or folder is no longer what this path leads to, or not as it was; what is written into it is left out."""
WRITTEN = MOVED | 0x2  # MODIFY
"""Or something was written into it; that somebody opened it for that, as whoever locks it does, is left out."""
NAMES = MOVED | 0x40 | 0x80 | 0x100 | 0x200  # MOVED_FROM, MOVED_TO, CREATE, DELETE
"""And which names a folder has."""
GONE = 0x40 | 0x200  # MOVED_FROM, DELETE
"""A folder has a name less; a folder in it that a process stays in tells of its own end only when that leaves."""
_ALWAYS = 0x02000000 | 0x20000000  # DONT_FOLLOW; MASK_ADD: of two names of one file none takes from the other
_LIMITS = "/proc/sys/fs/inotify/max_user_"
_STATFS_BYTES = 256  # more than any Linux has
_NOTHING = bytes(4)
_LOCAL = frozenset(
    {
        0xEF53,  # ext2, ext3, ext4
        0x58465342,  # XFS
        0x9123683E,  # btrfs
        0x01021994,  # tmpfs
        0xF2F52010,  # F2FS
        0xCA451A4E,  # bcachefs
    }
)
"""File systems of this machine alone, where nothing lies below the files (statfs(2), linux/magic.h)."""


class Inotify:
    """One queue of the system's. Raises `OSError` where there is none to be had."""

    def __init__(self) -> None:
        try:
            library = _system()
            self._add = library.inotify_add_watch
            self._add.argtypes = (c_int, c_char_p, c_uint32)
            begin = library.inotify_init1
        except AttributeError as error:
            raise OSError("this system has no inotify") from error
        self.descriptor: int = begin(os.O_NONBLOCK | os.O_CLOEXEC)
        if self.descriptor < 0:
            raise _failed()
        self._sort = _sort(self.descriptor)

    def is_silent(self) -> bool:
        """Whether nothing was told yet; nothing is taken out, so any thread or process may ask at any time.

        Raises `OSError` where the descriptor is another file's by now, or nobody's: a host that closes all it knows of
        (``os.closerange``) takes this one along.
        """
        try:
            return _waiting(self.descriptor, self._sort) == _NOTHING
        except OSError:
            self.descriptor = -1  # for good: the number may be that of another queue next
            raise

    def add(self, path: str, events: int) -> None:
        """Watch the file or folder at `path`, itself where it is a link. Raises `OSError`."""
        if self._add(self.descriptor, os.fsencode(path), events | _ALWAYS) < 0:
            raise _failed(path)

    def close(self) -> None:
        """Let go of all that is watched. What became another's is left alone. Never raises."""
        try:
            self.is_silent()
            descriptor, self.descriptor = self.descriptor, -1
            os.close(descriptor)
        except OSError:
            pass


def limit(what: str) -> int:
    """How many "watches" or "instances" the system allows an account; 0 where it does not say."""
    try:
        with open(_LIMITS + what, "rb") as file:
            return int(file.read())
    except (OSError, ValueError):
        return 0


def is_told(path: str) -> bool:
    """Whether the system sees every change below `path`: a local file system with nothing below it. Raises `OSError`."""
    try:
        statfs = _system().statfs
    except AttributeError as error:
        raise OSError("this system has no statfs") from error
    found = create_string_buffer(_STATFS_BYTES)
    if statfs(c_char_p(os.fsencode(path)), found):
        raise _failed(path)
    return c_uint32.from_buffer(found).value in _LOCAL


@cache
def _system() -> CDLL:
    return CDLL(None, use_errno=True)


def _sort(descriptor: int) -> tuple[int, int]:
    """All that is no file (queues, timers) has one inode in common."""
    found = os.fstat(descriptor)
    return found.st_dev, found.st_ino


def _waiting(descriptor: int, sort: tuple[int, int]) -> bytes:
    """How many bytes are told. Of all that has the inode, queues alone answer; others raise `OSError`."""
    if _sort(descriptor) != sort:
        raise OSError(EBADF, os.strerror(EBADF))
    return ioctl(descriptor, FIONREAD, _NOTHING)


def _failed(path: str = "") -> OSError:
    number = get_errno()
    return OSError(number, os.strerror(number), path)
