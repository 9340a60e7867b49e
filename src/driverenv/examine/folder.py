"""The ground under a home folder: whose it is, who may write there, how much room it has, and what it is able to do."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from driverenv import _fs
from driverenv._reflink import clone
from driverenv.errors import DriverEnvError
from driverenv.examine import mounts
from driverenv.examine.mounts import Mount
from driverenv.store.premises import look

_LONG = 280
"""Characters of a path: more than Windows takes by default."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What is seen of a folder without touching it."""

    folder: str
    exists: bool
    nearest: str
    """The folder itself, else the nearest one above it that is there."""
    is_folder: bool
    writable: bool
    """Whether this account may write into `nearest`."""
    owner: int | None
    """The number of the account that owns `nearest`; None where there are no such numbers."""
    is_ours: bool
    """Whether that is this account."""
    mode: int
    group_may_write: bool
    unsafe: tuple[str, str]
    """What others could change on the way to it, or right below it: a path, and why; "" where there is nothing."""
    total: int
    free: int
    """Bytes of the file system, and how many are free for this account."""
    files_free: int | None
    """How many more files fit; None where that is not limited or not known."""
    mount: Mount | None
    """The file system; None where it could not be found out."""


def ground(folder: str) -> Ground:
    """Look at `folder`. Raises `OSError`: it cannot be looked at."""
    nearest = _nearest(folder)
    status = os.stat(nearest)
    posix = os.name == "posix"
    usage = shutil.disk_usage(nearest)
    return Ground(
        folder=folder,
        exists=nearest == folder,
        nearest=nearest,
        is_folder=stat.S_ISDIR(status.st_mode),
        writable=os.access(nearest, os.W_OK | os.X_OK),
        owner=status.st_uid if posix else None,
        is_ours=not posix or status.st_uid == os.geteuid(),
        mode=stat.S_IMODE(status.st_mode),
        group_may_write=posix and bool(status.st_mode & stat.S_IWGRP),
        unsafe=look(folder),
        total=usage.total,
        free=usage.free,
        files_free=_files_free(nearest),
        mount=mounts.mount_of(nearest),
    )


def _nearest(folder: str) -> str:
    while not os.path.lexists(folder):
        above = os.path.dirname(folder)
        if above == folder:
            break
        folder = above
    return folder


def _files_free(folder: str) -> int | None:
    if sys.platform == "win32":
        return None
    found = os.statvfs(folder)
    return found.f_favail if found.f_files else None


@dataclass(frozen=True, slots=True)
class Trial:
    """What the file system did when it was tried; a text says why it did not."""

    links: str
    """Hard links: "" where they work."""
    clones: str
    """Copies that share their blocks until one is written to (reflinks)."""
    locks: str
    """A lock keeps others out, and is let go of."""
    renames: str
    """A folder that has something in it can be renamed."""
    long_paths: str
    """Paths of more than 260 characters."""
    modes: str
    """A file that is made read-only is read-only."""
    tells_case: bool
    """Whether "A" and "a" are two files."""
    fine_times: bool
    """Whether times of files are finer than a second."""


def try_out(folder: str) -> Trial:
    """Try it in a folder of our own below `folder`, which is removed. Raises `OSError`: it cannot be made."""
    with _scratch(folder) as here:
        return Trial(
            links=_tried(_link, here),
            clones=_tried(_clone, here),
            locks=_tried(_lock, here),
            renames=_tried(_rename, here),
            long_paths=_tried(_long_path, here),
            modes=_tried(_read_only, here),
            tells_case=_tells_case(here),
            fine_times=_fine_times(here),
        )


@contextlib.contextmanager
def _scratch(folder: str) -> Iterator[Path]:
    here = Path(tempfile.mkdtemp(prefix=".driverenv-doctor-", dir=folder))
    try:
        yield here
    finally:
        _fs.remove(here)


def _tried(attempt: Callable[[Path], str], here: Path) -> str:
    try:
        return attempt(here)
    except OSError as error:
        return error.strerror or type(error).__name__
    except DriverEnvError as error:
        return error.summary


def _link(here: Path) -> str:
    first, second = here / "linked", here / "link"
    first.write_bytes(b"x")
    os.link(first, second)
    return "" if os.path.samefile(first, second) and first.stat().st_nlink > 1 else "a link is another file"


def _clone(here: Path) -> str:
    first, second = here / "cloned", here / "clone"
    first.write_bytes(b"x" * 8192)
    clone(str(first), str(second), mode=0o600)
    return "" if second.read_bytes() == first.read_bytes() else "a clone has another content"


def _lock(here: Path) -> str:
    place = here / "lock"
    release = _fs.hold(place)
    if release is None:
        return "nobody has the lock, and it cannot be had"
    held_twice = _fs.hold(place)
    release()
    if held_twice is not None:
        held_twice()
        return "two have the lock at once"
    again = _fs.hold(place)
    if again is None:
        return "the lock is not let go of"
    again()
    return ""


def _rename(here: Path) -> str:
    (here / "made").mkdir()
    (here / "made" / "file").write_bytes(b"x")
    return "" if _fs.publish(here / "made", here / "published") else "what is renamed is there already"


def _long_path(here: Path) -> str:
    place = here
    while len(str(place)) < _LONG:
        place /= "d" * 40
    place.mkdir(parents=True)
    (place / "file").write_bytes(b"x")
    return ""


def _read_only(here: Path) -> str:
    place = here / "read-only"
    place.write_bytes(b"x")
    place.chmod(0o444)
    return "" if not place.stat().st_mode & stat.S_IWUSR else "a file stays writable"


def _tells_case(here: Path) -> bool:
    (here / "Case").write_bytes(b"x")
    return not (here / "cASE").exists()


def _fine_times(here: Path) -> bool:
    place = here / "time"
    place.write_bytes(b"x")
    moment = 1_700_000_000_123_456_789
    os.utime(place, ns=(moment, moment))
    return place.stat().st_mtime_ns % 1_000_000_000 != 0
