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

from driverenv import _fs


class Staging:
    """Gives out private folders; those left behind go when this object, or its process, goes."""

    def __init__(self, root: Path, gate: Path) -> None:
        self._root = root
        self._gate = gate
        self._once = threading.Lock()
        self._own: Path | None = None

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
                    own.mkdir(mode=0o700)
                    release = _fs.hold(own.with_suffix(".lock"))
                weakref.finalize(self, _discard, own, release)
                self._own = own
            return self._own


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
