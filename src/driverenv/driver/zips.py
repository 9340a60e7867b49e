"""Zip files of drivers: what is in them, and their content written out, by the rules for every other archive."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from driverenv.archive.names import Names, check_unique
from driverenv.archive.rules import Label
from driverenv.archive.zip_format import Member, read, read_directory, stream

INNER_LIMIT = 256 * 1024 * 1024
"""Bytes of a driver's zip inside of another zip."""
ALL_INNER_LIMIT = 512 * 1024 * 1024
"""Bytes of all zips that are looked into, for one that is named: they are held in memory."""
_AT_LEAST = 256 * 1024
"""So many bytes each of them counts: opening one costs something, too."""


class _Left:
    """What may still be looked into."""

    def __init__(self) -> None:
        self.size = ALL_INNER_LIMIT


class Zip:
    """An open zip archive whose members were all checked; nothing is written before that.

    Raises `ArchiveRejected`, here and while it is read.
    """

    def __init__(self, file: BinaryIO, shown: str, left: _Left | None = None) -> None:
        self._file = file
        self._left = left or _Left()
        self._label = Label(shown)
        self.shown = shown
        size = file.seek(0, os.SEEK_END)
        names = Names(self._label)
        self._members: dict[str, Member] = {}
        folders: set[str] = set()
        files: list[str] = []
        for member in read_directory(file, size, self._label):
            # Older .NET writes Windows' own separators (APPNOTE 4.4.17.1 wants slashes).
            name = member.name.replace("\\", "/")
            is_folder = member.is_folder or name.endswith("/")
            name = name.rstrip("/")
            names.check(name)
            if is_folder:
                folders.add(name)
            else:
                files.append(name)
                self._members[name] = member
        check_unique(self._label, files, folders)

    @property
    def files(self) -> Mapping[str, Member]:
        """The members that are files, by their path inside."""
        return self._members

    def inner(self, name: str) -> Zip:
        """A zip inside of this one, held in memory."""
        self._left.size -= max(self._members[name].size, _AT_LEAST)
        if self.is_exhausted:
            limit = ALL_INNER_LIMIT >> 20
            self._label.refuse("size", f"the zips inside are more than can be looked into: {limit} MiB", name)
        data = read(self._file, self._members[name], self._label, INNER_LIMIT)
        return Zip(io.BytesIO(data), f"{self.shown}/{name}", self._left)

    @property
    def is_exhausted(self) -> bool:
        """Whether no further zip inside is looked into."""
        return self._left.size < 0

    def extract(self, into: Path, below: str = "") -> None:
        """Write every file below the folder `below` ("" for all) into the new folder `into`."""
        into.mkdir(mode=0o700, parents=True)
        prefix = f"{below}/" if below else ""
        for name, member in self._members.items():
            if not name.startswith(prefix):
                continue
            target = into.joinpath(*name[len(prefix) :].split("/"))
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with open(target, "xb") as out:
                out.writelines(stream(self._file, member, self._label))
