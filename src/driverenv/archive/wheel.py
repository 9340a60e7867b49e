"""The one reader of wheels: whatever the source, the whole archive is checked while it is unpacked.

`Offer.unpack` writes into a private folder that nobody looks into. It is the caller's to make that
folder visible, by one rename, only after it has returned. `Offer.check` is the same without a folder.
"""

from __future__ import annotations

import contextlib
import io
import os
import queue
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple

from packaging.version import Version

from driverenv import _fs
from driverenv.archive import headers, record, scripts, zip_format
from driverenv.archive.layout import SIGNATURES, Layout, Place, find_dist_info
from driverenv.archive.names import Names, check_unique, folded
from driverenv.archive.requires import what_is_wrong
from driverenv.archive.rules import MAX_ENTRY_POINTS_BYTES, MAX_METADATA_BYTES, MAX_RECORD_BYTES, Label
from driverenv.archive.scripts import Script
from driverenv.model.amended import AS_IT_IS, Amended

STAMP_SECONDS = 1_577_836_800
"""The modification time of every unpacked file (2020-01-01 UTC): byte code stamps hold for every copy
that keeps it, and an edit shows."""

_BUFFER = 1 << 18
_CHUNKS_AHEAD = 8
_IN_MEMORY = 4 << 20


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
    fault: str = ""
    """What is wrong with what it requires; only ever filled where that is still to be decided."""


Write = Callable[[Place, Iterable[bytes], bool], None]
"""Takes a file: its place, its content, whether it is executable."""


class Offer(NamedTuple):
    """What a wheel was offered as, and how strictly it is read."""

    label: Label
    project: str
    version: str
    strict: bool = True
    """False: a RECORD that does not match is noted instead of refused (sites do edit and re-zip their own wheels)."""
    amended: Amended = AS_IT_IS
    """What the site's policy says in its metadata's place."""
    deciding: bool = False
    """Whether somebody reads it to decide about what it requires: then a fault there is noted, not refused."""

    def unpack(self, path: Path, into: Path) -> Unpacked:
        """Check the wheel at `path` and unpack it below the empty folder `into`, one sub-folder a scheme.

        Raises `ArchiveRejected`; what was written by then is the caller's to throw away.
        """
        return self._read(path, _Writer(into).write)

    def check(self, path: Path) -> Unpacked:
        """The same, and nothing is written."""
        return self._read(path, _nowhere)

    def _read(self, path: Path, write: Write) -> Unpacked:
        wanted = parse_version(self.version, self.label)
        with _opened(path) as file:
            reader = _Reader(file, path.stat().st_size, self.label)
            dist_info = find_dist_info(reader.names, self.project, wanted, self.label)
            fault = what_is_wrong(reader.metadata(dist_info, self.project, wanted), self.amended)
            if fault and not self.deciding:
                self.label.refuse("requires", fault, f"{dist_info}/METADATA")
            root_scheme = reader.root_scheme(f"{dist_info}/WHEEL")
            layout = Layout(dist_info, root_scheme, self.label)
            places = reader.places(layout)
            found = reader.scripts(f"{dist_info}/entry_points.txt", layout)
            looked = reader.listed(f"{dist_info}/RECORD", strict=self.strict)
            entries = tuple(reader.entries(places, looked, dist_info, write))
        looked.finish()
        notes = tuple(looked.notes)
        return Unpacked(self.project, str(wanted), dist_info, root_scheme, entries, found, notes, fault)


def read_metadata(path: Path, *, project: str, version: str, filename: str) -> bytes:
    """METADATA of the wheel at `path`, read in memory; its Name and Version are checked."""
    label = Label(filename)
    wanted = parse_version(version, label)
    with path.open("rb") as file:
        reader = _Reader(file, path.stat().st_size, label)
        dist_info = find_dist_info(reader.names, project, wanted, label)
        reader.metadata(dist_info, project, wanted)
        return reader.content(f"{dist_info}/METADATA")


def _opened(path: Path) -> BinaryIO:
    """The wheel, in memory where it is not large: then no member costs a call of the system to be found and read."""
    file = path.open("rb", buffering=_BUFFER)
    if path.stat().st_size > _IN_MEMORY:
        return file
    with file:
        return io.BytesIO(file.read())


def parse_version(version: str, label: Label) -> Version:
    """`version` parsed; refuses the archive where it is none (PEP 440)."""
    try:
        return Version(version)
    except ValueError:  # InvalidVersion, or more digits than Python converts
        label.refuse("dist-info", f"{version!r} is no version (PEP 440)")


class _Reader:
    """One open wheel; every member's name is good before anything is read."""

    def __init__(self, file: BinaryIO, size: int, label: Label) -> None:
        self._file = file
        self._label = label
        self._members = zip_format.read_directory(file, size, label)
        names = Names(label)
        for member in self._members:
            names.check(member.name)
        self._files = {member.name: member for member in self._members if not member.is_folder}
        check_unique(
            label,
            (member.name for member in self._members if not member.is_folder),
            self._folders(),
        )
        self._read: dict[str, bytes] = {}
        """What was read to decide about the rest, so that nothing is read twice."""

    def _folders(self) -> tuple[str, ...]:
        return tuple(member.name for member in self._members if member.is_folder)

    @property
    def names(self) -> Iterator[str]:
        return (member.name for member in self._members)

    def metadata(self, dist_info: str, project: str, version: Version) -> dict[str, list[str]]:
        name = f"{dist_info}/METADATA"
        data = self._content(name, "metadata", MAX_METADATA_BYTES)
        fields = headers.fields(data, self._label, name)
        headers.check_form(data, self._label, name)
        headers.check_identity(fields, project, version, self._label, name)
        return fields

    def content(self, name: str) -> bytes:
        """Of a member that was read to decide about the rest."""
        return self._read[name]

    def root_scheme(self, name: str) -> str:
        fields = headers.fields(self._content(name, "wheel-file", MAX_METADATA_BYTES), self._label, name)
        versions, pure = fields.get("wheel-version", []), fields.get("root-is-purelib", [])
        if len(versions) != 1 or not re.fullmatch(r"1\.[0-9]+", versions[0]):
            self._label.refuse(
                "wheel-file", f"Wheel-Version is {', '.join(versions) or 'missing'}, not 1.x", name
            )
        if len(pure) != 1 or pure[0].lower() not in ("true", "false"):
            self._label.refuse("wheel-file", "Root-Is-Purelib is neither true nor false", name)
        return "purelib" if pure[0].lower() == "true" else "platlib"

    def places(self, layout: Layout) -> Mapping[str, Place | None]:
        found = {name: layout.place(name) for name in self._files}
        for folder in self._folders():
            layout.check_folder(folder)
        layout.finish()
        return found

    def scripts(self, name: str, layout: Layout) -> tuple[Script, ...]:
        if name not in self._files:
            return ()
        found = scripts.parse(self._content(name, "entry-points", MAX_ENTRY_POINTS_BYTES), self._label, name)
        layout.take_scripts(found, name)
        return found

    def listed(self, name: str, *, strict: bool) -> record.Check:
        data = b""
        if name in self._files or strict:
            data = self._content(name, "record", MAX_RECORD_BYTES)
            self._read[name] = b""  # it is not installed: an installer writes its own
        try:
            return record.Check(record.parse(data), name, self._label, strict=strict)
        except ValueError as error:
            self._label.refuse("record", f"RECORD cannot be read: {error}", name)

    def _content(self, name: str, rule: str, limit: int) -> bytes:
        member = self._files.get(name)
        if member is None:
            self._label.refuse(rule, f"{name.rpartition('/')[2]} is missing", name)
        self._read[name] = zip_format.read(self._file, member, self._label, limit)
        return self._read[name]

    def entries(
        self, places: Mapping[str, Place | None], looked: record.Check, dist_info: str, write: Write
    ) -> Iterator[Entry]:
        """Read every member, hash it, hand it over, compare it with RECORD."""
        for member in self._members:
            name = member.name
            place = None if member.is_folder else places[name]
            digest = _Digest(looked.extra_algorithm(name))
            chunks = self._chunks(member, digest)
            if place is not None:
                executable = member.executable or place.scheme == "scripts"
                write(place, chunks, executable)
                yield Entry(place.scheme, place.path, member.size, digest.sha256, executable)
                looked.member(name, member.size, digest.sha256, digest.more)
                continue
            for _ in chunks:
                pass
            if not member.is_folder and name != f"{dist_info}/RECORD":
                self._compare(member, digest, looked, dist_info)

    def _chunks(self, member: zip_format.Member, digest: _Digest) -> Iterable[bytes]:
        """The content; `digest` knows it when all of it was taken."""
        data = None if member.is_folder else self._read.get(member.name)
        if data is None:
            data = zip_format.small(self._file, member, self._label)
        if data is None:
            return digest.of(zip_format.stream(self._file, member, self._label))
        digest.take(data)
        return (data,) if data else ()

    @staticmethod
    def _compare(member: zip_format.Member, digest: _Digest, looked: record.Check, dist_info: str) -> None:
        """The same for a member that is left out: of two kinds nobody has a hash."""
        folder, _, name = member.name.rpartition("/")
        is_signature = folder == dist_info and folded(name) in SIGNATURES
        if is_signature or "__pycache__" in folded(folder).split("/"):
            looked.unhashed(member.name)
        else:
            looked.member(member.name, member.size, digest.sha256, digest.more)


class _Digest:
    """sha256 of what passes through, and one more where RECORD wants it."""

    __slots__ = ("_extra", "more", "sha256")

    def __init__(self, extra: str | None) -> None:
        self._extra = extra
        self.sha256 = self.more = ""

    def take(self, data: bytes) -> None:
        """All of it at once."""
        self.sha256 = record.encoded(record.hasher("sha256", data).digest())
        if self._extra is not None:
            self.more = record.encoded(record.hasher(self._extra, data).digest())

    def of(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """The same chunks, one by one; they are hashed on another processor, while the next one is inflated."""
        waiting: queue.Queue[bytes] = queue.Queue(_CHUNKS_AHEAD)
        thread = threading.Thread(target=self._hash, args=(waiting,), name="driverenv-hash", daemon=True)
        thread.start()
        try:
            for chunk in chunks:
                if chunk:
                    waiting.put(chunk)
                yield chunk
        finally:
            waiting.put(b"")
            thread.join()

    def _hash(self, waiting: queue.Queue[bytes]) -> None:
        sha256 = record.hasher("sha256")
        extra = record.hasher(self._extra) if self._extra is not None else None
        while chunk := waiting.get():
            sha256.update(chunk)
            if extra is not None:
                extra.update(chunk)
        self.sha256 = record.encoded(sha256.digest())
        if extra is not None:
            self.more = record.encoded(extra.digest())


def _nowhere(_place: Place, chunks: Iterable[bytes], _executable: bool) -> None:  # noqa: FBT001 (see Write)
    for _ in chunks:
        pass


class _Writer:
    """Writes files below one folder; folders are made as they come."""

    def __init__(self, root: Path) -> None:
        self._root = os.fspath(root)
        self._made = {self._root}

    def write(self, place: Place, chunks: Iterable[bytes], executable: bool) -> None:  # noqa: FBT001 (see Write)
        parts = f"{place.scheme}/{place.path}"
        path = os.path.join(self._root, *parts.split("/")) if os.sep != "/" else f"{self._root}/{parts}"
        folder = path[: path.rindex(os.sep)]
        if folder not in self._made:
            self._make(folder)
        _fs.write_new(path, chunks, mode=0o555 if executable else 0o444, mtime=STAMP_SECONDS)

    def _make(self, folder: str) -> None:
        parent = folder[: folder.rindex(os.sep)]
        if parent not in self._made:
            self._make(parent)
        with contextlib.suppress(FileExistsError):  # spelled otherwise, where the file system does not mind
            os.mkdir(folder)
        self._made.add(folder)
