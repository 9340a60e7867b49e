"""The only door to copies that share their blocks until one of them is written to (reflinks).

Nobody sees another's edits then, and a copy costs hardly more than a hard link. Linux has it on btrfs, XFS and
bcachefs, macOS on APFS; Windows has it on ReFS only, which is not tried.
"""

from __future__ import annotations

import errno
import os
import sys

if sys.platform == "linux":
    import fcntl

    _FICLONE = 0x40049409  # linux/fs.h: _IOW(0x94, 9, int)

    def clone(source: str, target: str, *, mode: int, mtime: int | None = None) -> None:
        """Clone a file to a path where nothing is yet. Raises `OSError` where that cannot be done; nothing is left then."""
        reader = os.open(source, os.O_RDONLY)
        try:
            writer = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
            try:
                fcntl.ioctl(writer, _FICLONE, reader)
                if mtime is not None:
                    os.utime(writer, (mtime, mtime))
            except OSError:
                os.unlink(target)
                raise
            finally:
                os.close(writer)
        finally:
            os.close(reader)

elif sys.platform == "darwin":
    import ctypes

    def clone(source: str, target: str, *, mode: int, mtime: int | None = None) -> None:
        """Clone a file to a path where nothing is yet. Raises `OSError` where that cannot be done; nothing is left then."""
        library = ctypes.CDLL(None, use_errno=True)
        if library.clonefile(os.fsencode(source), os.fsencode(target), ctypes.c_int(0)):
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), source)
        os.chmod(target, mode)
        if mtime is not None:
            os.utime(target, (mtime, mtime))

else:

    def clone(source: str, target: str, *, mode: int, mtime: int | None = None) -> None:  # noqa: ARG001 (as above)
        """Not on this system. Raises `OSError`."""
        raise OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP), source)
