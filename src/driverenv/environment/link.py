"""Lay files into a new environment: one pass, sorted by folder, as few calls of the system as can be.

Code is shared with the store by hard links; it is read-only there, and its stamp is looked at
before each link, so that nobody starts with a file that somebody has edited in place. Everything
else is copied. Where a file system refuses links, code is copied as well.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterable
from typing import NamedTuple

from driverenv.archive.wheel import STAMP_SECONDS
from driverenv.errors import IntegrityError
from driverenv.model.plan import CODE, PlannedFile

_CHUNK = 1 << 20
_NO_LINKS_HERE = frozenset({errno.EXDEV, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS})
_NOT_THIS_ONE = frozenset({errno.EMLINK, errno.EPERM, errno.EACCES, *_NO_LINKS_HERE})
_BINARY = getattr(os, "O_BINARY", 0)


class Job(NamedTuple):
    """One file to be laid: `source` is absolute, `file.target` relative to the prefix."""

    source: str
    file: PlannedFile


class Linker:
    """Lays files below one prefix; remembers which folders it has made and whether links work."""

    def __init__(self, prefix: str, *, sharing: str) -> None:
        self._prefix = prefix
        self._linking = sharing == "link"
        self._made = {""}
        self._cache_folders: set[str] = set()

    def lay(self, jobs: Iterable[Job]) -> None:
        """Lay every file of `jobs`. Raises `IntegrityError` where the store's file is not what it was."""
        for source, file in sorted(jobs, key=_by_target):
            target = self.path(file.target)
            if self._linking and file.kind == CODE:
                _check(source, file)
                self._link(source, target, file)
            else:
                self._copy(source, target, file)

    def lay_byte_code(self, target: str, source: str) -> None:
        """Lay one file of byte code, if the store has it and its folder can be shared."""
        folder = target.rpartition("/")[0]
        if folder not in self._cache_folders:
            self._cache_folders.add(folder)
            self.make_folder(folder)
        place = f"{self._prefix}/{target}"
        if self._linking:
            try:
                os.link(source, place)
            except FileNotFoundError:  # what does not compile has none
                return
            except OSError as error:
                if error.errno not in _NOT_THIS_ONE:
                    raise
            else:
                return
        try:
            copy(source, place, mode=0o644)
        except FileNotFoundError:
            return

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

    def _link(self, source: str, target: str, file: PlannedFile) -> None:
        try:
            os.link(source, target)
        except OSError as error:
            if error.errno not in _NOT_THIS_ONE:
                raise
            self._linking = error.errno not in _NO_LINKS_HERE
            self._copy(source, target, file)

    def _copy(self, source: str, target: str, file: PlannedFile) -> None:
        try:
            stamped = STAMP_SECONDS if file.kind == CODE else None
            written = copy(source, target, mode=0o755 if file.executable else 0o644, mtime=stamped)
        except FileNotFoundError:
            raise damaged(source, file, "it is gone") from None
        if written != file.size:
            raise damaged(source, file, f"it has {written} bytes, not {file.size}")


def copy(source: str, target: str, *, mode: int, mtime: int | None = None) -> int:
    """Copy a file to a path where nothing is yet; gives the number of bytes."""
    reader = os.open(source, os.O_RDONLY | _BINARY)
    try:
        writer = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, mode)
        try:
            total = _pump(reader, writer)
        finally:
            os.close(writer)
    finally:
        os.close(reader)
    if mtime is not None:
        os.utime(target, (mtime, mtime))
    return total


def _pump(reader: int, writer: int) -> int:
    total = 0
    while chunk := os.read(reader, _CHUNK):
        total += len(chunk)
        while chunk:
            chunk = chunk[os.write(writer, chunk) :]
    return total


def _by_target(job: Job) -> str:
    return job.file.target


def _check(source: str, file: PlannedFile) -> None:
    try:
        status = os.stat(source)
    except FileNotFoundError:
        raise damaged(source, file, "it is gone") from None
    if status.st_size != file.size or int(status.st_mtime) != STAMP_SECONDS:
        raise damaged(source, file, "it was edited in place")


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
