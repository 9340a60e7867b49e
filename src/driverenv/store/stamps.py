"""Stamps of the store's files, and the records that are kept of them.

What is linked into environments can be edited in place through any of them. A stamp is what the system
notes of that: size, modification time, inode, and the ctime, which changes with every edit and cannot be
set back. It changes with every link as well; so whoever links, or removes links, writes a new record.
A record that does not fit says "nobody knows", and contents decide: it may be lost, old or torn at any time.
"""

from __future__ import annotations

import marshal
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from driverenv import _fs, warm
from driverenv.archive.wheel import STAMP_SECONDS
from driverenv.model.plan import CODE, WheelFile
from driverenv.store.bytecode import Compiled
from driverenv.store.manifest import BYTE_CODE, FILES

FILE_NAME = "stamps"
NUMBERS = 4
"""A stamp is so many numbers: size, modification time, ctime, inode."""


class Row(NamedTuple):
    """A file that there should be."""

    path: str
    """Below the part's folder, `/`-separated."""
    size: int
    sha256: str
    """As RECORD writes it: base64url without padding."""
    executable: bool


class Stamps(NamedTuple):
    """Of the files that environments share, and of the others; `NUMBERS` for each, in the order of the rows."""

    shared: list[int]
    other: list[int]


@dataclass(frozen=True, slots=True)
class Part:
    """Files of the store that have one record: those of a wheel, or its byte code for one kind of Python."""

    record: str
    """Its path."""
    folder: str
    """The files lie below it."""
    shared: tuple[Row, ...]
    other: tuple[Row, ...]
    mtime: int | None = None
    """The modification time that each file has, in seconds since the epoch; None: any."""
    _groups: list[tuple[str, list[str]]] = field(default_factory=list, repr=False, compare=False)

    @property
    def rows(self) -> tuple[Row, ...]:
        """All files, in the order of the stamps."""
        return self.shared + self.other

    def groups(self, rows: Sequence[Row]) -> Sequence[tuple[str, list[str]]]:
        """Folders, absolute, and the names of the files in each, in the order of `rows`."""
        if rows is self.shared and self._groups:  # a launch that links looks at them before and after
            return self._groups
        found: list[tuple[str, list[str]]] = []
        names: list[str] = []
        last = None
        for row in rows:
            folder, _, name = row.path.rpartition("/")
            if folder != last:
                names, last = [], folder
                found.append((f"{self.folder}/{folder}", names))
            names.append(name)
        if rows is self.shared:
            self._groups[:] = found
        return found

    def measured(self, rows: Sequence[Row]) -> list[int]:
        """The stamps of `rows` as they are now. Raises `OSError` where a file is gone."""
        stamps: list[int] = []
        for folder, names in self.groups(rows):
            warm.measure(folder, names, stamps)
        return stamps

    def now(self) -> Stamps | None:
        """The stamps as they are; None where a file is gone."""
        try:
            return Stamps(self.measured(self.shared), self.measured(self.other))
        except OSError:
            return None


def of_files(root: str, entries: Iterable[WheelFile]) -> Part:
    """The part of the files of the wheel at `root`."""
    shared: list[Row] = []
    other: list[Row] = []
    for one in entries:
        row = Row(f"{one.scheme}/{one.path}", one.size, one.sha256, one.executable)
        (shared if one.kind == CODE else other).append(row)
    return Part(f"{root}/{FILE_NAME}", f"{root}/{FILES}", tuple(shared), tuple(other), STAMP_SECONDS)


def of_byte_code(compiled: Compiled) -> Part:
    """The part of byte code."""
    rows = tuple(Row(one.path, one.size, one.sha256, executable=False) for one in compiled.files)
    return Part(f"{compiled.folder}/{FILE_NAME}", str(compiled.folder), rows, ())


def render(stamps: Stamps) -> bytes:
    """The content of a record."""
    shared, other = (marshal.dumps(one, 2) for one in stamps)
    head = f"{warm.summary(stamps.shared)}\n{warm.summary(stamps.other)}\n{len(shared)}\n"
    return warm.STAMPS_HEADER + head.encode() + shared + other


def parse(data: bytes) -> Stamps | None:
    """The stamps of a record; None where it is torn or none at all."""
    header, *heads, rest = (*data.split(b"\n", 4), b"", b"", b"", b"")[:5]
    if header + b"\n" != warm.STAMPS_HEADER or not heads[2].isdigit():
        return None
    length = int(heads[2][:20])
    bodies = rest[:length], rest[length:]
    # marshal is for its own output only: no byte of anything else gets to it
    if any(warm.key((body,)).encode() != head for body, head in zip(bodies, heads, strict=False)):
        return None
    return Stamps(*(marshal.loads(body) for body in bodies))  # noqa: S302 (see above)


def content(descriptor: int) -> bytes:
    """What is in the record that is open there."""
    os.lseek(descriptor, 0, os.SEEK_SET)
    return b"".join(iter(lambda: os.read(descriptor, 1 << 20), b""))


def write(descriptor: int, stamps: Stamps) -> None:
    """Write the record that is open and locked there.

    In place: that takes a tenth of the time of a new file and a rename, and whoever meets half of it looks closer.
    """
    data = render(stamps)
    os.lseek(descriptor, 0, os.SEEK_SET)
    _fs.write_all(descriptor, data)
    os.ftruncate(descriptor, len(data))


def forget(root: Path) -> None:
    """Drop the records of the wheel at `root` and of its byte code: the next look at it is at contents."""
    for record in (root / FILE_NAME, *root.glob(f"{BYTE_CODE}/*/{FILE_NAME}")):
        record.unlink(missing_ok=True)


def only_links_changed(before: Iterable[int], after: Sequence[int]) -> bool:
    """Whether two lists of stamps differ in nothing but ctimes."""
    first = list(before)
    return all(first[number::NUMBERS] == after[number::NUMBERS] for number in (0, 1, 3))
