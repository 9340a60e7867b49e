"""What lies in a folder of distributions: its files, and what looks like one or leads out of it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from typing import NamedTuple

from driverenv.index.filenames import arriving, has_version, is_archive, is_distribution, is_opaque
from driverenv.index.settling import Stamp


class Entry(NamedTuple):
    """A distribution file, usable or not; its name tells."""

    filename: str
    path: str
    stamp: Stamp


class Scan(NamedTuple):
    """All of a folder."""

    entries: list[Entry]
    claims: list[tuple[str, str]]
    """Files that cannot be used: by kind of trouble, and path."""
    unseen: list[tuple[str, str]]
    """What may hold any file, likewise."""


def scan_folder(folder: str, *, follow: bool) -> Scan:
    """Everything below `folder` that is not hidden; with `follow` also behind links that lead out of it.

    Raises `OSError`: it cannot be read.
    """
    return _Scanner(folder, follow=follow).scan()


class _Scanner:
    def __init__(self, folder: str, *, follow: bool) -> None:
        self._folder = folder
        self._follow = follow
        self._real = os.path.realpath(folder)
        self._found = Scan([], [], [])
        self._waiting = [folder]
        self._seen = {self._real}

    def scan(self) -> Scan:
        while self._waiting:
            for entry in _listing(self._waiting.pop()):
                if entry.name.startswith((".", "~")) and arriving(entry.name):
                    self._found.claims.append(("folder-moving", _arrived(entry)))
                elif not entry.name.startswith("."):
                    self._take(entry)
        return self._found

    def _take(self, entry: os.DirEntry[str]) -> None:
        linked = entry.is_symlink() or _is_junction(entry)
        if not linked and not (is_distribution(entry.name) or is_opaque(entry.name)):
            if entry.is_dir():
                self._enter(entry, linked=False)
            return
        try:
            found = os.stat(entry.path)
        except OSError as error:
            if not linked and not isinstance(error, FileNotFoundError):
                raise
            self._missing(entry, linked=linked)
            return
        is_folder = stat.S_ISDIR(found.st_mode)
        trouble = self._why_not(entry, is_folder=is_folder) if linked else ""
        if trouble:
            self._refuse(entry, trouble, is_folder=is_folder)
        elif is_folder:
            self._enter(entry, linked=linked)
        elif is_opaque(entry.name):
            self._found.unseen.append(("folder-archive", entry.path))
        elif is_distribution(entry.name):
            self._add(entry, found)

    def _refuse(self, entry: os.DirEntry[str], kind: str, *, is_folder: bool) -> None:
        """What cannot be looked at; a file that is no distribution matters to nobody."""
        if is_folder or is_opaque(entry.name):
            self._found.unseen.append((kind, entry.path))
        elif is_distribution(entry.name):
            self._found.claims.append((kind, entry.path))
            if is_archive(entry.name) and not has_version(entry.name):
                self._found.unseen.append((kind, entry.path))

    def _missing(self, entry: os.DirEntry[str], *, linked: bool) -> None:
        """A link that leads nowhere, or a file that is gone since the folder was listed: it may be renamed just now."""
        kind = "folder-dangling" if linked else "folder-moving"
        self._refuse(entry, kind, is_folder=linked and not is_distribution(entry.name))

    def _why_not(self, entry: os.DirEntry[str], *, is_folder: bool) -> str:
        """The kind of trouble with a link that leads somewhere; "" for none."""
        target = os.path.realpath(entry.path)
        if os.path.join(target, "").startswith(os.path.join(self._real, "")):
            below = os.path.relpath(target, self._real).split(os.sep)
            is_hidden = is_folder and any(part.startswith(".") and part != "." for part in below)
            return "folder-hidden" if is_hidden and not self._follow else ""
        return "" if self._follow else "folder-link"

    def _enter(self, entry: os.DirEntry[str], *, linked: bool) -> None:
        """Look into a folder later; what links inside the folder lead to is looked at in its own place."""
        if not self._follow:
            if not linked:
                self._waiting.append(entry.path)
            return
        real = os.path.realpath(entry.path)
        if real not in self._seen:
            self._seen.add(real)
            self._waiting.append(entry.path)

    def _add(self, entry: os.DirEntry[str], found: os.stat_result) -> None:
        if stat.S_ISREG(found.st_mode):
            self._found.entries.append(Entry(entry.name, entry.path, (found.st_size, found.st_mtime_ns)))
        else:
            self._found.claims.append(("folder-special", entry.path))


def _listing(folder: str) -> Iterator[os.DirEntry[str]]:
    with os.scandir(folder) as found:
        yield from sorted(found, key=lambda entry: entry.name)


def _arrived(entry: os.DirEntry[str]) -> str:
    """Where a file will be when it has arrived."""
    return os.path.join(os.path.dirname(entry.path), arriving(entry.name))


def _is_junction(entry: os.DirEntry[str]) -> bool:
    """Whether it is a junction of Windows (known to Python since 3.12)."""
    check = getattr(entry, "is_junction", None)
    return bool(check and check())
