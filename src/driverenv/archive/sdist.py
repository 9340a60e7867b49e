"""The one reader of sdists: `.tar.gz` and legacy `.zip`; the format is told by the content, never by the name.

Every member is written by our own code into a folder of our own: regular files and folders only.
A symbolic link to a file of the sdist becomes a copy of it, so that nothing is ever written, or
read, through a link.
"""

from __future__ import annotations

import contextlib
import os
import posixpath
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from packaging.version import Version

from driverenv import _fs
from driverenv.archive import headers, tar_format, zip_format
from driverenv.archive.names import Names, check_unique
from driverenv.archive.rules import MAX_FILES, MAX_METADATA_BYTES, Label, check_size

_BUFFER = 1 << 18
_STAMP_SECONDS = 1_577_836_800
_DYNAMIC_MATTERS = frozenset({"requires-dist", "requires-python", "provides-extra"})
_STATIC_SINCE = (2, 2)
_MAX_HOPS = 10


class _File(NamedTuple):
    name: str
    kind: str
    """"file", "folder" or "link"."""
    size: int
    executable: bool
    link: str
    content: Iterator[bytes]


def extract(path: Path, *, into: Path, project: str, version: str, filename: str) -> Path:
    """Check the sdist at `path`, unpack it below the empty folder `into`, and return its top folder.

    PKG-INFO must be that of `project` and `version` where there is one. Raises `ArchiveRejected`;
    what was written by then is the caller's to throw away.
    """
    label = Label(filename)
    with _open(path, label) as members:
        top = _Extraction(into, label).run(members)
    info = into / top / "PKG-INFO"
    if info.is_file():
        fields = headers.scan(info.read_bytes())
        headers.check_identity(fields, project, _version(version, label), label, f"{top}/PKG-INFO")
    return into / top


def static_metadata(path: Path, *, project: str, version: str, filename: str = "") -> bytes | None:
    """PKG-INFO of the sdist at `path`, where it can be trusted without a build (PEP 643); else None.

    That is: Metadata-Version 2.2 or later, and neither Requires-Dist, Requires-Python nor
    Provides-Extra is Dynamic. Read in memory; nothing is written. Raises `ArchiveRejected`.
    """
    label = Label(filename or path.name)
    with _open(path, label) as members:
        data = _find_pkg_info(members, label)
    if data is None:
        return None
    fields = headers.scan(data)
    headers.check_identity(fields, project, _version(version, label), label, "PKG-INFO")
    dynamic = {name.lower() for name in fields.get("dynamic", ())}
    is_static = _metadata_version(fields) >= _STATIC_SINCE and not dynamic & _DYNAMIC_MATTERS
    return data if is_static else None


def _find_pkg_info(members: Iterator[_File], label: Label) -> bytes | None:
    for member in members:
        top, _, rest = member.name.partition("/")
        if rest == "PKG-INFO" and top not in ("", ".", "..") and member.kind == "file":
            if member.size > MAX_METADATA_BYTES:
                label.refuse("size", "PKG-INFO is too large", member.name)
            return b"".join(member.content)
    return None


def _metadata_version(fields: dict[str, list[str]]) -> tuple[int, ...]:
    parts = (fields.get("metadata-version") or ["0"])[0].split(".")
    return tuple(int(part) if part.isascii() and part.isdigit() else 0 for part in parts)


def _version(version: str, label: Label) -> Version:
    try:
        return Version(version)
    except ValueError:  # InvalidVersion, or more digits than Python converts
        label.refuse("metadata", f"{version!r} is no version (PEP 440)")


@contextlib.contextmanager
def _open(path: Path, label: Label) -> Iterator[Iterator[_File]]:
    with path.open("rb", buffering=_BUFFER) as file:
        size = path.stat().st_size
        magic = file.read(2)
        file.seek(0)
        if magic == b"\x1f\x8b":
            yield _tar_members(file, size, label)
        elif magic == b"PK":
            yield _zip_members(file, size, label)
        else:
            label.refuse("zip-start", "it is neither a gzipped tar archive nor a zip archive")


def _tar_members(file: BinaryIO, size: int, label: Label) -> Iterator[_File]:
    reader = tar_format.TarReader(file, size, label)
    for member in reader:
        name = member.name
        while name.startswith("./"):
            name = name[2:]
        name = name.removesuffix("/") if member.kind == "folder" else name
        if name not in ("", ".") or member.kind != "folder":
            yield _File(name, member.kind, member.size, member.executable, member.link, reader.read())


def _zip_members(file: BinaryIO, size: int, label: Label) -> Iterator[_File]:
    for member in zip_format.read_directory(file, size, label):
        kind = "folder" if member.is_folder else "file"
        content = zip_format.stream(file, member, label)
        yield _File(member.name, kind, member.size, member.executable, "", content)
        for _ in content:  # whatever the caller left unread is checked all the same
            pass


class _Extraction:
    """Writes one sdist's members below a folder."""

    def __init__(self, into: Path, label: Label) -> None:
        self._root = into
        self._label = label
        self._names = Names(label, portable=os.name == "nt")
        self._files: dict[str, bool] = {}
        self._folders: set[str] = set()
        self._links: dict[str, str] = {}
        self._top = ""
        self._copied = 0

    def run(self, members: Iterator[_File]) -> str:
        """Write all; answer the top folder's name."""
        for member in members:
            self._admit(member)
            if member.kind == "folder":
                self._make(member.name)
            elif member.kind == "link":
                self._make(member.name.rpartition("/")[0])
                self._links[member.name] = member.link
            else:
                self._write(member.name, member.content, executable=member.executable)
        if not self._top or self._top not in self._folders:
            self._label.refuse("one-folder", "it has no top folder")
        check_unique(self._label, [*self._files, *self._links], self._folders)
        for name in self._links:
            self._copy(name)
        return self._top

    def _admit(self, member: _File) -> None:
        self._names.check(member.name)
        top, slash, _ = member.name.partition("/")
        self._top = self._top or top
        if top != self._top or not (slash or member.kind == "folder"):
            self._label.refuse("one-folder", "not everything is in one top folder", member.name)
        if member.name in self._files or member.name in self._links:
            self._label.refuse("name-unique", "a member is there twice", member.name)
        if len(self._files) + len(self._folders) + len(self._links) >= MAX_FILES:
            check_size(self._label, packed=1, unpacked=0, files=MAX_FILES + 1)

    def _make(self, folder: str) -> None:
        if not folder or folder in self._folders:
            return
        if folder in self._files or folder in self._links:
            self._label.refuse("name-unique", "a file is also a folder", folder)
        self._make(folder.rpartition("/")[0])
        (self._root / folder).mkdir(exist_ok=True)
        self._folders.add(folder)

    def _write(self, name: str, content: Iterator[bytes], *, executable: bool) -> None:
        self._make(name.rpartition("/")[0])
        if name in self._folders:
            self._label.refuse("name-unique", "a file is also a folder", name)
        self._files[name] = executable
        mode = 0o755 if executable else 0o644
        try:
            _fs.write_new(os.fspath(self._root / name), content, mode=mode, mtime=_STAMP_SECONDS)
        except FileExistsError:
            self._label.refuse("name-unique", "a member is there twice for this file system", name)

    def _copy(self, link: str) -> None:
        target = link
        for _ in range(_MAX_HOPS):
            if target not in self._links:
                break
            there = self._links[target]
            target = posixpath.normpath(posixpath.join(posixpath.dirname(target), there))
            if there.startswith("/") or "\\" in there or not target.startswith(f"{self._top}/"):
                self._label.refuse("member-type", f"a link leads out of the archive: {there}", link)
        if target in self._files:
            self._copied += (self._root / target).stat().st_size
            check_size(self._label, packed=self._copied, unpacked=self._copied, files=0)
            with (self._root / target).open("rb") as source:
                content = iter(lambda: source.read(_BUFFER), b"")
                self._write(link, content, executable=self._files[target])
        else:
            self._label.refuse("member-type", "a link does not lead to a file of the archive", link)
