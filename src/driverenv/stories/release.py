"""The story of a release: what is remembered of names, and forgetting it. Nobody is asked, nothing else changes."""

from __future__ import annotations

import difflib
import os
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path

from driverenv import policy
from driverenv.errors import ProjectNotFound, foreign
from driverenv.store import premises
from driverenv.store.names import Names, Seen, SeenFile

_SHOWN = 20
"""How many names an error lists."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """What is known of one project in one index."""

    project: str
    index: str
    """What messages call the index."""
    location: str
    """The index's location, without credentials; "" where it is not known any more."""
    files: tuple[SeenFile, ...] = ()
    first_day: str = ""
    """ISO 8601, UTC; "" where the index only listed the project, and nobody asked for it."""
    last_day: str = ""
    public: bool = False
    """Whether these were fetched from a public index, where files never change."""
    seen: Seen | None = field(default=None, repr=False, compare=False)


def remembered(home: str | PathLike[str]) -> tuple[Remembered, ...]:
    """All that is remembered below `home`, sorted by index and project. Raises `HomeUnusable`."""
    return tuple(
        sorted(_all(_names(home)), key=lambda one: (one.public, one.index, one.location, one.project))
    )


def release(
    home: str | PathLike[str], names: Sequence[str], *, index: str | None = None
) -> tuple[Remembered, ...]:
    """Forget `names`, so that they may come from wherever the policy lets them come from.

    Args:
        home: the home folder.
        names: of projects, in any spelling; ``*`` stands for any text.
        index: the name or location of the only index that is meant; None for every one.

    Returns:
        What was forgotten.

    Raises:
        ProjectNotFound: nothing is remembered of one of `names` (`NOT_REMEMBERED`); then nothing is forgotten.
        HomeUnusable: the home folder cannot be read or written.
    """
    known = [one for one in remembered(home) if index is None or _is_meant(one, index)]
    for name in names:
        if not any(policy.matches(name, one.project) for one in known):
            raise _unknown(name, index, {one.project for one in known})
    chosen = tuple(one for one in known if any(policy.matches(name, one.project) for name in names))
    memory = _names(home)
    for one in chosen:
        if one.seen is not None:
            memory.forget(one.seen)
    for location in sorted({one.location for one in chosen if not one.public}):
        memory.forget_listing(location, {one.project for one in chosen if one.location == location})
    return chosen


def _names(home: str | PathLike[str]) -> Names:
    at = Path(os.path.abspath(home))
    premises.check(at)
    return Names(at, time.time())


def _all(memory: Names) -> Iterator[Remembered]:
    called: dict[str, str] = {}
    asked: set[tuple[str, str]] = set()
    for seen in memory.everything():
        called[seen.location] = seen.name
        asked.add((seen.location, seen.project))
        days = (seen.first_day, seen.last_day)
        yield Remembered(seen.project, seen.name, seen.location, seen.files, *days, seen.public, seen)
    for location, names in memory.listings():
        for name in names:
            if (location, name) not in asked:
                yield Remembered(name, called.get(location, location), location)


def _is_meant(one: Remembered, index: str) -> bool:
    return index == one.index or index.rstrip("/") == one.location.rstrip("/")


def _unknown(name: str, index: str | None, known: Collection[str]) -> ProjectNotFound:
    shown, there = policy.canonical(name), sorted(known)
    near = difflib.get_close_matches(shown, there, n=3, cutoff=0.6)
    where = "" if index is None else f" of the index {foreign(index)}"
    more = f", and {len(there) - _SHOWN} more" if len(there) > _SHOWN else ""
    return ProjectNotFound(
        f"{foreign(shown)}: nothing{where} is remembered under this name, and nothing was forgotten",
        code="NOT_REMEMBERED",
        facts=(
            ("remembered", ", ".join(there[:_SHOWN]) + more if there else "no name at all"),
            *((("similar", f"{', '.join(near)}: a slip of the pen?"),) if near else ()),
        ),
        remedies=("look at what is remembered: driverenv release --list",),
        data={"project": shown, "index": index, "similar": near},
    )
