"""Everything in the store, looked at: what is not what it was when it came in, and what is done about that.

Launches look at what they use, by stamps. This looks at all, and if so asked by the contents of every file: so it
finds as well what a failing disk does, which changes no stamp.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from driverenv import _fs
from driverenv.store import bytecode, manifest, sharing, stamps, tree
from driverenv.store.damage import Damaged, Finding, by_contents
from driverenv.store.manifest import BYTE_CODE, StoredWheel
from driverenv.store.shelves import Store, beside, is_sha256, is_whole
from driverenv.store.stamps import Part

ARCHIVE, WHEEL, COMPILED, IMAGE, DOCUMENT = "archive", "wheel", "byte code", "image", "document"
RECORD = "record of stamps"
"""Kinds of faults. A record of stamps that does not fit is no damage: contents decide then, and launches write it anew."""
_NOBODYS = "nobody put it there"
_LATER = "put aside; whoever needs it has it {} anew"
_LOST = "put aside"


class Fault(NamedTuple):
    """An entry of the store that is not what it was."""

    kind: str
    name: str
    """For people: "alpha 1.0", or the key."""
    path: str
    findings: tuple[Finding, ...]
    done: str = ""
    """What was done about it, for people; "" nothing."""
    sha256: str = ""
    """Of the archive, where it is one, or comes from one."""

    @property
    def is_damage(self) -> bool:
        """Whether it has to be repaired, or was."""
        return self.kind != RECORD


class Entry(NamedTuple):
    """Something that can be looked at."""

    kind: str
    path: Path


class Audit:
    """Looks at entries of `store`, while launches go on.

    Args:
        store: the store.
        contents: whether every file is read, whatever its stamps say.
        repair: whether what is damaged is put aside, and had anew where the store can; else nothing is changed.
    """

    def __init__(self, store: Store, *, contents: bool = False, repair: bool = False) -> None:
        self._store, self._contents, self._repair = store, contents, repair
        self._looks: dict[str, Callable[[Path], Iterator[Fault]]] = {
            ARCHIVE: self._archive,
            WHEEL: self._wheel,
            IMAGE: self._image,
            DOCUMENT: self._document,
        }

    def entries(self) -> list[Entry]:
        """All there is, archives first: a wheel is unpacked again from one that was looked at."""
        home = self._store.home
        shelves = [(ARCHIVE, "archives/*"), (WHEEL, "wheels/*"), (IMAGE, "folders/*/*")]
        shelves += [(DOCUMENT, "documents/*/*")] if self._contents else []
        return [
            Entry(kind, path)
            for kind, pattern in shelves
            for folder in sorted(home.glob(pattern))
            for path in _within(folder)
            if not (kind == IMAGE and path.name.endswith(tree.SUFFIX))  # it is looked at with its folder
        ]

    def look(self, entry: Entry) -> list[Fault]:
        """What is wrong with `entry`; and do something about it, where that is to be done. Raises `HomeUnusable`."""
        try:
            return list(self._looks[entry.kind](entry.path))
        except OSError as error:
            raise _fs.unusable(entry.path, error) from error

    # ------------------------------------------------------------------------------------- archives

    def _archive(self, path: Path) -> Iterator[Fault]:
        how = _archive_differs(path, contents=self._contents)
        if how:
            sha256 = path.name if is_sha256(path.name) else ""
            fault = Fault(ARCHIVE, path.name, str(path), (Finding(str(path), how),), sha256=sha256)
            yield self._aside(fault, path, "")

    def _aside(self, fault: Fault, path: Path, again: str) -> Fault:
        if not self._repair:
            return fault
        self._store.put_aside(path)
        return fault._replace(done=_LATER.format(again) if again else _LOST)

    # --------------------------------------------------------------------------------------- wheels

    def _wheel(self, root: Path) -> Iterator[Fault]:
        wheel = manifest.load(root, root.name) if is_sha256(root.name) else None
        if wheel is None:
            if os.path.lexists(root):
                how = "its manifest cannot be read" if is_sha256(root.name) else _NOBODYS
                at = str(root / manifest.FILE_NAME if is_sha256(root.name) else root)
                fault = Fault(WHEEL, root.name, str(root), (Finding(at, how),), sha256=root.name)
                yield self._aside(fault, root, "unpacked" if is_sha256(root.name) else "")
            return
        files = stamps.of_files(str(root), wheel.entries)
        faults = list(self._part(WHEEL, wheel, [files]))
        yield from faults
        if any(one.is_damage for one in faults):
            return
        known = {row.path for row in files.rows}
        for path in _strangers(Path(files.folder), known) if self._contents else ():
            yield self._aside(
                Fault(WHEEL, _name(wheel), str(path), (Finding(str(path), _NOBODYS),)), path, ""
            )
        for folder in _within(wheel.root / BYTE_CODE):
            if folder.is_dir():
                yield from self._byte_code(wheel, files, folder)

    def _byte_code(self, wheel: StoredWheel, files: Part, folder: Path) -> Iterator[Fault]:
        compiled = bytecode.load(folder)
        if compiled is None:
            at = str(folder / bytecode.FILE_NAME)
            fault = Fault(COMPILED, _name(wheel), str(folder), (Finding(at, "it cannot be read"),))
            yield self._aside(fault, folder, "compiled")
        else:
            yield from self._part(COMPILED, wheel, [files, stamps.of_byte_code(compiled)])

    def _part(self, kind: str, wheel: StoredWheel, parts: list[Part]) -> Iterator[Fault]:
        """What is wrong with the last of `parts`; nothing where another process puts the wheel away meanwhile."""
        part, before = parts[-1], _identity(parts[-1].folder)
        fits = sharing.is_as_recorded(part)
        found = by_contents(part) if self._contents or not fits else ()
        fits = fits or (not found and _fits_when_nobody_links(parts))
        if self._repair and not (fits or found):
            found = _by_stamps(wheel, parts)  # modes and times are set right, and the record is written anew
        if _identity(part.folder) != before:
            return
        if found:
            yield self._renewed(
                kind, wheel, Damaged(str(wheel.root), found, part.folder if parts[1:] else "")
            )
        elif not fits:
            finding = Finding(part.record, "it did not fit the files, whose contents are right")
            done = "written anew" if self._repair else ""
            yield Fault(RECORD, _name(wheel), part.record, (finding,), done)

    def _renewed(self, kind: str, wheel: StoredWheel, damaged: Damaged) -> Fault:
        path = damaged.byte_code or str(wheel.root)
        fault = Fault(kind, _name(wheel), path, damaged.findings, sha256=wheel.sha256)
        if not self._repair:
            return fault
        renewed = self._store.renew(damaged)
        if kind == COMPILED:
            return fault._replace(done=_LATER.format("compiled"))
        return fault._replace(done="unpacked anew from its archive" if renewed else _LOST)

    # ------------------------------------------------------------------------- images and documents

    def _image(self, folder: Path) -> Iterator[Fault]:
        kind, key = folder.parents[1].name, folder.name
        if not _tree_differs(folder):
            return
        with self._store.lock(kind, key):  # whoever makes it, or makes it anew, has this
            findings = _tree_differs(folder)
            if findings and self._repair:
                self._store.discard(kind, key)
        if findings:
            done = "dropped; whoever needs it makes it anew" if self._repair else ""
            yield Fault(IMAGE, f"{kind} {key}", str(folder), findings, done)

    def _document(self, path: Path) -> Iterator[Fault]:
        try:
            if is_whole(_fs.read(path)):
                return
        except FileNotFoundError:
            return
        finding = Finding(str(path), "its content does not fit its checksum")
        fault = Fault(DOCUMENT, f"{path.parents[1].name} {path.name}", str(path), (finding,))
        if self._repair:
            path.unlink(missing_ok=True)
            fault = fault._replace(done="dropped; whoever needs it finds it out anew")
        yield fault


def _within(folder: Path) -> list[Path]:
    """What lies in `folder`; names that begin with a dot are still being made."""
    try:
        return [folder / name for name in sorted(os.listdir(folder)) if not name.startswith(".")]
    except (FileNotFoundError, NotADirectoryError):
        return []


def _archive_differs(path: Path, *, contents: bool) -> str:
    """How an archive is not what its name says; "" where it is, or is gone meanwhile."""
    if not is_sha256(path.name):
        return _NOBODYS
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            return "it is no regular file"
        if contents:
            with path.open("rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() != path.name:
                    return "its content was changed"
    except FileNotFoundError:
        return ""
    return ""


def _by_stamps(wheel: StoredWheel, parts: list[Part]) -> tuple[Finding, ...]:
    """What is damaged by now among the files whose stamps changed; where nothing is, the record fits then."""
    try:
        sharing.check(str(wheel.root), parts)
    except Damaged as damage:
        return damage.findings
    return ()


def _strangers(folder: Path, known: set[str]) -> Iterator[Path]:
    """Files below a wheel's folder that its manifest does not have."""
    for at, _, names in os.walk(folder):
        below = os.path.relpath(at, folder).replace(os.sep, "/")
        for name in sorted(names):
            if f"{below}/{name}" not in known:
                yield Path(at, name)


def _fits_when_nobody_links(parts: list[Part]) -> bool:
    """Whether the record of the last of `parts` fits once whoever links to the wheel at this moment is ready."""
    try:
        if not os.path.isfile(parts[0].record):
            return False
        with _fs.locked_file(parts[0].record):
            return sharing.is_as_recorded(parts[-1])
    except FileNotFoundError:
        return True  # another process puts it away


def _identity(folder: str) -> tuple[int, int] | None:
    """Which folder lies there: another process may put a new one in its place."""
    try:
        status = os.stat(folder)
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _name(wheel: StoredWheel) -> str:
    return f"{wheel.project} {wheel.version}"


def _tree_differs(folder: Path) -> tuple[Finding, ...]:
    """How a folder differs from its manifest, by contents; nothing where it is not there."""
    at = beside(folder)
    if not folder.is_dir():
        return ()
    if not at.is_file():
        return (Finding(str(at), "it is gone"),)
    wanted = tree.parse(_fs.read(at))
    if wanted is None:
        return (Finding(str(at), "it cannot be read"),)
    there, meant = ({one.path: one for one in leaves} for leaves in (tree.leaves(folder), wanted))
    found = dict.fromkeys(there.keys() - meant.keys(), _NOBODYS)
    found |= dict.fromkeys(meant.keys() - there.keys(), "it is gone")
    found |= {
        path: "its content was changed" for path in meant.keys() & there.keys() if meant[path] != there[path]
    }
    return tuple(Finding(f"{folder}/{path}", how) for path, how in sorted(found.items()))
