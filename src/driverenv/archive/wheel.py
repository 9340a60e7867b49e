"""The one reader of wheels: whatever the source, the whole archive is checked while it is unpacked.

`unpack` writes into a private folder that nobody looks into. It is the caller's to make that
folder visible, by one rename, only after `unpack` has returned.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple

from packaging.version import Version

from driverenv import _fs
from driverenv.archive import headers, record, scripts, zip_format
from driverenv.archive.layout import SIGNATURES, Layout, find_dist_info
from driverenv.archive.names import Names, check_unique, folded
from driverenv.archive.rules import MAX_METADATA_BYTES, MAX_RECORD_BYTES, Label
from driverenv.archive.scripts import Script

STAMP_SECONDS = 1_577_836_800
"""The modification time of every unpacked file (2020-01-01 UTC): byte code stamps hold for every copy
that keeps it, and an edit shows."""

_BUFFER = 1 << 18


class Entry(NamedTuple):
    """One unpacked file: it lies at `<files>/<scheme>/<path>`."""

    scheme: str
    """"purelib", "platlib", "scripts", "data" or "headers"."""
    path: str
    """Below the scheme's folder, `/`-separated."""
    size: int
    sha256: str
    """As RECORD writes it: base64url without padding."""
    executable: bool


@dataclass(frozen=True, slots=True)
class Unpacked:
    """What a wheel turned out to be."""

    project: str
    version: str
    dist_info: str
    """The folder's name, e.g. "numpy-2.3.4.dist-info"."""
    root_scheme: str
    """"purelib" or "platlib": where dist-info lies."""
    entries: tuple[Entry, ...]
    scripts: tuple[Script, ...]
    notes: tuple[str, ...]
    """What differs from RECORD; only ever filled where the reader was not strict."""


def unpack(path: Path, *, into: Path, project: str, version: str, filename: str, strict: bool) -> Unpacked:
    """Check the wheel at `path` and unpack it below the empty folder `into`, one sub-folder a scheme.

    `project`, `version` and `filename` are what it was offered as. Where `strict` is False a RECORD
    that does not match is noted instead of refused (sites do edit and re-zip their own wheels).
    Raises `ArchiveRejected`.
    """
    label = Label(filename)
    with path.open("rb", buffering=_BUFFER) as file:
        members = zip_format.read_directory(file, path.stat().st_size, label)
        return _Reader(file, members, label, strict=strict).unpack(
            into, project, parse_version(version, label)
        )


def read_metadata(path: Path, *, project: str, version: str, filename: str) -> bytes:
    """METADATA of the wheel at `path`, read in memory; its Name and Version are checked."""
    label = Label(filename)
    wanted = parse_version(version, label)
    with path.open("rb") as file:
        members = zip_format.read_directory(file, path.stat().st_size, label)
        reader = _Reader(file, members, label, strict=False)
        return reader.metadata(find_dist_info(reader.files, project, wanted, label), project, wanted)


def parse_version(version: str, label: Label) -> Version:
    """`version` parsed; refuses the archive where it is none (PEP 440)."""
    try:
        return Version(version)
    except ValueError:  # InvalidVersion, or more digits than Python converts
        label.refuse("dist-info", f"{version!r} is no version (PEP 440)")


class _Reader:
    def __init__(
        self, file: BinaryIO, members: tuple[zip_format.Member, ...], label: Label, *, strict: bool
    ) -> None:
        self._file = file
        self._members = members
        self._label = label
        self._strict = strict
        names = Names(label)
        for member in members:
            names.check(member.name)
        self.files = {member.name: member for member in members if not member.is_folder}
        check_unique(
            label,
            (member.name for member in members if not member.is_folder),
            (member.name for member in members if member.is_folder),
        )

    def metadata(self, dist_info: str, project: str, version: Version) -> bytes:
        name = f"{dist_info}/METADATA"
        data = self._read(name, "metadata", MAX_METADATA_BYTES)
        headers.check_identity(headers.scan(data), project, version, self._label, name)
        return data

    def unpack(self, into: Path, project: str, version: Version) -> Unpacked:
        dist_info = find_dist_info(self.files, project, version, self._label)
        self.metadata(dist_info, project, version)
        root_scheme = self._root_scheme(f"{dist_info}/WHEEL")
        layout = Layout(dist_info, root_scheme, self._label)
        places = {name: layout.place(name) for name in self.files}
        found = self._scripts(f"{dist_info}/entry_points.txt", layout)
        check = self._record(f"{dist_info}/RECORD")
        entries = []
        writer = _Writer(into)
        for member in self._members:
            place = places.get(member.name)
            if member.is_folder or place is None:
                self._skip(member, check, dist_info)
                continue
            executable = member.executable or place.scheme == "scripts"
            digest = _Digest(check.extra_algorithm(member.name))
            chunks = digest.of(zip_format.stream(self._file, member, self._label))
            writer.write(f"{place.scheme}/{place.path}", chunks, executable=executable)
            check.member(member.name, member.size, digest.results())
            entries.append(Entry(place.scheme, place.path, member.size, digest.sha256, executable))
        check.finish()
        notes = tuple(check.notes)
        return Unpacked(project, str(version), dist_info, root_scheme, tuple(entries), found, notes)

    def _skip(self, member: zip_format.Member, check: record.Check, dist_info: str) -> None:
        digest = _Digest(check.extra_algorithm(member.name))
        for _ in digest.of(zip_format.stream(self._file, member, self._label)):
            pass
        folder, _, name = member.name.rpartition("/")
        is_signature = folder == dist_info and folded(name) in SIGNATURES
        if is_signature or "__pycache__" in folded(folder).split("/"):
            check.unhashed(member.name)
        elif not member.is_folder and member.name != f"{dist_info}/RECORD":
            check.member(member.name, member.size, digest.results())

    def _read(self, name: str, rule: str, limit: int) -> bytes:
        member = self.files.get(name)
        if member is None:
            self._label.refuse(rule, f"{name.rpartition('/')[2]} is missing", name)
        return zip_format.read(self._file, member, self._label, limit)

    def _root_scheme(self, name: str) -> str:
        fields = headers.scan(self._read(name, "wheel-file", MAX_METADATA_BYTES))
        versions, pure = fields.get("wheel-version", []), fields.get("root-is-purelib", [])
        if len(versions) != 1 or not re.fullmatch(r"1\.[0-9]+", versions[0]):
            self._label.refuse(
                "wheel-file", f"Wheel-Version is {', '.join(versions) or 'missing'}, not 1.x", name
            )
        if len(pure) != 1 or pure[0].lower() not in ("true", "false"):
            self._label.refuse("wheel-file", "Root-Is-Purelib is neither true nor false", name)
        return "purelib" if pure[0].lower() == "true" else "platlib"

    def _scripts(self, name: str, layout: Layout) -> tuple[Script, ...]:
        if name not in self.files:
            return ()
        found = scripts.parse(self._read(name, "entry-points", MAX_METADATA_BYTES), self._label, name)
        for script in found:
            layout.take_script(script.name, name)
        return found

    def _record(self, name: str) -> record.Check:
        rows: tuple[record.Row, ...] = ()
        if name in self.files or self._strict:
            try:
                rows = record.parse(self._read(name, "record", MAX_RECORD_BYTES))
            except ValueError as error:
                self._label.refuse("record", f"RECORD cannot be read: {error}", name)
        return record.Check(rows, name, self._label, strict=self._strict)


class _Digest:
    """sha256 of what passes through, and one more where RECORD wants it."""

    def __init__(self, extra: str | None) -> None:
        self._sha256 = record.hasher("sha256")
        self._extra_name = extra
        self._extra = record.hasher(extra) if extra else None
        self.sha256 = ""

    def of(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        for chunk in chunks:
            self._sha256.update(chunk)
            if self._extra is not None:
                self._extra.update(chunk)
            yield chunk
        self.sha256 = record.encoded(self._sha256.digest())

    def results(self) -> dict[str, str]:
        found = {"sha256": self.sha256}
        if self._extra is not None and self._extra_name is not None:
            found[self._extra_name] = record.encoded(self._extra.digest())
        return found


class _Writer:
    """Writes files below one folder; folders are made as they come."""

    def __init__(self, root: Path) -> None:
        self._root = os.fspath(root)
        self._made = {self._root}

    def write(self, name: str, chunks: Iterator[bytes], *, executable: bool) -> None:
        path = os.path.join(self._root, *name.split("/")) if os.sep != "/" else f"{self._root}/{name}"
        folder = os.path.dirname(path)
        if folder not in self._made:
            os.makedirs(folder, exist_ok=True)
            self._made.add(folder)
        _fs.write_new(path, chunks, mode=0o555 if executable else 0o444, mtime=STAMP_SECONDS)
