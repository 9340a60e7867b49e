"""Lay files into a new environment: folders first, then one pass, as few calls of the system as can be.

Code is shared with the store: by clones where the file system has them, else by hard links. Everything
else is copied (or cloned). Where links are refused, code is copied as well. That the store's files are what
they were is looked at before, by whoever asks for this (`store.sharing`).
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from driverenv import _fs
from driverenv._reflink import clone
from driverenv.archive.wheel import STAMP_SECONDS
from driverenv.environment.clone import CLONE, COPY, LINK
from driverenv.errors import IntegrityError
from driverenv.model.plan import CODE, PlannedFile
from driverenv.store.damage import Damaged, Finding
from driverenv.store.manifest import FILES

_CHUNK = 1 << 20
_EXECUTABLE, _PLAIN = 0o755, 0o644
_NO_LINKS_HERE = frozenset({errno.EXDEV, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS})
_NOT_THIS_ONE = frozenset({errno.EMLINK, errno.EPERM, errno.EACCES, *_NO_LINKS_HERE})
_NO_CLONES_HERE = frozenset({errno.ENOTTY, errno.EINVAL, *_NOT_THIS_ONE})
_BINARY = getattr(os, "O_BINARY", 0)


class ByteCode(NamedTuple):
    """One file of byte code that is to be laid."""

    source: str
    """Absolute."""
    target: str
    """Relative to the prefix, `/`-separated."""


class Linker:
    """Lays files below one prefix; remembers which folders it has made and whether links work.

    Args:
        prefix: the environment's.
        method: how code comes there: `clone.CLONE`, `LINK` or `COPY`.
    """

    def __init__(self, prefix: str, *, method: str) -> None:
        self._prefix = prefix
        self._method = method
        self._made = {""}

    @property
    def links(self) -> bool:
        """Whether hard links are made, so that whoever edits one edits the store's file."""
        return self._method == LINK

    def lay(self, files: Sequence[PlannedFile], root: str) -> set[str]:
        """Lay `files` of the wheel at `root` in the store; gives the targets that are hard links to it.

        The loop runs for thousands of files at each launch. Raises `IntegrityError` where one is gone.
        """
        self._make_folders(file.target for file in files)
        prefix, link, linked = self._prefix, os.link, set()
        for file in files:
            source, target = f"{root}/{FILES}/{file.source}", f"{prefix}/{file.target}"
            try:
                if self._method == LINK and file.kind == CODE:
                    link(source, target)
                    linked.add(file.target)
                    continue
            except OSError as error:
                self._judge(error, source, root)
            mode = _EXECUTABLE if file.executable else _PLAIN
            stamped = STAMP_SECONDS if file.kind == CODE else None
            self._copy(source, target, root, mode=mode, mtime=stamped)
        return linked

    def lay_byte_code(self, files: Sequence[ByteCode], root: str) -> set[str]:
        """The same for byte code."""
        self._make_folders(file.target for file in files)
        prefix, link, linked = self._prefix, os.link, set()
        for source, target in files:
            try:
                if self._method == LINK:
                    link(source, f"{prefix}/{target}")
                    linked.add(target)
                    continue
            except OSError as error:
                self._judge(error, source, root)
            self._copy(source, f"{prefix}/{target}", root, mode=_PLAIN)
        return linked

    def path(self, target: str) -> str:
        """The absolute path of `target`, its folder made."""
        folder = target.rpartition("/")[0]
        if folder not in self._made:
            self.make_folder(folder)
        return f"{self._prefix}/{target}"

    def _make_folders(self, targets: Iterable[str]) -> None:
        for folder in dict.fromkeys(target.rpartition("/")[0] for target in targets):
            self.make_folder(folder)

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

    def _judge(self, error: OSError, source: str, root: str) -> None:
        """Raise what a copy cannot mend; remember where links never work."""
        if isinstance(error, FileNotFoundError) and not os.path.exists(source):
            raise _gone(source, root) from None
        if error.errno not in _NOT_THIS_ONE:
            raise error
        if error.errno in _NO_LINKS_HERE:
            self._method = COPY

    def _copy(self, source: str, target: str, root: str, *, mode: int, mtime: int | None = None) -> None:
        try:
            if self._method == CLONE:
                try:
                    clone(source, target, mode=mode, mtime=mtime)
                    return
                except OSError as error:
                    if error.errno not in _NO_CLONES_HERE:
                        raise
                    self._method = COPY
            copy(source, target, mode=mode, mtime=mtime)
        except FileNotFoundError:
            if os.path.exists(source):
                raise
            raise _gone(source, root) from None


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


def _gone(source: str, root: str) -> IntegrityError:
    """Somebody removed it since it was looked at."""
    return Damaged(root, [Finding(source, "it is gone")]).as_error()
