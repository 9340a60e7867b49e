"""What the store holds: every wheel and archive, what it takes, when it was used last, and which drivers have it."""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from driverenv import _fs, environment
from driverenv.generations import Drivers
from driverenv.model.build import BuildRecord
from driverenv.store import StoredWheel, bytecode, manifest
from driverenv.store.shelves import is_sha256, is_whole
from driverenv.store.usage import used
from driverenv.stories import leftovers

_BUILT = "documents/built"
_DIGEST_LENGTH = 41


class Holding(NamedTuple):
    """What is kept of one archive."""

    sha256: str
    name: str
    """"alpha 1.0" of a wheel, "alpha 1.0 (sdist)" of what one was built from; "" where that is not known."""
    archive: int
    """Bytes of the archive itself; 0 where it is not there."""
    files: int
    """Bytes of the unpacked wheel, its byte code included; 0 where it is none, or not there."""
    used: float
    """When a launch took it last, or linked to it; seconds since the epoch."""
    users: tuple[str, ...] = ()
    """The drivers of the environments that have it, sorted; "build" is the tools of a build."""
    keys: tuple[str, ...] = ()
    """Of these environments."""

    @property
    def size(self) -> int:
        """Bytes in all."""
        return self.archive + self.files

    @property
    def used_at(self) -> str:
        """ISO 8601, UTC."""
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.used))


@dataclass(frozen=True, slots=True)
class Holdings:
    """All of a store."""

    rows: tuple[Holding, ...]
    """Sorted by name."""
    others: Mapping[str, int]
    """Bytes of what else lies below the home folder, by its place: "folders", "documents", "quarantine", "logs"."""

    @property
    def size(self) -> int:
        """Bytes of archives, wheels and their byte code."""
        return sum(one.size for one in self.rows)


_OTHERS = ("folders", "documents", "quarantine", "logs")


def holdings(home: str) -> Holdings:
    """Look at the store below `home`; nothing is changed. Raises `HomeUnusable`."""
    root = Path(home)
    try:
        rows = tuple(sorted(_rows(root), key=lambda one: (one.name or "~", one.sha256)))
    except OSError as error:
        raise _fs.unusable(root, error) from error
    return Holdings(rows, {name: leftovers.size_of(root / name) for name in _OTHERS})


def _rows(home: Path) -> Iterator[Holding]:
    users = references(home)
    sources = dict(_sources(home))
    digests = {path.name for shelf in ("archives", "wheels") for path in _entries(home / shelf)}
    for sha256 in digests:
        archive, root = (home / shelf / sha256[:2] / sha256 for shelf in ("archives", "wheels"))
        wheel = manifest.load(root, sha256)
        built = sources.get(sha256, ())
        names = [one.partition(" ")[2] for one in built]
        keys = dict(users.get(sha256, {}))
        for one in built:
            keys |= users.get(one.partition(" ")[0], {})
        yield Holding(
            sha256=sha256,
            name=f"{wheel.project} {wheel.version}" if wheel else f"{names[0]} (sdist)" if names else "",
            archive=_size(archive),
            files=_unpacked(wheel) if wheel else leftovers.size_of(root),
            used=used(home, sha256),
            users=tuple(sorted(set(keys.values()))),
            keys=tuple(sorted(keys)),
        )


def references(home: Path) -> dict[str, dict[str, str]]:
    """For each wheel in an environment, by its sha256: the keys of these environments, and whose they are."""
    owners: dict[str, list[str]] = {}
    for driver in Drivers(str(home)):
        for generation in driver.lineage.generations:
            owners.setdefault(generation.key, []).append(driver.shown)
    found: dict[str, dict[str, str]] = {}
    for folder in _folders(home / "environments"):
        names = owners.get(folder.name) or [path.name for path in _folders(folder)][:1]
        with contextlib.suppress(OSError, ValueError):
            for sha256 in environment.wheels_of(folder):
                found.setdefault(sha256, {})[folder.name] = ", ".join(sorted(set(names)))
    return found


def _sources(home: Path) -> Iterator[tuple[str, tuple[str, ...]]]:
    """For each sdist that was built, its sha256, and the wheels that came of it: sha256, a blank, name and version."""
    found: dict[str, set[str]] = {}
    for folder in _folders(home / _BUILT):
        for path in sorted(folder.iterdir()):
            with contextlib.suppress(OSError, ValueError):
                data = _fs.read(path)
                if is_whole(data):
                    one = BuildRecord.from_dict(json.loads(data[_DIGEST_LENGTH:]))
                    project, version = one.wheel.split("-")[:2]
                    found.setdefault(one.sdist_sha256, set()).add(f"{one.wheel_sha256} {project} {version}")
    for sha256, wheels in found.items():
        yield sha256, tuple(sorted(wheels))


def _unpacked(wheel: StoredWheel) -> int:
    """By the manifests: nobody looks at thousands of files for that."""
    folders = [wheel.root, *_folders(wheel.root / manifest.BYTE_CODE)]
    size = sum(one.size for one in wheel.entries)
    for compiled in map(bytecode.load, folders[1:]):
        size += sum(one.size for one in compiled.files) if compiled else 0
    return size + sum(_size(folder / name) for folder in folders for name in ("manifest", "stamps"))


def _entries(shelf: Path) -> Iterator[Path]:
    for folder in _folders(shelf):
        for name in os.listdir(folder):
            if is_sha256(name):
                yield folder / name


def _folders(root: Path) -> list[Path]:
    try:
        found = sorted(entry.name for entry in os.scandir(root) if entry.is_dir(follow_symlinks=False))
    except (FileNotFoundError, NotADirectoryError):
        return []
    return [root / name for name in found if not name.startswith(".")]


def _size(path: Path) -> int:
    try:
        return path.lstat().st_size
    except OSError:
        return 0


def spare(rows: Iterable[Holding], gone: frozenset[str] = frozenset()) -> list[Holding]:
    """What no environment has, those with the keys `gone` apart; what was used the longest time ago first."""
    free = (one for one in rows if not set(one.keys) - gone)
    return sorted(free, key=lambda one: (one.used, one.sha256))
