"""What must hold below home at any moment, whatever befell whom: read from the files, without driverenv's own checks."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from driverenv import environment, warm
from driverenv.environment import record
from driverenv.store import manifest


def digest_of(path: Path) -> str:
    """As RECORD writes it; a symbolic link's content is where it leads."""
    data = os.fsencode(os.readlink(path)) if path.is_symlink() else path.read_bytes()
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


def broken(home: Path, *, damaged: tuple[str, ...] = ()) -> list[str]:
    """What is wrong with what can be seen below `home`.

    Environments are whole or not there (I1), answers lead to whole ones, and what lies in the store is what its
    name says (I3). `damaged`: relative paths below an environment, or the store, that the test itself damaged.
    """
    problems = [*_environments(home), *_answers(home, damaged), *_wheels(home), *_archives(home)]
    return [problem for problem in problems if not any(path in problem for path in damaged)]


def prefixes(home: Path) -> Iterator[Path]:
    """Every environment that can be seen."""
    for folder in sorted(home.glob("environments/*")):
        if not folder.name.startswith("."):
            yield from (path for path in folder.iterdir() if path.is_dir())


def _environments(home: Path) -> Iterator[str]:
    for folder in home.glob("environments/*"):
        found = [path.name for path in folder.iterdir() if path.is_dir()]
        if not folder.name.startswith(".") and len(found) != 1:
            yield f"{folder.name} has {sorted(path.name for path in folder.iterdir())}"
    for prefix in prefixes(home):
        yield from damage(prefix)


def damage(prefix: Path) -> Iterator[str]:
    """How an environment differs from its manifest."""
    try:
        rows = record.read_manifest((prefix.parent / "manifest").read_bytes())
    except (OSError, ValueError) as error:
        yield f"{prefix}: {error}"
        return
    for row in rows:
        path = prefix / row.target
        if path.is_symlink() != (row.kind == record.SYMLINK) or not os.path.lexists(path):
            yield f"{row.target} is missing"
        elif digest_of(path) != row.sha256:
            yield f"{row.target} has other content"


def _answers(home: Path, damaged: tuple[str, ...]) -> Iterator[str]:
    for ask in home.glob("asks/*"):
        answer = (
            None if ask.name.startswith(".") else warm.find(str(home), ask.name, os.stat(ask).st_mtime + 1)
        )
        if answer is not None and not damaged:
            reason = environment.check(Path(answer["prefix"]))
            if reason:
                yield f"an answer leads to {answer['prefix']}, which is not whole: {reason}"


def _wheels(home: Path) -> Iterator[str]:
    for listing in home.glob("wheels/*/*/manifest"):
        folder = listing.parent
        wheel = manifest.load(folder, folder.name)
        if wheel is None:
            yield f"wheels/{folder.name}: its manifest cannot be read"
            continue
        for entry in wheel.entries:
            path = Path(wheel.path(entry))
            if not path.is_file() or digest_of(path) != entry.sha256:
                yield f"wheels/{folder.name}: {entry.path} is not what the manifest says"


def _archives(home: Path) -> Iterator[str]:
    for path in home.glob("archives/*/*"):
        if not path.name.startswith(".") and hashlib.sha256(path.read_bytes()).hexdigest() != path.name:
            yield f"archives/{path.name} is not what its name says"


def fingerprint(*folders: Path) -> dict[str, str]:
    """Every file of the folders, with its content's digest: equal before and after, or something was changed (I4)."""
    return {
        str(path): digest_of(path)
        for folder in folders
        for path in sorted(folder.rglob("*"))
        if path.is_file() or path.is_symlink()
    }
