"""Byte code of a wheel in the store, for one kind of Python: what there is, by its manifest.

The compiler (`environment.bytecode`) writes it, in the folder of the byte code itself. A folder without a
whole manifest is none: it is compiled anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from driverenv import _fs, warm

HEADER = "driverenv-bytecode 1"
FILE_NAME = "manifest"


class CompiledFile(NamedTuple):
    """One file of byte code."""

    path: str
    """Below the folder, `/`-separated: `<scheme>/<package>/__pycache__/<name>`."""
    size: int
    sha256: str
    """As RECORD writes it: base64url without padding."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """The byte code of one wheel for one cache tag (PEP 3147)."""

    folder: Path
    files: tuple[CompiledFile, ...]
    """Those of one folder one after the other."""


def load(folder: Path) -> Compiled | None:
    """The byte code in `folder`; None where there is none, or none whose manifest is whole."""
    try:
        data = _fs.read(folder / FILE_NAME)
    except (FileNotFoundError, NotADirectoryError):
        return None
    header, _, rest = data.partition(b"\n")
    checksum, _, body = rest.partition(b"\n")
    if header != HEADER.encode() or checksum != warm.key((body,)).encode():
        return None
    rows = (row.split("\t", 2) for row in body.decode("utf-8", "surrogateescape").split("\n") if row)
    return Compiled(folder, tuple(CompiledFile(path, int(size), digest) for size, digest, path in rows))
