"""`StoredWheel`: an unpacked wheel in the store, and the manifest that says what is in it.

The manifest is text, one line a row, tab-separated; names cannot have tabs or line breaks (the
reader refuses them). It is read at every launch that makes an environment, so it is made to be
split, not parsed.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from driverenv import _fs, warm
from driverenv.archive.scripts import Script
from driverenv.archive.wheel import Entry, Unpacked
from driverenv.errors import IntegrityError, foreign

HEADER = "driverenv-wheel 1"
FILE_NAME = "manifest"
FILES = "files"
BYTE_CODE = "bytecode"


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
    entries: tuple[Entry, ...]
    """Every file but RECORD, in the archive's order."""
    scripts: tuple[Script, ...]
    """The console and GUI scripts to be made."""
    notes: tuple[str, ...] = ()
    """How the wheel differs from its RECORD: only ever in a wheel of a local index."""

    @property
    def files(self) -> Path:
        """Below it lie the files: `<scheme>/<path>`."""
        return self.root / FILES

    def path(self, entry: Entry) -> str:
        """Where `entry` lies."""
        return f"{self.root}/{FILES}/{entry.scheme}/{entry.path}"

    @property
    def _metadata(self) -> Path:
        return self.files / self.root_scheme / self.dist_info / "METADATA"

    def is_there(self) -> bool:
        """A quick look: whether its files are there at all."""
        return self._metadata.is_file()

    def metadata(self) -> bytes:
        """The content of METADATA.

        Raises `IntegrityError` where it is gone (then the wheel is removed, to be unpacked anew), `HomeUnusable`.
        """
        path = self._metadata
        try:
            return path.read_bytes()
        except (FileNotFoundError, NotADirectoryError) as error:
            _fs.remove(self.root / FILE_NAME)  # first: without it nobody takes the rest for a wheel
            _fs.remove(self.root)
            raise removed(path, f"{self.project} {self.version}") from error
        except OSError as error:
            raise _fs.unusable(path, error) from error

    def bytecode(self, cache_tag: str) -> Path | None:
        """The folder of the byte code for `cache_tag`, below it the tree of `files`; None where there is none yet."""
        folder = self.root / BYTE_CODE / cache_tag
        return folder if folder.is_dir() else None


def removed(path: Path, what: str) -> IntegrityError:
    """The store's copy of something was damaged, and is gone now."""
    return IntegrityError(
        f"the store's copy of {foreign(what)} was damaged and is removed",
        facts=(("path", str(path)),),
        remedies=("run it again: it is fetched and checked anew",),
        data={"path": str(path)},
    )


def render(unpacked: Unpacked) -> bytes:
    """The manifest's content: header, checksum of the rest, then the rows."""
    rows = [f"{unpacked.project}\t{unpacked.version}\t{unpacked.dist_info}\t{unpacked.root_scheme}"]
    rows += [f"note\t{' '.join(note.split())}" for note in unpacked.notes]
    rows += [
        f"script\t{one.name}\t{one.module}\t{one.attribute}\t{'gui' if one.gui else 'console'}"
        for one in unpacked.scripts
    ]
    rows.append("files")
    rows += [
        f"{entry.scheme}\t{entry.path}\t{entry.size}\t{entry.sha256}\t{'x' if entry.executable else '-'}"
        for entry in unpacked.entries
    ]
    body = "\n".join(rows).encode("utf-8", "surrogatepass")
    return f"{HEADER}\n{warm.key((body,))}\n".encode() + body


def load(root: Path, sha256: str) -> StoredWheel | None:
    """The wheel unpacked at `root`; None where there is none, or none whose manifest is whole."""
    try:
        data = (root / FILE_NAME).read_bytes()
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
    entries = []
    for row in rows[first_file:]:
        scheme, path, size, digest, flag = row.split("\t")
        entries.append(Entry(scheme, path, int(size), digest, flag == "x"))
    about = [row.split("\t") for row in rows[1 : first_file - 1]]
    scripts = tuple(Script(one[1], one[2], one[3], one[4] == "gui") for one in about if one[0] == "script")
    notes = tuple(one[1] for one in about if one[0] == "note")
    return StoredWheel(root, sha256, project, version, dist_info, root_scheme, tuple(entries), scripts, notes)
