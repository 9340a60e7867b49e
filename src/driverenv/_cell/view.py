"""What the code sees of the files, in a mount namespace of its own (Linux).

All of it read-only but its own folder; own empty folders in place of those where programs meet (`/tmp`,
`/run` with the sockets of the system's services), and of `/dev` only what gives and takes bytes. What
is needed and lies in one of those is put back.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from driverenv._cell import linux

MEETING_PLACES = ("/tmp", "/var/tmp", "/run", "/dev")  # noqa: S108 (to be hidden)
_DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
_OUT_OF_REACH = frozenset({errno.EACCES, errno.ENOENT, errno.ENOTDIR})
_STREAMS = {"fd": "", "stdin": "/0", "stdout": "/1", "stderr": "/2"}


class _Kept(NamedTuple):
    path: str
    handle: int
    is_folder: bool
    is_device: bool


def narrow(work: str, private: str, needed: Sequence[str], *, services: bool) -> None:
    """Narrow the view of this process, in its new mount namespace, and of all that it starts.

    Args:
        work: the one folder that stays writable, absolute.
        private: the folder for what is seen in place of those where programs meet.
        needed: folders and files that must stay visible.
        services: whether `/run` stays as it is: name resolution may go through there.

    Raises:
        OSError: the system does not allow it; the view is then somewhere in between.
    """
    places = [place for place in MEETING_PLACES if os.path.isdir(place) and not os.path.islink(place)]
    if services:
        places.remove("/run")
    own = {place: _own_folder(private, place) for place in places}
    devices = [f"/dev/{name}" for name in _DEVICES]
    kept = _kept((work, *needed, *devices), places)
    links = _links((work, *needed), places)
    linux.mount("none", "/", flags=linux.MS_REC | linux.MS_PRIVATE)
    for place, handle in own.items():
        _bind(handle, place)
    for one in kept:
        _put_back(one)
    for path, target in links.items():
        with contextlib.suppress(FileExistsError):
            os.makedirs(os.path.dirname(path), exist_ok=True)
            os.symlink(target, path)
    if not _is_below(work, places):
        linux.mount(work, work, flags=linux.MS_BIND)
    _read_only([work, *own], [one.path for one in kept if one.is_device])
    for handle in (*own.values(), *(one.handle for one in kept)):
        os.close(handle)


def own_processes_only() -> None:
    """Show the processes of the own namespace in `/proc`, and no others; where that is refused, it stays as it was."""
    flags = linux.MS_RDONLY | linux.MS_NOSUID | linux.MS_NODEV | linux.MS_NOEXEC
    with contextlib.suppress(PermissionError):  # in a container whose own /proc is covered in parts
        linux.mount("proc", "/proc", "proc", flags)


def _own_folder(private: str, place: str) -> int:
    path = os.path.join(private, place.strip("/").replace("/", "-"))
    os.makedirs(path, exist_ok=True)
    if place == "/dev":
        os.makedirs(os.path.join(path, "shm"), exist_ok=True)
        for name, target in _STREAMS.items():
            with contextlib.suppress(FileExistsError):
                os.symlink(f"/proc/self/fd{target}", os.path.join(path, name))
    return os.open(path, os.O_PATH | os.O_CLOEXEC)


def _is_below(path: str, places: Iterable[str]) -> bool:
    return any(path == place or path.startswith(f"{place}/") for place in places)


def _kept(paths: Iterable[str], places: Sequence[str]) -> list[_Kept]:
    """Handles of those of `paths` that are about to be hidden."""
    found = []
    for path in sorted({os.path.realpath(path) for path in paths}):  # what is above comes first
        if _is_below(path, places) and path not in places:
            with contextlib.suppress(FileNotFoundError):
                handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
                mode = os.fstat(handle).st_mode
                found.append(_Kept(path, handle, stat.S_ISDIR(mode), stat.S_ISCHR(mode)))
    return found


def _links(paths: Iterable[str], places: Sequence[str]) -> dict[str, str]:
    """The links on the ways of `paths` that are about to be hidden, with what they say."""
    found = {}
    for path in paths:
        parts = os.path.normpath(path).split("/")
        for count in range(2, len(parts) + 1):
            above = "/".join(parts[:count])
            if _is_below(above, places) and os.path.islink(above):
                found[above] = os.readlink(above)
                break  # what follows is on another way
    return found


def _put_back(one: _Kept) -> None:
    os.makedirs(one.path if one.is_folder else os.path.dirname(one.path), exist_ok=True)
    if not one.is_folder and not os.path.lexists(one.path):
        os.close(os.open(one.path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600))
    _bind(one.handle, one.path)


def _bind(handle: int, target: str) -> None:
    linux.mount(f"/proc/self/fd/{handle}", target, flags=linux.MS_BIND | linux.MS_REC)


def _read_only(writable: Sequence[str], devices: Sequence[str]) -> None:
    """Everything read-only and without devices but these."""
    try:
        linux.set_flags("/", add=linux.MS_RDONLY | linux.MS_NODEV | linux.MS_NOSUID, recursive=True)
    except OSError as error:
        if error.errno != errno.ENOSYS:
            raise
        _read_only_one_by_one(writable, devices)
        return
    for path in writable:
        linux.set_flags(path, remove=linux.MS_RDONLY)
    for path in devices:
        linux.set_flags(path, remove=linux.MS_NODEV)


def _read_only_one_by_one(writable: Sequence[str], devices: Sequence[str]) -> None:
    """The same before Linux 5.12. What lies where this account cannot go needs no flag."""
    base = linux.MS_REMOUNT | linux.MS_BIND | linux.MS_NODEV | linux.MS_NOSUID
    for path, flags in linux.mounts():
        if path in devices:
            continue
        extra = 0 if path in writable else linux.MS_RDONLY
        try:
            linux.mount("none", path, flags=base | extra | flags)
        except OSError as error:
            if error.errno not in _OUT_OF_REACH:
                raise
