"""Private folders inside the home folder, on its file system, where things are made before they are published.

Each store object owns one such folder and holds a lock file beside it as long as it lives. The
system lets go of that lock when the process dies, however it dies; whoever comes next sees that
nobody holds it and sweeps. No clock is asked.
"""

from __future__ import annotations

import contextlib
import threading
import uuid
import weakref
from collections.abc import Callable
from pathlib import Path

from driverenv import _fs, warm
from driverenv.store.syncing import UNSYNCED


class Staging:
    """Gives out private folders; those left behind go when this object, or its process, goes.

    Args:
        root: they lie below it, the folder `staging` of a home.
        gate: a lock file.
        boot: which run of the machine this is; where that is known, `store.syncing` is told that things are made.
    """

    def __init__(self, root: Path, gate: Path, boot: str = "") -> None:
        self._root = root
        self._gate = gate
        self._boot = boot
        self._once = threading.Lock()
        self._own: Path | None = None
        self._end: Callable[[], object] | None = None

    def folder(self) -> Path:
        """A new, empty, private folder."""
        made = self._owned() / uuid.uuid4().hex
        made.mkdir(mode=0o700)
        return made

    def _owned(self) -> Path:
        with self._once:
            if self._own is None:
                # The gate keeps sweepers away between a lock file's creation and its being held.
                with _fs.lock(self._gate):
                    sweep(self._root)
                    own = self._root / uuid.uuid4().hex
                    if self._boot:  # before anything that the disk might not have
                        self._tell(own.name)
                    own.mkdir(mode=0o700)
                    release = _fs.hold(own.with_suffix(".lock"))
                self._end = weakref.finalize(self, _discard, own, release)
                self._own = own
            return self._own

    def close(self) -> None:
        """Nothing is made any more, unless somebody asks for a folder again."""
        with self._once:
            self._own, end, self._end = None, self._end, None
        if end is not None:
            end()

    def _tell(self, name: str) -> None:
        """One note of this run stands for those of all that have come to their end in it."""
        folder = self._root.parent / UNSYNCED
        _fs.write_atomically(folder / name, self._boot.encode())
        for note in folder.iterdir():
            with contextlib.suppress(FileNotFoundError):  # who waited for the disk removes them as well
                is_over = note.name != name and not (self._root / note.name).exists()
                is_torn = note.name.startswith(".")  # nobody else is writing: the gate is held
                if is_over and (is_torn or _fs.read(note) == self._boot.encode()):
                    note.unlink()


def _discard(own: Path, release: Callable[[], None] | None) -> None:
    _fs.remove(own)
    if release is not None:
        with contextlib.suppress(OSError):
            release()
    if not own.exists():
        _fs.remove(own.with_suffix(".lock"))


def sweep(root: Path) -> None:
    """Remove every folder below `root` whose owner is dead; call it with the gate held."""
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    for folder in root.iterdir():
        if folder.suffix == ".lock":
            if not folder.with_suffix("").exists():
                _forget(folder)
        elif _forget(folder.with_suffix(".lock"), folder):
            continue


def _forget(lock_file: Path, folder: Path | None = None) -> bool:
    release = _fs.hold(lock_file)
    if release is None:
        return False
    if folder is not None:
        _fs.remove(folder)
    release()
    _fs.remove(lock_file)
    return True


def doubtful(home: Path, boot: str) -> list[Path]:
    """The notes of those who made things in another run of the machine, and were not seen to the disk."""
    found = []
    for note in (home / UNSYNCED).glob("*"):
        with contextlib.suppress(FileNotFoundError):
            if not note.name.startswith(".") and not warm.same_run(_fs.read(note).decode(), boot):
                found.append(note)
    return found
