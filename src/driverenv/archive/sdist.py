"""The one reader of sdists: `.tar.gz` and legacy `.zip`, which the name and the content must both say.

`check` reads the whole archive and writes nothing; `extract` writes every member by our own code into a
folder of our own: regular files and folders only. A symbolic link inside the sdist becomes a copy of what
it leads to, so that nothing is ever written, or read, through a link.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from driverenv.archive import headers, tar_format, zip_format
from driverenv.archive.polyglot import hides_a_zip
from driverenv.archive.rules import MAX_METADATA_BYTES, Label
from driverenv.archive.tree import Disk, File, Nowhere, Sink, Tree
from driverenv.errors import ArchiveRejected

_BUFFER = 1 << 18
_DYNAMIC_MATTERS = frozenset({"requires-dist", "requires-python", "provides-extra"})
_STATIC_SINCE = (2, 2)
_SUFFIXES = {".tar.gz": b"\x1f\x8b", ".zip": b"PK"}
_INFO = "PKG-INFO"
_HINT, _HINT_BYTES, _HINTS = ".egg-info/requires.txt", 1 << 16, 100
_NAME = re.compile(r"[A-Za-z0-9]+(?:[._-]+[A-Za-z0-9]+)*")


def extract(path: Path, *, into: Path, project: str, version: str, filename: str) -> Path:
    """Check the sdist at `path`, unpack it below the empty folder `into`, and return its top folder.

    PKG-INFO must be that of `project` and `version` where there is one. Raises `ArchiveRejected`;
    what was written by then is the caller's to throw away.
    """
    label = Label(filename)
    return into / _read(path, Disk(into), project, _version(version, label), label)


def check(path: Path, *, project: str, version: str, filename: str) -> None:
    """The same as `extract`, and nothing is written."""
    label = Label(filename)
    _read(path, Nowhere(), project, _version(version, label), label)


def _read(path: Path, sink: Sink, project: str, version: Version, label: Label) -> str:
    found: dict[str, bytes] = {}
    with _open(path, label) as members:
        top = Tree(sink, label).run(_noting(members, label, found))
    for name, data in found.items():
        if name == f"{top}/{_INFO}":
            headers.check_identity(headers.fields(data, label, name), project, version, label, name)
    return top


def _noting(members: Iterator[File], label: Label, found: dict[str, bytes]) -> Iterator[File]:
    """The same members; the content of PKG-INFO is put into `found` as it passes."""
    for member in members:
        if member.kind == "file" and member.name.partition("/")[2] == _INFO:
            data = found[member.name] = _whole(member, label)
            yield member._replace(content=iter((data,)))
        else:
            yield member


def _whole(member: File, label: Label) -> bytes:
    if member.size > MAX_METADATA_BYTES:
        label.refuse("size", "PKG-INFO is too large", member.name)
    return b"".join(member.content)


def static_metadata(path: Path, *, project: str, version: str, filename: str = "") -> bytes | None:
    """PKG-INFO of the sdist at `path`, where it can be trusted without a build (PEP 643); else None.

    That is: Metadata-Version 2.2 or later, and neither Requires-Dist, Requires-Python nor
    Provides-Extra is Dynamic. Read in memory; nothing is written. The rest of the archive is not
    looked at: see `check`. Raises `ArchiveRejected`.
    """
    label = Label(filename or path.name)
    with _open(path, label) as members:
        data = _find_pkg_info(members, label)
    if data is None:
        return None
    fields = headers.fields(data, label, _INFO)
    headers.check_identity(fields, project, _version(version, label), label, _INFO)
    dynamic = {name.lower() for name in fields.get("dynamic", ())}
    is_static = _metadata_version(fields) >= _STATIC_SINCE and not dynamic & _DYNAMIC_MATTERS
    return data if is_static else None


def hinted(path: Path, *, filename: str = "") -> frozenset[NormalizedName]:
    """The projects that the sdist at `path` is likely to need, whatever is asked of it: as its egg-info says.

    Whoever packed it wrote that, on another machine: it is worth a look ahead, and nothing is decided by it.
    Nothing is raised; what cannot be read hints at nothing.
    """
    label = Label(filename or path.name)
    with contextlib.suppress(ArchiveRejected, OSError), _open(path, label) as members:
        for member in members:
            if member.name.endswith(_HINT) and member.kind == "file" and member.size <= _HINT_BYTES:
                text = b"".join(member.content).decode("utf-8", "replace")
                always = text.partition("[")[0].splitlines()
                names = [found.group() for found in map(_NAME.match, always) if found is not None]
                return frozenset(map(canonicalize_name, names[:_HINTS]))
    return frozenset()


def _find_pkg_info(members: Iterator[File], label: Label) -> bytes | None:
    for member in members:
        top, _, rest = member.name.partition("/")
        if rest == _INFO and top not in ("", ".", "..") and member.kind == "file":
            return _whole(member, label)
    return None


def _metadata_version(fields: dict[str, list[str]]) -> tuple[int, ...]:
    parts = (fields.get("metadata-version") or ["0"])[0][:20].split(".")
    return tuple(int(part) if part.isascii() and part.isdigit() else 0 for part in parts)


def _version(version: str, label: Label) -> Version:
    try:
        return Version(version)
    except ValueError:  # InvalidVersion, or more digits than Python converts
        label.refuse("metadata", f"{version!r} is no version (PEP 440)")


@contextlib.contextmanager
def _open(path: Path, label: Label) -> Iterator[Iterator[File]]:
    with path.open("rb", buffering=_BUFFER) as file:
        size = path.stat().st_size
        magic = file.read(2)
        for suffix, expected in _SUFFIXES.items():
            if label.filename.lower().endswith(suffix) and magic != expected:
                label.refuse("sdist-format", f"it is called {suffix} and is something else")
        if magic not in _SUFFIXES.values():
            label.refuse("sdist-format", "it is neither a gzipped tar archive nor a zip archive")
        if magic == _SUFFIXES[".tar.gz"]:
            if hides_a_zip(file, size):
                label.refuse("sdist-format", "it is a gzipped tar archive with a zip archive inside")
            file.seek(0)
            yield _tar_members(file, size, label)
        else:
            yield _zip_members(file, size, label)


def _tar_members(file: BinaryIO, size: int, label: Label) -> Iterator[File]:
    reader = tar_format.TarReader(file, size, label)
    for member in reader:
        name = member.name.removeprefix("./")
        name = name.removesuffix("/") if member.kind == "folder" else name
        if name not in ("", ".") or member.kind != "folder":
            yield File(name, member.kind, member.size, member.executable, member.link, reader.read())


def _zip_members(file: BinaryIO, size: int, label: Label) -> Iterator[File]:
    for member in zip_format.read_directory(file, size, label):
        kind = "folder" if member.is_folder else "file"
        content = zip_format.stream(file, member, label)
        yield File(member.name, kind, member.size, member.executable, "", content)
        for _ in content:  # whatever the caller left unread is checked all the same
            pass
