"""A folder of distribution files that this machine may change: what is in it, what is put in and what is taken out.

Below ``.driverenv``, which no index lists, lies what belongs to the folder itself: its lock, what is on its way in
(``staging``), what was taken out (``removed``), and what was written down (``snapshots``, ``content``).
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from driverenv import _fs
from driverenv.errors import RepositoryRefused, foreign
from driverenv.store.staging import Staging

OWN = ".driverenv"
REMOVED = "removed"
SNAPSHOTS = "snapshots"
CONTENT = "content"
_BUSY_SECONDS = 60.0


class Held(NamedTuple):
    """A file in the folder."""

    path: str
    """Below the folder, `/`-separated."""
    size: int
    """Bytes."""
    modified: float
    """Seconds since the epoch."""

    @property
    def filename(self) -> str:
        """Its last part."""
        return self.path.rpartition("/")[2]


class Folder:
    """One repository. Raises `RepositoryRefused` (`REPOSITORY_UNUSABLE`) where it is not there or the system refuses."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._staging = Staging(self.own / "staging", self.own / "lock-staging")
        if not path.is_dir():
            raise RepositoryRefused(
                f"the folder of the repository is not there: {foreign(path)}",
                code="REPOSITORY_UNUSABLE",
                facts=(("folder", foreign(path)),),
                remedies=("make it, or name another: is its path right, is the share mounted?",),
                data={"folder": str(path)},
            )

    @property
    def own(self) -> Path:
        """What belongs to the folder itself."""
        return self.path / OWN

    def held(self) -> tuple[Held, ...]:
        """Every file that an index would look at, sorted; hidden ones and links are none."""
        with self._translated():
            return tuple(sorted(self._walk(self.path, "")))

    def _walk(self, folder: Path, prefix: str) -> Iterator[Held]:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.startswith(".") or entry.is_symlink():
                    continue
                if entry.is_dir(follow_symlinks=False):
                    yield from self._walk(Path(entry.path), f"{prefix}{entry.name}/")
                elif entry.is_file(follow_symlinks=False):
                    found = entry.stat(follow_symlinks=False)
                    yield Held(prefix + entry.name, found.st_size, found.st_mtime)

    @contextlib.contextmanager
    def changing(self) -> Iterator[None]:
        """While the folder is changed: nobody else changes it with driverenv. Raises `HomeUnusable` (`HOME_BUSY`)."""
        with self._translated():
            self.own.mkdir(exist_ok=True)
            with _fs.lock(self.own / "lock", timeout=_BUSY_SECONDS):
                yield

    @contextlib.contextmanager
    def staging(self) -> Iterator[Path]:
        """A private folder on the repository's file system, gone at the end; what a dead process left goes, too."""
        with self._translated():
            place = self._staging.folder()
            try:
                yield place
            finally:
                _fs.remove(place)

    def put(self, source: Path, path: str, *, move: bool = False) -> None:
        """Make the content of `source` the file `path` of the repository: nobody sees half of it."""
        target = self.path / path
        with self._translated():
            target.parent.mkdir(parents=True, exist_ok=True)
            if move:
                _settle(source)
                os.replace(source, target)
                return
            with self.staging() as place:
                copy = place / "file"
                shutil.copyfile(source, copy)
                _settle(copy)
                os.replace(copy, target)

    def take(self, path: str, into: Path) -> None:
        """Move the file `path` below the folder `into`, keeping its sub-folders."""
        target = into / path
        with self._translated():
            target.parent.mkdir(parents=True, exist_ok=True)
            os.replace(self.path / path, target)
            self._tidy((self.path / path).parent)

    def _tidy(self, folder: Path) -> None:
        """Sub-folders that are empty now go, too."""
        while folder != self.path:
            try:
                folder.rmdir()
            except OSError:
                return
            folder = folder.parent

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise unusable(self.path, error) from error


def unusable(folder: Path, error: OSError) -> RepositoryRefused:
    """An operating system error in a repository, in words."""
    at = str(error.filename or folder)
    return RepositoryRefused(
        f"the repository cannot be read or changed: {error.strerror or error}",
        code="REPOSITORY_UNUSABLE",
        facts=(("folder", foreign(folder)), ("path", foreign(at))),
        remedies=("check the folder's owner, its rights and the free space on its disk",),
        data={"folder": str(folder), "path": at, "errno": error.errno},
    )


def _settle(path: Path) -> None:
    """On disk before it has its name (a power cut must leave no file that is named and empty), and readable by a server."""
    os.chmod(path, 0o644)
    with open(path, "rb+") as file:
        os.fsync(file.fileno())
