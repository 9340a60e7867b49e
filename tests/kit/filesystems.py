"""File systems of other kinds than the one that tests run on: made in a file, and mounted for a while."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_MAKE = {
    "xfs": ["mkfs.xfs", "-q", "-m", "reflink=1"],
    "btrfs": ["mkfs.btrfs", "-q"],
}
_SIZE = 400 << 20


class Unavailable(Exception):
    """It cannot be had on this machine; the text says why."""


@contextmanager
def mounted(kind: str, folder: Path) -> Iterator[Path]:
    """A new, empty file system of this kind ("xfs" or "btrfs"), below `folder`. Raises `Unavailable`."""
    program = shutil.which(_MAKE[kind][0], path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if program is None:
        raise Unavailable(f"there is no {_MAKE[kind][0]}")
    if os.name != "posix" or os.geteuid() != 0:
        raise Unavailable("only root may mount")
    image, place = folder / f"{kind}.img", folder / kind
    place.mkdir(parents=True)
    with image.open("wb") as file:
        file.truncate(_SIZE)
    for command in ([program, *_MAKE[kind][1:], str(image)], ["mount", "-o", "loop", str(image), str(place)]):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Unavailable(f"{command[0]}: {done.stderr.strip() or done.returncode}")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)
        image.unlink()
