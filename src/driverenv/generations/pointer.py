"""The stable path of a driver: ``current`` in its folder leads to the folder of its current environment.

For people, editors and scripts; no launch goes by it. A relative symbolic link where the system lets us, on Windows
a junction, else a text file ``current.txt`` with the path.
"""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

from driverenv import _fs

NAME = "current"
IN_WORDS = "current.txt"


def point(folder: Path, target: Path | None) -> None:
    """Have `folder`'s ``current`` lead to `target`, or nowhere. Raises `OSError` where not even a text can be written."""
    if target is None:
        _drop(folder / NAME)
        (folder / IN_WORDS).unlink(missing_ok=True)
        return
    folder.mkdir(parents=True, exist_ok=True)
    if leads(folder) == target:
        return
    try:
        _link(folder / NAME, target)
    except (OSError, NotImplementedError):
        _drop(folder / NAME)
        _fs.write_atomically(folder / IN_WORDS, f"{target}\n".encode("utf-8", "surrogateescape"))
    else:
        (folder / IN_WORDS).unlink(missing_ok=True)


def leads(folder: Path) -> Path | None:
    """Where ``current`` leads, be it there or not; None where there is none."""
    try:
        link = os.readlink(folder / NAME)
    except OSError:
        try:
            text = _fs.read(folder / IN_WORDS).decode("utf-8", "surrogateescape")
        except OSError:
            return None
        return Path(text.rstrip("\n"))
    return Path(os.path.normpath(folder / link.removeprefix("\\\\?\\")))


if sys.platform == "win32":

    def _link(path: Path, target: Path) -> None:
        import _winapi  # noqa: PLC0415 (another system's)

        _drop(path)  # a junction cannot be replaced in one step
        _winapi.CreateJunction(str(target), str(path))

    def _drop(path: Path) -> None:
        with contextlib.suppress(OSError):
            os.rmdir(path)

else:

    def _link(path: Path, target: Path) -> None:
        new = _fs.temporary_name(path)
        os.symlink(os.path.relpath(target, path.parent), new)
        try:
            new.replace(path)
        except BaseException:
            new.unlink()
            raise

    def _drop(path: Path) -> None:
        with contextlib.suppress(OSError):
            path.unlink()
