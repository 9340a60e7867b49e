"""What a folder of the store consists of: every file with its size and digest, every link with where it leads.

Such a manifest lies beside the folder. It is text, with a checksum: a damaged one is none.
"""

from __future__ import annotations

import base64
import hashlib
import os
from pathlib import Path
from typing import NamedTuple

from driverenv import _fs, warm

HEADER = b"driverenv-tree 1"
FILE, LINK = "file", "link"
SUFFIX = ".manifest"
"""What the name of a folder's manifest ends in."""


class Leaf(NamedTuple):
    """A file, or a symbolic link, whose content is where it leads."""

    path: str
    """Relative to the folder, `/`-separated."""
    kind: str
    """`FILE` or `LINK`."""
    size: int
    sha256: str
    """As RECORD writes it: base64url without padding."""


def leaf(root: str, path: str) -> Leaf:
    """The leaf at `path` below `root`, as it is. Raises `OSError`."""
    place = f"{root}/{path}"
    if os.path.islink(place):
        kind, data = LINK, os.fsencode(os.readlink(place))
    else:
        kind, data = FILE, _fs.read(place)
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    return Leaf(path, kind, len(data), digest)


def leaves(root: Path) -> tuple[Leaf, ...]:
    """Everything below `root`, sorted; empty folders do not count. Raises `OSError`."""
    found = []
    for folder, folders, names in os.walk(root):
        links = [name for name in folders if os.path.islink(os.path.join(folder, name))]
        below = os.path.relpath(folder, root).replace(os.sep, "/")
        found += [leaf(str(root), name if below == "." else f"{below}/{name}") for name in names + links]
    return tuple(sorted(found))


def render(found: tuple[Leaf, ...]) -> bytes:
    """The manifest."""
    rows = "\n".join(f"{one.kind}\t{one.size}\t{one.sha256}\t{one.path}" for one in found)
    body = rows.encode("utf-8", "surrogateescape")
    return b"\n".join([HEADER, warm.key((body,)).encode(), body])


def parse(data: bytes) -> tuple[Leaf, ...] | None:
    """What a manifest says; None where it is damaged."""
    header, _, rest = data.partition(b"\n")
    checksum, _, body = rest.partition(b"\n")
    if header != HEADER or checksum != warm.key((body,)).encode():
        return None
    rows = (row.split("\t", 3) for row in body.decode("utf-8", "surrogateescape").split("\n") if row)
    return tuple(Leaf(path, kind, int(size), sha256) for kind, size, sha256, path in rows)
