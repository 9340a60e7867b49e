"""Locks that the servers of a site share: what one was tested with, the others launch with."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import NamedTuple

from driverenv import environment, warm
from driverenv.build.kept import decisive
from driverenv.model.build import Sought
from driverenv.model.lock import Lock
from driverenv.model.requirement import Requirements, Root
from driverenv.records import pylock
from driverenv.stories.workshop import Workshop


class Shared(NamedTuple):
    """A lock of the fleet store."""

    text: str
    place: str
    """Where it is from, in words."""


def find(workshop: Workshop, wanted: Requirements) -> Shared | None:
    """The lock that somebody shared for this driver, its requirements and this kind of Python."""
    if workshop.depot is None:
        return None
    found = workshop.depot.find_lock(_sought(workshop, wanted))
    return None if found is None else Shared(found[0], f"{place(workshop)}, shared by {found[1]}")


def give(workshop: Workshop, wanted: Requirements, lock: Lock) -> None:
    """Share a lock. What goes wrong is told as a warning."""
    if workshop.depot is not None:
        text = pylock.render(lock, folder=Path(workshop.site.home))
        workshop.depot.give_lock(_sought(workshop, wanted), text)


def place(workshop: Workshop) -> str:
    """What the store is called."""
    return f"the fleet store {workshop.policy.fleet}"


def _sought(workshop: Workshop, wanted: Requirements) -> Sought:
    target = workshop.interpreter.target
    asked = sorted(map(_line, wanted.roots)), sorted(map(_line, wanted.constraints))
    return Sought(
        environment.readable_name(workshop.site.name),
        "",
        pylock.NAME,
        hashlib.sha256(repr(asked).encode("utf-8", "surrogateescape")).hexdigest(),
        target.short,
        tags=_print(*target.tags),
        policy=_print(*decisive(workshop.site.policy)),
    )


def _line(root: Root) -> str:
    direct = root.direct.hashes if root.direct is not None else ()
    return f"{root.requirement} {root.hashes} {direct}"


def _print(*parts: str) -> str:
    return warm.key(tuple(part.encode("utf-8", "surrogateescape") for part in parts))
