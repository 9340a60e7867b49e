"""Archives of distributions, opened: the vendor's bundles, packaged shells, repositories that somebody zipped.

The same rules as for every other archive hold: the whole of it is checked before a member is believed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from driverenv import _fs
from driverenv.archive import tar_format, zip_format
from driverenv.archive.names import Names, check_unique
from driverenv.archive.rules import Label

_MAGIC_GZIP = b"\x1f\x8b"


class Inner(NamedTuple):
    """A file that was in an archive."""

    member: str
    path: Path
    """Where it lies now; its name is that of the member."""


def extract(path: Path, *, into: Path, wanted: Callable[[str], bool], shown: str) -> tuple[Inner, ...]:
    """Write those members of the archive at `path` whose file names are `wanted` below the folder `into`.

    Each gets a folder of its own, so that two of one name do not meet. Raises `ArchiveRejected`: it is no zip
    and no `.tar.gz`, or breaks a rule; and `OSError`.
    """
    label = Label(shown)
    found: list[Inner] = []
    with path.open("rb") as file:
        for name, content in _members(file, path.stat().st_size, label):
            filename = name.rpartition("/")[2]
            if not wanted(filename):
                continue
            place = into / str(len(found))
            place.mkdir(mode=0o700, parents=True)
            _fs.write_new(str(place / filename), content)
            found.append(Inner(name, place / filename))
    return tuple(found)


def _members(file: BinaryIO, size: int, label: Label) -> Iterator[tuple[str, Iterator[bytes]]]:
    magic = file.read(2)
    file.seek(0)
    return _of_tar(file, size, label) if magic == _MAGIC_GZIP else _of_zip(file, size, label)


def _of_zip(file: BinaryIO, size: int, label: Label) -> Iterator[tuple[str, Iterator[bytes]]]:
    names, files, folders = Names(label), {}, set()
    for member in zip_format.read_directory(file, size, label):
        # Older .NET writes Windows' own separators (APPNOTE 4.4.17.1 wants slashes).
        name = member.name.replace("\\", "/")
        is_folder = member.is_folder or name.endswith("/")
        names.check(name.rstrip("/"))
        if is_folder:
            folders.add(name.rstrip("/"))
        else:
            files[name] = member
    check_unique(label, files, folders)
    for name, member in files.items():
        yield name, zip_format.stream(file, member, label)


def _of_tar(file: BinaryIO, size: int, label: Label) -> Iterator[tuple[str, Iterator[bytes]]]:
    reader, names, seen = tar_format.TarReader(file, size, label), Names(label), set[str]()
    for member in reader:
        name = member.name.removeprefix("./").removesuffix("/")
        if member.kind == "folder":
            continue
        names.check(name)
        if member.kind != "file":
            label.refuse("member-type", "it is neither a file nor a folder", member.name)
        if name in seen:
            label.refuse("name-unique", "a member is there twice", member.name)
        seen.add(name)
        yield name, reader.read()
