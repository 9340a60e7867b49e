"""One file checked before it is put into a repository: whatever breaks a rule of archives stays outside."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import NamedTuple

from driverenv.archive import upload
from driverenv.errors import ArchiveRejected, RepositoryRefused, foreign
from driverenv.repository.names import Named, readings, why_not


class Checked(NamedTuple):
    """A file that may be put into a repository."""

    path: Path
    shown: str
    """Where it came from, as messages say it: a path, or the way into an archive."""
    named: Named
    sha256: str
    size: int
    metadata: bytes | None
    """METADATA or PKG-INFO; None for an sdist that must be built to know what it needs."""
    notes: tuple[str, ...] = ()
    """What is odd about it, and forgiven."""


def check(path: Path, *, filename: str, shown: str) -> Checked:
    """Read all of the file at `path`, which is to be known as `filename`; nothing is written.

    Raises `RepositoryRefused` (`NOT_A_DISTRIBUTION`), `ArchiveRejected`, and `OSError` where it cannot be read.
    """
    ways = readings(filename)
    if not ways:
        raise refused(shown, why_not(filename))
    rejected: list[ArchiveRejected] = []
    for named in ways:
        try:
            content = upload.read(
                path, project=named.project, version=named.version, filename=named.filename, strict=False
            )
        except ArchiveRejected as error:
            rejected.append(error)
            continue
        sha256, size = digest(path)
        return Checked(path, shown, named, sha256, size, content.metadata, content.notes)
    raise rejected[0]


def digest(path: Path | str) -> tuple[str, int]:
    """The sha256 (hexadecimal) and size in bytes of a file. Raises `OSError`."""
    with open(path, "rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
        return found, file.tell()


def refused(shown: str, why: str) -> RepositoryRefused:
    """The error for a file that is nothing that a repository could serve."""
    return RepositoryRefused(
        f"{foreign(shown)} is no file for a repository: {foreign(why)}",
        code="NOT_A_DISTRIBUTION",
        facts=(("file", foreign(shown)),),
        remedies=("give a wheel, an sdist (.tar.gz or .zip), or an archive or folder with such files in it",),
        data={"file": shown, "why": why},
    )
