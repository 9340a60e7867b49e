"""Lay files into a new environment: folders first, then one pass, as few calls of the system as can be.

Code is shared with the store by hard links; it is read-only there, and its stamp is looked at
before each link, so that nobody starts with a file that somebody has edited in place. Everything
else is copied. Where a file system refuses links, code is copied as well.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterable, Sequence

from driverenv import _fs
from driverenv.archive.wheel import STAMP_SECONDS
from driverenv.errors import IntegrityError
from driverenv.model.plan import CODE, PlannedFile

_CHUNK = 1 << 20
_EXECUTABLE, _PLAIN = 0o755, 0o644
_NO_LINKS_HERE = frozenset({errno.EXDEV, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS})
_NOT_THIS_ONE = frozenset({errno.EMLINK, errno.EPERM, errno.EACCES, *_NO_LINKS_HERE})
_BINARY = getattr(os, "O_BINARY", 0)


class Linker:
    """Lays files below one prefix; remembers which folders it has made and whether links work."""

    def __init__(self, prefix: str, *, sharing: str) -> None:
        self._prefix = prefix
        self._linking = sharing == "link"
        self._made = {""}

    def lay(self, files: Sequence[PlannedFile], root: str) -> None:
        """Lay `files`, which lie below `root` in the store. The loop runs for thousands of files at each launch.

        Raises `IntegrityError` where a file of the store is not what it was.
        """
        for folder in dict.fromkeys(file.target.rpartition("/")[0] for file in files):
            self.make_folder(folder)
        prefix, stat, link = self._prefix, os.stat, os.link
        for file in files:
            source, target = f"{root}/{file.source}", f"{prefix}/{file.target}"
            try:
                status = stat(source)
                if status.st_size != file.size or status.st_mtime != STAMP_SECONDS:
                    raise damaged(source, file, "it was edited in place")
                if self._linking and file.kind == CODE:
                    link(source, target)
                    continue
            except OSError as error:
                self._judge(error, source, file)
            stamped = STAMP_SECONDS if file.kind == CODE else None
            copy(source, target, mode=_EXECUTABLE if file.executable else _PLAIN, mtime=stamped)

    def lay_byte_code(self, files: Iterable[tuple[str, str, str]]) -> None:
        """Lay byte code where the store has it: a folder below the prefix, a source and a name each."""
        made: set[str] = set()
        prefix, link = self._prefix, os.link
        for folder, source, name in files:
            if folder not in made:
                made.add(folder)
                self.make_folder(folder)
            target = f"{prefix}/{folder}/{name}"
            with contextlib.suppress(FileNotFoundError):  # what does not compile has none
                if not self._linking:
                    copy(source, target, mode=_PLAIN)
                    continue
                try:
                    link(source, target)
                except OSError as error:
                    if error.errno not in _NOT_THIS_ONE:
                        raise
                    copy(source, target, mode=_PLAIN)

    def path(self, target: str) -> str:
        """The absolute path of `target`, its folder made."""
        folder = target.rpartition("/")[0]
        if folder not in self._made:
            self.make_folder(folder)
        return f"{self._prefix}/{target}"

    def make_folder(self, folder: str) -> None:
        """Make `folder` and those above it, relative to the prefix, where they are not there."""
        if folder in self._made:
            return
        above = folder.rpartition("/")[0]
        if above not in self._made:
            self.make_folder(above)
        with contextlib.suppress(FileExistsError):
            os.mkdir(f"{self._prefix}/{folder}")
        self._made.add(folder)

    def _judge(self, error: OSError, source: str, file: PlannedFile) -> None:
        """Raise what a copy cannot mend; remember where links never work."""
        if isinstance(error, FileNotFoundError) and not os.path.exists(source):
            raise damaged(source, file, "it is gone") from None
        if error.errno not in _NOT_THIS_ONE:
            raise error
        self._linking = error.errno not in _NO_LINKS_HERE


def copy(source: str, target: str, *, mode: int, mtime: int | None = None) -> None:
    """Copy a file to a path where nothing is yet."""
    reader = os.open(source, os.O_RDONLY | _BINARY)
    try:
        writer = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, mode)
        try:
            while chunk := os.read(reader, _CHUNK):
                _fs.write_all(writer, chunk)
        finally:
            os.close(writer)
    finally:
        os.close(reader)
    if mtime is not None:
        os.utime(target, (mtime, mtime))


def damaged(source: str, file: PlannedFile, how: str) -> IntegrityError:
    """A file of the store is not what it was when it was checked in."""
    return IntegrityError(
        f"a file in driverenv's store is damaged: {how}",
        facts=(("file", source), ("would be", file.target)),
        remedies=(
            "remove the wheel's folder from the store; it is fetched and checked anew by the next launch",
            'and where drivers edit code in place, set sharing = "copy" in the settings',
        ),
        data={"path": source, "target": file.target},
    )
