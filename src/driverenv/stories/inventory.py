"""What is there: the drivers of a home, their generations, and what is in each. Nobody is asked, nothing is changed."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from driverenv import environment, lease
from driverenv.errors import EnvironmentBroken, foreign
from driverenv.generations import Drivers, Found, Generation, Lineage
from driverenv.generations.difference import Distribution
from driverenv.stories.succession import contents

UNKNOWN = "ENV_UNKNOWN"
_NAMED = 12


@dataclass(frozen=True, slots=True)
class State:
    """A generation, and what is left of it."""

    generation: Generation
    prefix: str
    """Where its environment is, or was."""
    is_there: bool
    is_current: bool
    is_pinned: bool
    """Whether somebody went back to it."""
    is_held: bool
    """Whether a process runs from it, or is about to."""
    used: str
    """When it was last taken: ISO 8601, UTC; "" where that is not known."""


@dataclass(frozen=True, slots=True)
class Known:
    """A driver, and the state of its generations, the oldest first."""

    shown: str
    """What it is called: its folder below ``<home>/drivers``."""
    folder: str
    lineage: Lineage
    states: tuple[State, ...]

    @property
    def current(self) -> State | None:
        """The generation that its next launch would use."""
        return next((one for one in self.states if one.is_current), None)


class Row(NamedTuple):
    """A distribution below the first one that asks for it."""

    depth: int
    distribution: Distribution


def drivers(home: str) -> list[Known]:
    """Every driver of the home, in order of names. Raises `HomeUnusable`."""
    return [look_at(home, found) for found in Drivers(home)]


def find(home: str, wanted: str, *, cwd: str) -> Known:
    """The driver that `wanted` names: its folder's name, its readable name, or its path.

    Raises `EnvironmentBroken` (`ENV_UNKNOWN`) where there is none, or several of that name; `HomeUnusable`.
    """
    return look_at(home, find_folder(home, wanted, cwd=cwd))


def find_folder(home: str, wanted: str, *, cwd: str) -> Found:
    """The same, without a look at its environments."""
    everyone = list(Drivers(home))
    path = os.path.normpath(os.path.join(cwd, wanted))
    ways = (
        [one for one in everyone if one.lineage.driver == path],
        [one for one in everyone if one.shown == wanted],
        [one for one in everyone if one.lineage.name == wanted],
    )
    found = next((way for way in ways if way), [])
    if len(found) == 1:
        return found[0]
    raise _unknown(wanted, found or everyone, several=bool(found))


def numbered(known: Known, number: int) -> State:
    """The generation of this number. Raises `EnvironmentBroken` (`ENV_UNKNOWN`)."""
    for one in known.states:
        if one.generation.number == number:
            return one
    numbers = [one.generation.number for one in known.states]
    raise EnvironmentBroken(
        f"{foreign(known.shown)} has no generation {number}",
        code=UNKNOWN,
        facts=(("known", ", ".join(map(str, numbers))),),
        remedies=(f'name one that is known; `driverenv env show "{foreign(known.shown)}"` tells of each',),
        data={"wanted": number, "known": numbers},
    )


def _unknown(wanted: str, known: Sequence[Found], *, several: bool) -> EnvironmentBroken:
    names = [f"{foreign(one.shown)} ({foreign(one.lineage.driver)})" for one in known]
    shown = "\n".join(names[:_NAMED]) or "none: nothing was launched yet with this home folder"
    summary = "more than one driver is called" if several else "no launch is known of a driver called"
    return EnvironmentBroken(
        f"{summary} {foreign(wanted)}",
        code=UNKNOWN,
        facts=(
            ("known", shown),
            *((("", f"and {len(names) - _NAMED} more"),) if len(names) > _NAMED else ()),
        ),
        remedies=("name one of these, or its path; `driverenv env list` shows them all",),
        data={"wanted": wanted, "known": [one.shown for one in known]},
    )


def look_at(home: str, found: Found) -> Known:
    """A driver, and what is left of its generations."""
    one = found.lineage
    states = tuple(_state(home, one, generation) for generation in one.generations)
    return Known(found.shown, str(found.folder), one, states)


def _state(home: str, known: Lineage, generation: Generation) -> State:
    folder = Path(home, "environments", generation.key)
    path = str(folder / lease.NAME)
    try:
        used = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(os.stat(path).st_mtime))
    except OSError:
        used = ""
    return State(
        generation=generation,
        prefix=str(folder / known.name),
        is_there=(folder / known.name).is_dir(),
        is_current=generation.number == known.current,
        is_pinned=generation.number == known.pinned,
        is_held=lease.is_held(path),
        used=used,
    )


def within(state: State) -> dict[str, Distribution]:
    """What is in a generation's environment, by name; nothing where its receipt cannot be read."""
    try:
        return contents(Path(state.prefix).parent / "receipt.json")
    except (OSError, ValueError):
        return {}


def edited(state: State) -> tuple[str, ...]:
    """The files of a generation's environment that people may edit, and did; paths below site-packages."""
    return tuple(sorted(environment.edits(Path(state.prefix))))


def tree(found: Mapping[str, Distribution]) -> Iterator[Row]:
    """Every distribution once, below the first that asks for it; those that the driver asks for are at depth 0."""
    labels = {f"{one.name} {one.version}": one.name for one in found.values()}
    below: dict[str, list[Distribution]] = {}
    for one in found.values():
        parents = [labels.get(text.partition(": ")[0], "") for text in one.requested_by]
        below.setdefault("" if "" in parents or not parents else parents[0], []).append(one)
    told: set[str] = set()

    def descend(parent: str, depth: int) -> Iterator[Row]:
        for one in below.get(parent, ()):
            if one.name not in told:
                told.add(one.name)
                yield Row(depth, one)
                yield from descend(one.name, depth + 1)

    yield from descend("", 0)
    for one in found.values():  # who is asked for in a circle only
        if one.name not in told:
            told.add(one.name)
            yield Row(0, one)
            yield from descend(one.name, 1)
