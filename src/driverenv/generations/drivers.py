"""Where lineages are kept: a folder for each driver below ``<home>/drivers``, named for it.

A second driver of the same readable name gets ``<name>~<eight digits>``, unless the first is not there any more:
servers unpack the same driver somewhere else each time, and then it is the same driver.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from driverenv import _fs, warm
from driverenv.generations import lineage, pointer
from driverenv.generations.lineage import Lineage
from driverenv.store import premises

FILE_NAME = "generations.json"
LOCK_NAME = "pylock.toml"
"""Beside it: the lock of the driver's newest environment, which may be gone."""
_APART = "~"


class Found(NamedTuple):
    """A driver's folder, and what it says."""

    folder: Path
    lineage: Lineage

    @property
    def shown(self) -> str:
        """What the driver is called where names must not be mistaken: the folder's name."""
        return self.folder.name


class Drivers:
    """The drivers of one home. Safe to share between threads, and between processes.

    Raises `HomeUnusable` where the system refuses what must be done, in every method.
    """

    def __init__(self, home: str) -> None:
        self._home = Path(home)
        self.root = self._home / "drivers"

    def __iter__(self) -> Iterator[Found]:
        """Every driver, in order of folders; what says nothing of one is passed over."""
        for folder in sorted(self._folders()):
            known = _read(folder)
            if known is not None:
                yield Found(folder, known)

    def find(self, name: str, driver: str) -> Found | None:
        """The driver with this readable name at this path; a namesake that is gone is it as well, unpacked elsewhere."""
        same_name = self._of_name(name)
        for one in same_name:
            if one.lineage.driver == driver:
                return one
        for one in same_name:
            if not is_there(one.lineage.driver):
                return Found(one.folder, replace(one.lineage, driver=driver))
        return None

    def update(self, name: str, driver: str, change: Callable[[Lineage], Lineage]) -> Found:
        """Change what is known of a driver, and where its stable path leads, under a lock; a new one gets a folder."""
        premises.check(self._home)
        with _fs.translated(self.root), _fs.lock(self._lock(name)):
            found = self._place(name, driver)
            new = change(found.lineage)
            if new != _read(found.folder):
                _fs.write_atomically(found.folder / FILE_NAME, lineage.render(new))
            current = new.find(new.current)
            pointer.point(
                found.folder, None if current is None else self._home / "environments" / current.key
            )
            return Found(found.folder, new)

    def remove(self, found: Found) -> bool:
        """Forget a driver, unless it was changed meanwhile; whether it is forgotten."""
        premises.check(self._home)
        with _fs.translated(self.root), _fs.lock(self._lock(found.lineage.name)):
            if _read(found.folder) != found.lineage:
                return False
            pointer.point(found.folder, None)
            (found.folder / FILE_NAME).unlink()
            (found.folder / LOCK_NAME).unlink(missing_ok=True)
            with contextlib.suppress(OSError):  # somebody's own files are in it
                found.folder.rmdir()
            return True

    def _lock(self, name: str) -> Path:
        key = warm.key((name.casefold().encode("utf-8", "surrogateescape"),))
        return self._home / "locks" / "driver" / key[:2] / key

    def _folders(self) -> list[Path]:
        try:
            return [path for path in self.root.iterdir() if not path.name.startswith(".")]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise _fs.unusable(self.root, error) from error

    def _of_name(self, name: str) -> list[Found]:
        """Those with this readable name, the one whose folder has it first."""
        mark = f"{name}{_APART}".casefold()
        named = [
            path
            for path in self._folders()
            if path.name.casefold() == name.casefold() or path.name.casefold().startswith(mark)
        ]
        known = [(path, _read(path)) for path in sorted(named, key=lambda path: (len(path.name), path.name))]
        return [Found(path, one) for path, one in known if one is not None and one.name == name]

    def _place(self, name: str, driver: str) -> Found:
        """The driver's folder, its own or a new one; or that of a namesake which is gone."""
        known = self.find(name, driver)
        if known is not None:
            return known
        new = Lineage(name, driver)
        plain = self.root / name
        if not os.path.lexists(plain / FILE_NAME) or _read(plain) is None:
            return Found(plain, new)
        mark = warm.key((name.encode("utf-8", "surrogateescape"), driver.encode("utf-8", "surrogateescape")))
        return Found(self.root / f"{name}{_APART}{mark[:8]}", new)


def _read(folder: Path) -> Lineage | None:
    """What the folder says of its driver; None where that is nothing, or was cut by a power failure.

    Raises `HomeUnusable` where the system refuses to read it: what it says must be neither forgotten nor written over.
    """
    path = folder / FILE_NAME
    try:
        return lineage.parse(_fs.read(path))
    except (FileNotFoundError, NotADirectoryError, _fs.NoFileError, ValueError):
        return None
    except OSError as error:
        raise _fs.unusable(path, error) from error


def is_there(driver: str) -> bool:
    """Whether there is still something at the driver's path, a zip on the way to it included."""
    path = Path(driver)
    return os.path.lexists(path) or any(parent.is_file() for parent in path.parents)
