"""The files of an sdist on their way: every name checked, one top folder, links turned into copies."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, Protocol

from driverenv import _fs
from driverenv.archive.names import Names, check_unique
from driverenv.archive.rules import MAX_FILES, Label, check_size

_BUFFER = 1 << 18
_STAMP_SECONDS = 1_577_836_800
_MAX_HOPS = 10
_MAX_FOLDER_LINKS = 100


class File(NamedTuple):
    """A member of an sdist."""

    name: str
    kind: str
    """"file", "folder" or "link"."""
    size: int
    executable: bool
    link: str
    content: Iterator[bytes]


class Sink(Protocol):
    """Where files go. Names are relative, `/`-separated, and checked."""

    def folder(self, name: str) -> None:
        """Make a folder; the one around it is there."""

    def file(self, name: str, content: Iterator[bytes], *, executable: bool) -> bool:
        """Write a new file, all of `content`; whether the file system had none of that name yet."""

    def copy(self, name: str, source: str, *, executable: bool) -> bool:
        """Write a new file with the content of one that was written before; see `file`."""


class Nowhere:
    """Takes everything and keeps nothing."""

    def folder(self, name: str) -> None:
        """Nothing."""

    def file(self, name: str, content: Iterator[bytes], *, executable: bool) -> bool:  # noqa: ARG002 (see Sink)
        for _ in content:
            pass
        return True

    def copy(self, name: str, source: str, *, executable: bool) -> bool:  # noqa: ARG002 (see Sink)
        return True


class Disk:
    """Below a folder that is empty."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def folder(self, name: str) -> None:
        (self._root / name).mkdir(exist_ok=True)

    def file(self, name: str, content: Iterator[bytes], *, executable: bool) -> bool:
        mode = 0o755 if executable else 0o644
        try:
            _fs.write_new(os.fspath(self._root / name), content, mode=mode, mtime=_STAMP_SECONDS)
        except FileExistsError:
            return False
        return True

    def copy(self, name: str, source: str, *, executable: bool) -> bool:
        with (self._root / source).open("rb") as original:
            return self.file(name, iter(lambda: original.read(_BUFFER), b""), executable=executable)


class _Written(NamedTuple):
    size: int
    executable: bool


class Tree:
    """Hands one sdist's members to `sink`."""

    def __init__(self, sink: Sink, label: Label) -> None:
        self._sink = sink
        self._label = label
        self._names = Names(label, portable=os.name == "nt")
        self._files: dict[str, _Written] = {}
        self._folders: set[str] = set()
        self._links: dict[str, str] = {}
        self._top = ""
        self._copied = 0

    def run(self, members: Iterator[File]) -> str:
        """Take all; answer the top folder's name."""
        for member in members:
            self._admit(member)
            if member.kind == "folder":
                self._make(member.name)
            elif member.kind == "link":
                self._make(member.name.rpartition("/")[0])
                self._links[member.name] = member.link
            else:
                self._write(member)
        if not self._top or self._top not in self._folders:
            self._label.refuse("one-folder", "it has no top folder")
        check_unique(self._label, [*self._files, *self._links], self._folders, portable=os.name == "nt")
        ends = {link: self._end_of(link) for link in self._links}
        if sum(end in self._folders for end in ends.values()) > _MAX_FOLDER_LINKS:
            self._label.refuse("size", f"it has more than {_MAX_FOLDER_LINKS} links to folders")
        for link in sorted(ends, key=lambda link: ends[link] in self._folders):  # files first
            self._replace(link, ends[link], ends)
        return self._top

    def _admit(self, member: File) -> None:
        self._names.check(member.name)
        top, slash, _ = member.name.partition("/")
        self._top = self._top or top
        if top != self._top or not (slash or member.kind == "folder"):
            self._label.refuse("one-folder", "not everything is in one top folder", member.name)
        if member.name in self._files or member.name in self._links:
            self._label.refuse("name-unique", "a member is there twice", member.name)
        self._check_count()

    def _check_count(self) -> None:
        if len(self._files) + len(self._folders) + len(self._links) >= MAX_FILES:
            check_size(self._label, packed=1, unpacked=0, files=MAX_FILES + 1)

    def _make(self, folder: str) -> None:
        if not folder or folder in self._folders:
            return
        if folder in self._files or folder in self._links:
            self._label.refuse("name-unique", "a file is also a folder", folder)
        self._make(folder.rpartition("/")[0])
        self._sink.folder(folder)
        self._folders.add(folder)

    def _write(self, member: File) -> None:
        name = member.name
        self._make(name.rpartition("/")[0])
        if name in self._folders:
            self._label.refuse("name-unique", "a file is also a folder", name)
        self._files[name] = _Written(member.size, member.executable)
        self._expect(self._sink.file(name, member.content, executable=member.executable), name)

    def _expect(self, new: bool, name: str) -> None:  # noqa: FBT001 (what the sink answered)
        if not new:
            self._label.refuse("name-unique", "a member is there twice for this file system", name)

    def _end_of(self, link: str) -> str:
        """The file or folder that the link leads to, perhaps through others; never through a folder that is one."""
        target = link
        for _ in range(_MAX_HOPS):
            if target not in self._links:
                break
            there = self._links[target]
            target = posixpath.normpath(posixpath.join(posixpath.dirname(target), there))
            inside = target == self._top or target.startswith(f"{self._top}/")
            if there.startswith("/") or "\\" in there or not inside:
                self._label.refuse("member-type", f"a link leads out of the archive: {there}", link)
        if target not in self._files and target not in self._folders:
            self._label.refuse("member-type", "a link does not lead to a member of the archive", link)
        if f"{link}/".startswith(f"{target}/"):
            self._label.refuse("member-type", "a link leads to a folder that it is in", link)
        return target

    def _replace(self, link: str, target: str, ends: dict[str, str]) -> None:
        """Put a copy where the link was."""
        if target in self._files:
            self._copy(link, target)
            return
        below = f"{target}/"
        if any(end in self._folders and other.startswith(below) for other, end in ends.items()):
            self._label.refuse("member-type", "a link leads to a folder with links to folders in it", link)
        self._make_anew(link)
        for folder in sorted(one for one in self._folders if one.startswith(below)):
            self._make_anew(f"{link}/{folder[len(below) :]}")
        for name in [one for one in self._files if one.startswith(below)]:
            self._copy(f"{link}/{name[len(below) :]}", name)

    def _make_anew(self, folder: str) -> None:
        self._names.check(folder)
        self._check_count()
        self._sink.folder(folder)
        self._folders.add(folder)

    def _copy(self, name: str, source: str) -> None:
        self._names.check(name)
        self._check_count()
        written = self._files[source]
        self._copied += written.size
        check_size(self._label, packed=self._copied, unpacked=self._copied, files=0)
        self._files[name] = written
        self._expect(self._sink.copy(name, source, executable=written.executable), name)
