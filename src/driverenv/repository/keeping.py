"""What is kept beside a repository: files that were taken out, with what they were, and contents by sha256."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from driverenv import _fs
from driverenv.errors import RepositoryRefused, foreign
from driverenv.repository.checking import digest
from driverenv.repository.folder import CONTENT, REMOVED, SNAPSHOTS, Folder, unusable
from driverenv.repository.manifest import REMOVAL, Item, Manifest, invalid, parse, render

_FILES = "files"
_MANIFEST = "manifest.json"
_LARGEST = 256 * 1024 * 1024
"""Bytes of a snapshot's file: over a million files."""


class Kept(NamedTuple):
    """A snapshot or a removal on disk."""

    ident: str
    path: Path
    """Of its manifest."""
    manifest: Manifest


def take_out(folder: Folder, items: Iterable[Item], *, ident: str, when: str, why: str) -> Kept:
    """Take files out of the folder, to where they can be put back from. Its manifest is written first."""
    place = folder.own / REMOVED / ident
    manifest = Manifest(str(folder.path), when, tuple(items), REMOVAL, content=_FILES, why=why)
    _write(place / _MANIFEST, render(manifest))
    for item in manifest.items:
        folder.take(item.path, place / _FILES)
    return Kept(ident, place / _MANIFEST, manifest)


def place_of(folder: Folder, ident: str) -> Path:
    """Where a snapshot of the folder is written down, unless somebody says otherwise."""
    return folder.own / SNAPSHOTS / f"{ident}.json"


def note_at(place: Path, manifest: Manifest) -> Kept:
    """Write a snapshot down."""
    _write(place, render(manifest))
    return Kept(place.stem, place, manifest)


def all_kept(folder: Folder) -> tuple[Kept, ...]:
    """Every snapshot and removal of a folder that can be read, the oldest first."""
    found = []
    for path in (
        *_inside(folder.own / SNAPSHOTS, "*.json"),
        *_inside(folder.own / REMOVED, f"*/{_MANIFEST}"),
    ):
        with contextlib.suppress(RepositoryRefused):
            found.append(read(path))
    return tuple(sorted(found, key=lambda one: one.ident))


def find(folder: Folder, ident: str) -> Kept | None:
    """The snapshot or removal of this id."""
    return next((one for one in all_kept(folder) if one.ident == ident), None)


def read(path: Path) -> Kept:
    """The snapshot, or the removal, whose manifest is at `path`. Raises `RepositoryRefused` (`SNAPSHOT_INVALID`)."""
    try:
        with path.open("rb") as file:
            document = file.read(_LARGEST + 1)
    except OSError as error:
        raise invalid(str(path), f"it cannot be read: {error.strerror or error}") from error
    if len(document) > _LARGEST:
        raise invalid(str(path), f"it is larger than {_LARGEST >> 20} MiB")
    ident = path.parent.name if path.name == _MANIFEST else path.stem
    return Kept(ident, path, parse(document, path=str(path)))


def keep_contents(folder: Folder, items: Iterable[Item], content: Path) -> int:
    """Copy those contents that are not kept below `content` yet; gives how many."""
    count = 0
    for item in items:
        place = _by_digest(content, item.sha256 or "")
        if item.sha256 and not place.exists():
            copy(folder.path / item.path, place, item)
            count += 1
    return count


def contents(kept: Kept, folder: Folder) -> Mapping[str, Path]:
    """Where the content of each item lies (by its path), as far as it is there: kept with it, or taken out since."""
    beside = kept.path.parent / kept.manifest.content if kept.manifest.content else None
    taken: dict[str, Path] = {}
    for other in all_kept(folder):
        if other.manifest.kind == REMOVAL:
            files = other.path.parent / _FILES
            taken |= {item.sha256: files / item.path for item in other.manifest.items if item.sha256}
    found: dict[str, Path] = {}
    for item in kept.manifest.items:
        places = [folder.own / CONTENT, *([beside] if beside else [])]
        ways = [_by_digest(place, item.sha256 or "-") for place in places]
        ways += [beside / item.path] if beside else []
        ways += [taken[item.sha256]] if item.sha256 in taken else []
        place = next((way for way in ways if way.is_file() and digest(way)[0] == item.sha256), None)
        if place is not None:
            found[item.path] = place
    return found


def missing(items: Iterable[Item], shown: str) -> RepositoryRefused:
    """The error for contents that are nowhere any more."""
    names = [item.path for item in items]
    listed = "\n".join(foreign(name) for name in names[:20])
    more = f"\nand {len(names) - 20} more" if len(names) > 20 else ""  # noqa: PLR2004
    return RepositoryRefused(
        f"{len(names)} of the files of {foreign(shown)} are not kept anywhere, and nothing was changed",
        code="CONTENT_MISSING",
        facts=(("missing", listed + more),),
        remedies=(
            "put them into the folder yourself: `driverenv index diff` shows their sha256",
            "next time write the contents down as well: driverenv index snapshot --with-files",
        ),
        data={"snapshot": shown, "missing": names},
    )


def _by_digest(content: Path, sha256: str) -> Path:
    return content / sha256[:2] / sha256


def copy(source: Path, place: Path, item: Item) -> None:
    """Copy the content of `item`, whole or not at all. Raises `RepositoryRefused`, also where it is another one by now."""
    staged = _fs.temporary_name(place)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with source.open("rb") as file:
            _fs.write_new(str(staged), iter(lambda: file.read(1 << 20), b""), mode=0o444)
        if digest(staged)[0] != item.sha256:
            raise unusable(source, OSError(0, "the file changed while it was copied", str(source)))
        os.replace(staged, place)
    except OSError as error:
        raise unusable(source.parent, error) from error
    finally:
        _fs.remove(staged)


def _write(path: Path, data: bytes) -> None:
    try:
        _fs.write_atomically(path, data)
    except OSError as error:
        raise unusable(path.parent, error) from error


def _inside(folder: Path, pattern: str) -> list[Path]:
    try:
        return [path for path in folder.glob(pattern) if not path.name.startswith(".")]
    except OSError:
        return []
