"""Who runs from an environment without a lease, as far as the system tells: started by other means than `Command`."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

_PROCESSES = "/proc"
_VARIABLE = b"VIRTUAL_ENV="


def keys_in_use(root: Path, processes: str = _PROCESSES) -> set[str]:
    """The names of the folders right below `root` that processes of this machine run from.

    Known by the command line or by `VIRTUAL_ENV`, of processes that this account may look at; on systems without
    ``/proc`` nothing is known.
    """
    if not sys.platform.startswith("linux"):
        return set()
    base = os.fsencode(root) + b"/"
    return {
        os.fsdecode(path[len(base) :].split(b"/", 1)[0])
        for path in _paths(processes)
        if path.startswith(base)
    }


def _paths(processes: str) -> Iterator[bytes]:
    try:
        numbers = [name for name in os.listdir(processes) if name.isdigit()]
    except OSError:
        return
    for number in numbers:
        yield from _read(f"{processes}/{number}/cmdline")[:1]
        for variable in _read(f"{processes}/{number}/environ"):
            if variable.startswith(_VARIABLE):
                yield variable[len(_VARIABLE) :]


def _read(path: str) -> list[bytes]:
    try:
        with open(path, "rb") as file:
            return file.read().split(b"\0")
    except OSError:  # it has ended, or is somebody else's
        return []
