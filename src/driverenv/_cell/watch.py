"""What the code has used so far, against its limits: by looking, from outside, again and again.

Processes and memory can be looked at on Linux only. What a look costs decides how often there is one.
"""

from __future__ import annotations

import contextlib
import os
import stat
import time
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from driverenv._cell.terms import DISK, MEMORY, OUTPUT, PROCESSES, TIME, Limits

MAX_FILES = 500_000
MAX_DEPTH = 200
SPARE = 64 << 20
"""Bytes that must stay free on the disk, where so many were free."""
_LOOK_EVERY = 0.2
_BUSY = 0.05
"""The part of the time that looking may take."""
_BLOCK = 512


class Breach(NamedTuple):
    """A limit that was reached."""

    limit: str
    detail: str = ""


class Watch:
    """Looks after one run; `warden` is the process whose descendants are looked at."""

    def __init__(self, folders: Sequence[str], limits: Limits, warden: int) -> None:
        self._folders = folders
        self._limits = limits
        self._warden = warden
        self._end = time.monotonic() + limits.seconds
        self._next = time.monotonic() + _LOOK_EVERY
        self._may_fill = _free(folders[0]) > SPARE
        self._page = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
        self._printed = 0

    def print(self, count: int) -> int:
        """So many bytes more were printed; how many of them may be kept."""
        room = max(0, self._limits.output - self._printed)
        self._printed += count
        return min(room, count)

    def patience(self) -> float:
        """Seconds until the next look is due."""
        return max(0.0, min(self._next, self._end) - time.monotonic())

    def look(self) -> Breach | None:
        """A limit that was reached, if one was; looks at the machine only when that is due."""
        begun = time.monotonic()
        if self._printed > self._limits.output:
            return Breach(OUTPUT)
        if begun >= self._end:
            return Breach(TIME)
        if begun < self._next:
            return None
        found = self._processes() or self.disk()
        cost = time.monotonic() - begun
        self._next = begun + max(_LOOK_EVERY, cost / _BUSY)
        return found

    def disk(self) -> Breach | None:
        """How much the code has on the disk, what it deleted and still holds open included."""
        used, count, depth = _measured(self._folders)
        used += sum(_unlinked(descendants(self._warden)).values())
        return self._judged(used, count, depth)

    def last(self) -> Breach | None:
        """How much is there when all processes are dead, also where they did not let us look; made removable."""
        used, count, depth = _measured(self._folders, open_up=True)
        if count > MAX_FILES or depth > MAX_DEPTH:
            for folder in self._folders:
                flatten(folder)
        return self._judged(used, count, depth)

    def _judged(self, used: int, count: int, depth: int) -> Breach | None:
        if used > self._limits.disk:
            return Breach(DISK)
        if count > MAX_FILES:
            return Breach(DISK, f"more than {MAX_FILES} files")
        if depth > MAX_DEPTH:
            return Breach(DISK, f"folders more than {MAX_DEPTH} deep")
        if self._may_fill and _free(self._folders[0]) < SPARE:
            return Breach(DISK, "the disk is nearly full")
        return None

    def _processes(self) -> Breach | None:
        pids = descendants(self._warden)
        if len(pids) > self._limits.processes:
            return Breach(PROCESSES)
        memory = sum(map(self._private, pids))
        if memory > self._limits.memory and sum(map(_share, pids)) > self._limits.memory:
            return Breach(MEMORY)
        return None

    def _private(self, pid: int) -> int:
        """Memory that is not a file's, in bytes; what processes share after a fork counts in each of them."""
        _, *fields = _read(f"/proc/{pid}/statm").split() or [b""]
        return max(0, int(fields[0]) - int(fields[1])) * self._page if fields else 0


def _read(path: str) -> bytes:
    """A file of /proc; empty where the process is gone."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""


def _share(pid: int) -> int:
    """Memory in bytes, what is shared divided among those who share it (dear to ask for)."""
    rows = (line.split() for line in _read(f"/proc/{pid}/smaps_rollup").splitlines())
    found = {row[0]: int(row[1]) * 1024 for row in rows if row[0].startswith(b"Pss")}
    return found.get(b"Pss_Anon:", found.get(b"Pss:", 0))  # Linux before 5.4 has only the latter


def descendants(warden: int) -> list[int]:
    """The processes below `warden`, without it; also those that have ended and wait for somebody to take note."""
    below: dict[int, list[int]] = {}
    for pid, parent in _parents():
        below.setdefault(parent, []).append(pid)
    found, left = [], [warden]
    while left:
        children = below.get(left.pop(), [])
        found += children
        left += children
    return found


def _parents() -> Iterator[tuple[int, int]]:
    try:
        names = os.listdir("/proc")
    except OSError:
        return
    for name in names:
        if name.isdigit():
            fields = _read(f"/proc/{name}/stat").rpartition(b")")[2].split()
            if len(fields) > 1:
                yield int(name), int(fields[1])


def tasks_of(uid: int) -> int:
    """How many tasks (threads count) this account has."""
    count = 0
    for name in os.listdir("/proc"):
        with contextlib.suppress(OSError):
            if name.isdigit() and os.stat(f"/proc/{name}").st_uid == uid:
                count += len(os.listdir(f"/proc/{name}/task"))
    return count


def _unlinked(pids: list[int]) -> dict[tuple[int, int], int]:
    """Bytes of files that are open and have no name any more, by device and inode."""
    found = {}
    for pid in pids:
        with contextlib.suppress(OSError):
            for name in os.listdir(f"/proc/{pid}/fd"):
                with contextlib.suppress(OSError):
                    status = os.stat(f"/proc/{pid}/fd/{name}")
                    if stat.S_ISREG(status.st_mode) and status.st_nlink == 0:
                        found[status.st_dev, status.st_ino] = status.st_blocks * _BLOCK
    return found


def _free(path: str) -> int:
    if not hasattr(os, "statvfs"):
        return 0
    status = os.statvfs(path)
    return status.f_bavail * status.f_frsize


def _measured(roots: Sequence[str], *, open_up: bool = False) -> tuple[int, int, int]:
    """Bytes, files and folders, and how deep these are; what changes meanwhile is left out."""
    count = deepest = 0
    sizes: dict[tuple[int, int], int] = {}  # by file: one may have many names
    left = [(root, 0) for root in roots]
    while left and count <= MAX_FILES and deepest <= MAX_DEPTH:
        folder, depth = left.pop()
        deepest = max(deepest, depth)
        for entry in _entries(folder, open_up=open_up):
            count += 1
            with contextlib.suppress(OSError):
                status = entry.stat(follow_symlinks=False)
                sizes[(status.st_dev, status.st_ino) if status.st_ino else (-1, count)] = _size(status)
                if stat.S_ISDIR(status.st_mode):
                    left.append((entry.path, depth + 1))
    return sum(sizes.values()), count, deepest


def _size(status: os.stat_result) -> int:
    blocks = getattr(status, "st_blocks", None)  # Windows has none
    return status.st_size if blocks is None else blocks * _BLOCK


def _entries(folder: str, *, open_up: bool) -> list[os.DirEntry[str]]:
    for is_last in (False, True):
        try:
            with os.scandir(folder) as entries:
                return list(entries)
        except PermissionError:
            if is_last or not open_up:
                break
            with contextlib.suppress(OSError):
                os.chmod(folder, stat.S_IRWXU)
        except OSError:
            break
    return []


def flatten(root: str) -> None:
    """Lift what lies too deep to the top, so that it can be removed; nothing may run there any more."""
    left, number = [(root, 0)], 0
    while left:
        folder, depth = left.pop()
        for entry in _entries(folder, open_up=True):
            if not entry.is_dir(follow_symlinks=False):
                continue
            path = entry.path
            if depth >= MAX_DEPTH // 2:
                number += 1
                path = _lifted(folder, entry.path, os.path.join(root, f"lifted-{os.getpid()}-{number}"))
            left.append((path, depth + 1 if path == entry.path else 1))


def _lifted(folder: str, path: str, place: str) -> str:
    with contextlib.suppress(OSError):
        for one in (folder, path):
            os.chmod(one, stat.S_IRWXU)
        os.rename(path, place)
        return place
    return path
