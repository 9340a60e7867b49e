"""Logs that drivers wrote below their environment, moved out before it is removed."""

from __future__ import annotations

import contextlib
import fnmatch
import os
import shutil
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from driverenv import _fs
from driverenv.environment.naming import MANIFEST
from driverenv.environment.record import read_manifest


def rescue(prefix: Path, patterns: Sequence[str], into: Path) -> list[str]:
    """Move the logs below `prefix` into the folder `into`, each by its path there; gives these paths.

    A log is a regular file that was not there when the environment was made, and that one of `patterns` fits: its
    name, or its folder's and its own ("logs/*"), whatever the case. What cannot be moved stays.
    """
    moved = []
    for path in sorted(_added(prefix)):
        if _fits(path, patterns):
            target = _free(into / path)
            with contextlib.suppress(OSError):
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.move(prefix / path, target)
                moved.append(path)
    return moved


def _added(prefix: Path) -> Iterator[str]:
    """Regular files that the manifest does not have; all, where there is none."""
    try:
        made = {row.target for row in read_manifest(_fs.read(prefix.parent / MANIFEST))}
    except (OSError, ValueError):
        made = set()
    for folder, _, names in os.walk(prefix):
        below = os.path.relpath(folder, prefix).replace(os.sep, "/")
        for name in names:
            path = name if below == "." else f"{below}/{name}"
            if path not in made and _is_plain(os.path.join(folder, name)):
                yield path


def _is_plain(path: str) -> bool:
    try:
        return stat.S_ISREG(os.lstat(path).st_mode)
    except OSError:
        return False


def _fits(path: str, patterns: Sequence[str]) -> bool:
    parts = path.casefold().split("/")
    return any(
        fnmatch.fnmatchcase("/".join(parts[-1 - pattern.count("/") :]), pattern.casefold())
        for pattern in patterns
    )


def _free(path: Path) -> Path:
    """`path`, or one beside it where nothing is yet."""
    number, free = 1, path
    while os.path.lexists(free):
        free = path.with_name(f"{path.name}.{number}")
        number += 1
    return free
