"""`StoredWheel`: an unpacked wheel in the store, and the manifest that says what is in it.

The manifest is text, one line a row, tab-separated; names cannot have tabs or line breaks (the
reader refuses them). It is read at every launch that makes an environment, so it is made to be
split, not parsed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, overload

from driverenv import _fs, warm
from driverenv.archive.scripts import Script
from driverenv.archive.wheel import Unpacked
from driverenv.errors import IntegrityError, foreign
from driverenv.model.plan import kind_of
from driverenv.store import bytecode
from driverenv.store.bytecode import Compiled

HEADER = "driverenv-wheel 2"
FILE_NAME = "manifest"
FILES = "files"
BYTE_CODE = "bytecode"
_MODES = {False: "444", True: "555"}


class StoredFile(NamedTuple):
    """One unpacked file: it lies at `<files>/<scheme>/<path>`."""

    scheme: str
    """"purelib", "platlib", "scripts", "data" or "headers"."""
    path: str
    """Below the scheme's folder, `/`-separated."""
    size: int
    sha256: str
    """As RECORD writes it: base64url without padding."""
    executable: bool
    kind: str
    """What it is, as in `model.plan`."""


class Files(Sequence[StoredFile]):
    """The files of a wheel, whose rows are split when somebody looks at one: most launches only ask for the wheel."""

    def __init__(self, rows: list[str]) -> None:
        self._rows = rows
        self._split: tuple[StoredFile, ...] | None = None

    @property
    def _files(self) -> tuple[StoredFile, ...]:
        if self._split is None:
            self._split = tuple(map(_file, self._rows))
        return self._split

    def __len__(self) -> int:
        """How many."""
        return len(self._rows)

    @overload
    def __getitem__(self, at: int) -> StoredFile: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[StoredFile, ...]: ...
    def __getitem__(self, at: int | slice) -> StoredFile | tuple[StoredFile, ...]:
        """One, or some."""
        return self._files[at]

    def __iter__(self) -> Iterator[StoredFile]:
        """Each, those of one folder one after the other."""
        return iter(self._files)

    def __eq__(self, other: object) -> bool:
        """Whether the same files are in the same order."""
        return isinstance(other, Sequence) and self._files == tuple(other)

    def __hash__(self) -> int:
        """By what is in it."""
        return hash(self._files)


def _file(row: str) -> StoredFile:
    scheme, path, size, digest, mode, kind = row.split("\t")
    return StoredFile(scheme, path, int(size), digest, mode == "555", kind)


@dataclass(frozen=True, slots=True)
class StoredWheel:
    """An unpacked wheel: read-only, whole, checked."""

    root: Path
    """Its folder in the store."""
    sha256: str
    """Of the archive, hexadecimal."""
    project: str
    version: str
    dist_info: str
    """The dist-info folder's name."""
    root_scheme: str
    """"purelib" or "platlib": where dist-info lies."""
    entries: Sequence[StoredFile]
    """Every file but RECORD, those of one folder one after the other."""
    scripts: tuple[Script, ...]
    """The console and GUI scripts to be made."""
    notes: tuple[str, ...] = ()
    """How the wheel differs from its RECORD: only ever in a wheel of a local index."""
    fault: str = ""
    """What is wrong with what it requires: only ever in one that was read to decide about that."""

    @property
    def files(self) -> Path:
        """Below it lie the files: `<scheme>/<path>`."""
        return self.root / FILES

    def path(self, entry: StoredFile) -> str:
        """Where `entry` lies."""
        return f"{self.root}/{FILES}/{entry.scheme}/{entry.path}"

    @property
    def _metadata(self) -> Path:
        return self.files / self.root_scheme / self.dist_info / "METADATA"

    def is_there(self) -> bool:
        """A quick look: whether its files are there at all."""
        return self._metadata.is_file()

    def bytecode(self, cache_tag: str) -> Compiled | None:
        """The byte code for `cache_tag`; None where there is none yet."""
        return bytecode.load(self.root / BYTE_CODE / cache_tag)


def removed(path: Path, what: str) -> IntegrityError:
    """An archive of the store was damaged, and is gone now; whoever can fetch it again sees so by `data["wheel"]`."""
    return IntegrityError(
        f"the store's copy of {foreign(what)} was damaged and is removed",
        facts=(("path", str(path)),),
        remedies=("run it again: it is fetched and checked anew",),
        data={"path": str(path), "wheel": path.name},
    )


def of(unpacked: Unpacked, root: Path, sha256: str) -> StoredWheel:
    """The wheel that was unpacked to `root`."""
    own_info = f"{unpacked.dist_info}/"
    by_folder = sorted(unpacked.entries, key=lambda one: (one.scheme, one.path.rpartition("/")[0]))
    return StoredWheel(
        root,
        sha256,
        unpacked.project,
        unpacked.version,
        unpacked.dist_info,
        unpacked.root_scheme,
        tuple(StoredFile(*one, kind_of(one.scheme, one.path, own_info)) for one in by_folder),
        unpacked.scripts,
        tuple(" ".join(note.split()) for note in unpacked.notes),
        " ".join(unpacked.fault.split()),
    )


def render(wheel: StoredWheel) -> bytes:
    """The manifest's content: header, checksum of the rest, then the rows."""
    rows = [f"{wheel.project}\t{wheel.version}\t{wheel.dist_info}\t{wheel.root_scheme}"]
    rows += [f"note\t{note}" for note in wheel.notes]
    rows += [f"fault\t{wheel.fault}"] if wheel.fault else []
    rows += [
        f"script\t{one.name}\t{one.module}\t{one.attribute}\t{'gui' if one.gui else 'console'}"
        for one in wheel.scripts
    ]
    rows.append("files")
    rows += [
        f"{scheme}\t{path}\t{size}\t{sha256}\t{_MODES[executable]}\t{kind}"
        for scheme, path, size, sha256, executable, kind in wheel.entries
    ]
    body = "\n".join(rows).encode("utf-8", "surrogatepass")
    return f"{HEADER}\n{warm.key((body,))}\n".encode() + body


def load(root: Path, sha256: str) -> StoredWheel | None:
    """The wheel unpacked at `root`; None where there is none, or none whose manifest is whole."""
    try:
        data = _fs.read(root / FILE_NAME)
    except (FileNotFoundError, NotADirectoryError):
        return None
    header, _, rest = data.partition(b"\n")
    checksum, _, body = rest.partition(b"\n")
    if header.decode("ascii", "replace") != HEADER or checksum.decode("ascii", "replace") != warm.key(
        (body,)
    ):
        return None
    rows = body.decode("utf-8", "surrogatepass").split("\n")
    project, version, dist_info, root_scheme = rows[0].split("\t")
    first_file = rows.index("files", 1) + 1
    about = [row.split("\t") for row in rows[1 : first_file - 1]]
    scripts = tuple(Script(one[1], one[2], one[3], one[4] == "gui") for one in about if one[0] == "script")
    notes = tuple(one[1] for one in about if one[0] == "note")
    fault = next((one[1] for one in about if one[0] == "fault"), "")
    return StoredWheel(
        root,
        sha256,
        project,
        version,
        dist_info,
        root_scheme,
        Files(rows[first_file:]),
        scripts,
        notes,
        fault,
    )
